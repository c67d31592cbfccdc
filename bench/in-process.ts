import { type Channel, connect, createServer, type Interceptor, inProcess, silentLogger } from 'flowrpc';
import { ProbeService } from './probe.ts';
import { median, table } from './statistics.ts';

const pass: Interceptor = async function pass(call, next) {
  return next(call);
};

/** What a call costs without a socket, in microseconds: by reference, through bytes, and with interceptors. */
export async function inProcessCalls(): Promise<object[]> {
  const rows = [
    { name: 'by reference', copy: false, interceptors: 0, trace: false },
    { name: 'by reference, with trace', copy: false, interceptors: 0, trace: true },
    { name: 'by reference, with trace', copy: false, interceptors: 4, trace: true },
    { name: 'by reference, with trace', copy: false, interceptors: 8, trace: true },
    { name: 'through bytes (JSON codec)', copy: true, interceptors: 0, trace: true },
  ];
  const channels = rows.map(({ copy, interceptors, trace }) => {
    const chain = Array(interceptors).fill(pass) as Interceptor[];
    const server = createServer({ interceptors: chain, logger: silentLogger }).add(ProbeService, {
      unary: (message) => message,
    });
    return connect(inProcess(server, { copy }), { interceptors: chain, trace, timeoutMs: Number.POSITIVE_INFINITY });
  });
  const samples = rows.map(() => [] as number[]);
  for (let round = 0; round < 7; round++) {
    for (const [index, channel] of channels.entries()) samples[index]!.push(await microsPerCall(channel));
  }
  const figures = rows.map((row, index) => ({ ...row, micros: median(samples[index]!.slice(1)) }));
  console.log(
    table([
      ['in-process unary call', 'interceptors', 'µs a call'],
      ...figures.map(({ name, interceptors, micros }) => [name, `${interceptors}+${interceptors}`, micros.toFixed(2)]),
    ]),
  );
  return figures;
}

async function microsPerCall(channel: Channel, calls = 20_000): Promise<number> {
  const { unary } = channel.client(ProbeService);
  const message = { text: 'x', n: 1 };
  const start = performance.now();
  for (let i = 0; i < calls; i++) await unary(message);
  return ((performance.now() - start) * 1_000) / calls;
}
