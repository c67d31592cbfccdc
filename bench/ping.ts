import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { worker } from './from-here.ts';
import { pingContenders } from './ping-contenders.ts';
import { median, spread, table } from './statistics.ts';

export interface PingOptions {
  /** The first one is what the others are compared with. */
  names?: readonly string[];
  /** Each starts a fresh server process of every contender. */
  rounds?: number;
  concurrencies?: readonly number[];
  seconds?: number;
}

/** What one contender did under one load. Times are milliseconds. */
interface Sample {
  readonly requests: number;
  readonly perSecond: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly failures: number;
  /** CPU seconds a second of the process that loads: near 1 it was the limit. */
  readonly busy: number;
  /** CPU of the server for a request, microseconds. */
  readonly cpu: number;
  /** Requests a second, of those of node:http in the same round. */
  readonly ratio: number;
}

/**
 * GET /ping over listener → router → snippet in one process, beside node:http alone and fastify, loaded by autocannon from another. Contenders take turns;
 * a ratio is taken within its round.
 */
export async function ping({
  names = Object.keys(pingContenders),
  rounds = 5,
  concurrencies = [1, 64, 1_024],
  seconds = 4,
}: PingOptions = {}): Promise<object[]> {
  const results: object[] = [];
  for (const connections of concurrencies) {
    const samples = new Map(names.map((name) => [name, [] as Sample[]]));
    for (let round = 0; round < rounds; round++) {
      let base: number | undefined;
      for (const name of names) {
        const sample = await measure(name, connections, seconds);
        base ??= sample.perSecond;
        samples.get(name)!.push({ ...sample, ratio: sample.perSecond / base });
      }
    }
    console.log(`\nGET /ping, ${connections} under way, ${rounds} fresh server processes each, ${seconds} s`);
    const of = (name: string, pick: (sample: Sample) => number): number[] => samples.get(name)!.map(pick);
    const rows = names.map((name) => {
      results.push({ connections, contender: name, samples: samples.get(name) });
      const middle = (pick: (sample: Sample) => number, digits = 2): string => median(of(name, pick)).toFixed(digits);
      return [
        name,
        spread(of(name, ({ ratio }) => ratio)),
        middle(({ perSecond }) => perSecond, 0),
        middle(({ mean }) => mean),
        middle(({ p50 }) => p50),
        middle(({ p99 }) => p99),
        Math.max(...of(name, ({ max }) => max)).toFixed(2),
        String(of(name, ({ failures }) => failures).reduce((sum, one) => sum + one, 0)),
        middle(({ cpu }) => cpu, 0),
        middle(({ busy }) => busy),
      ];
    });
    console.log(
      table([
        [
          'contender',
          'of node:http',
          'requests/s',
          'mean ms',
          'p50 ms',
          'p99 ms',
          'max ms',
          'failures',
          'server CPU µs',
          'load CPUs',
        ],
        ...rows,
      ]),
    );
  }
  console.log(
    '\nuniflow publishes 8334 requests/s for this graph at 1,024 under way: mean 123 ms, p50 123, p99 266, max 594, no failures (ApacheBench, a VPS of 4 cores and 8 GB). Another machine, another client: a remark, no comparison.',
  );
  return results;
}

async function measure(name: string, connections: number, seconds: number): Promise<Omit<Sample, 'ratio'>> {
  using server = await start(name);
  // Compilers want thousands of requests first.
  await load(server.port, 64, 2);
  const before = await server.cpuMicros();
  const sample = await load(server.port, connections, seconds);
  return { ...sample, cpu: ((await server.cpuMicros()) - before) / sample.requests };
}

async function start(name: string): Promise<Disposable & { port: number; cpuMicros(): Promise<number> }> {
  const { path, execArgv } = worker('ping-server');
  const child: ChildProcess = fork(path, [name], { execArgv });
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`The server ${name} ended with ${code}`)),
  );
  ended.catch(() => {});
  const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }];
  return {
    port,
    async cpuMicros() {
      const answered = once(child, 'message') as Promise<[{ cpu: NodeJS.CpuUsage }]>;
      child.send('cpu');
      const [{ cpu }] = await answered;
      return cpu.user + cpu.system;
    },
    [Symbol.dispose]: () => child.kill(),
  };
}

async function load(port: number, connections: number, seconds: number): Promise<Omit<Sample, 'ratio' | 'cpu'>> {
  const { path, execArgv } = worker('ping-load');
  const child = spawn(process.execPath, [...execArgv, path, ...[port, connections, seconds].map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`The load ended with ${code}`);
  return JSON.parse(output) as Omit<Sample, 'ratio' | 'cpu'>;
}
