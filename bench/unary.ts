import { drive, type Load, startServer } from './processes.ts';
import { median, spread, table } from './statistics.ts';

interface Row {
  readonly contender: string;
  readonly interceptors: number;
}

const rows: readonly Row[] = [
  { contender: 'bare', interceptors: 0 },
  { contender: 'control', interceptors: 0 },
  { contender: 'flowrpc', interceptors: 0 },
  { contender: 'flowrpc', interceptors: 1 },
  { contender: 'flowrpc', interceptors: 4 },
  { contender: 'flowrpc', interceptors: 8 },
  { contender: 'nice-grpc', interceptors: 0 },
];

export interface UnaryOptions {
  /** Fresh server processes, each contender once in each. */
  rounds?: number;
  sizes?: readonly number[];
  concurrencies?: readonly number[];
  warmupMs?: number;
  runMs?: number;
}

/**
 * Unary echo against bare grpc-js that sends the same metadata and deadline. Every round starts fresh server and client
 * processes, contenders interleaved; a ratio is taken within its round, so that what the machine does meanwhile cancels out.
 */
export async function unary({
  rounds = 5,
  sizes = [64, 1_024],
  concurrencies = [1, 32, 128],
  warmupMs = 1_200,
  runMs = 1_000,
}: UnaryOptions = {}): Promise<object[]> {
  const results: object[] = [];
  for (const bytes of sizes) {
    for (const concurrency of concurrencies) {
      const samples = rows.map(
        () => [] as { ratio: number; p50: number; p99: number; cpu: number; perSecond: number }[],
      );
      for (let round = 0; round < rounds; round++) {
        let base = 0;
        for (const [index, { contender, interceptors }] of rows.entries()) {
          using server = await startServer(contender, interceptors);
          const load: Load = { bytes, concurrency, interceptors, warmupMs, runMs };
          const { perSecond, p50, p99, cpuMicros } = await drive(contender, server.port, load);
          if (index === 0) base = perSecond;
          samples[index]!.push({ ratio: perSecond / base, p50, p99, cpu: cpuMicros, perSecond });
        }
      }
      console.log(`\nunary echo, ${bytes} B, concurrency ${concurrency}, ${rounds} fresh server processes each`);
      const lines = rows.map(({ contender, interceptors }, index) => {
        const all = samples[index]!;
        const name =
          contender === 'control' ? 'bare grpc-js again (control)' : contender === 'bare' ? 'bare grpc-js' : contender;
        results.push({ bytes, concurrency, contender, interceptors, ratios: all.map(({ ratio }) => ratio) });
        return [
          name,
          contender === 'flowrpc' ? `${interceptors}+${interceptors}` : '–',
          spread(all.map(({ ratio }) => ratio)),
          median(all.map(({ perSecond }) => perSecond)).toFixed(0),
          median(all.map(({ p50 }) => p50)).toFixed(0),
          median(all.map(({ p99 }) => p99)).toFixed(0),
          median(all.map(({ cpu }) => cpu)).toFixed(0),
        ];
      });
      console.log(
        table([
          ['contender', 'interceptors', 'ratio to bare', 'calls/s', 'p50 µs', 'p99 µs', 'client CPU µs'],
          ...lines,
        ]),
      );
    }
  }
  return results;
}
