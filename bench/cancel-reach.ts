import { once } from 'node:events';
import { startChain } from './chain-process.ts';
import { graphOf, row } from './edge-graphs.ts';
import { median, spread, table } from './statistics.ts';

export interface CancelReach {
  readonly hops: number;
  /** From the abort at the caller to the abort of the signal at the last hop, by run. */
  readonly milliseconds: readonly number[];
  readonly median: number;
}

/** How long a cancel takes to reach the process at the end of a chain. */
export async function cancelReach({ runs = 30 } = {}): Promise<CancelReach[]> {
  const found: CancelReach[] = [];
  for (const hops of [1, 3, 5]) {
    using chain = await startChain('graph', hops);
    const end = { target: `127.0.0.1:${chain.port}`, name: 'default.hold', port: 'in' };
    const graph = await graphOf(row('node', ['oneToOne'], { end }));
    const milliseconds: number[] = [];
    for (let run = 0; run < runs; run++) {
      const abort = new AbortController();
      const began = once(chain.last, 'message');
      const call = graph.call('node0', null, { signal: abort.signal }).catch(() => {});
      await began;
      const cancelled = once(chain.last, 'message') as Promise<[{ cancelled: number }]>;
      const start = performance.timeOrigin + performance.now();
      abort.abort();
      const [message] = await cancelled;
      milliseconds.push(message.cancelled - start);
      await call;
    }
    await graph.close({ graceMs: 0 });
    found.push({ hops, milliseconds, median: median(milliseconds) });
  }
  console.log('\na cancel from its caller to the last process of a chain');
  console.log(
    table([['processes', 'ms'], ...found.map(({ hops, milliseconds }) => [String(hops), spread(milliseconds)])]),
  );
  return found;
}
