import { startChain } from './chain-process.ts';
import { contenders } from './contenders.ts';
import { body, passes } from './edge-graphs.ts';
import { paired, type SliceOptions, slices } from './slices.ts';
import { median, spread, table } from './statistics.ts';

const hopsMeasured = [1, 3] as const;

export interface RemoteRow {
  readonly hops: number;
  readonly underWay: number;
  readonly packetsPerSecond: number;
  readonly bareCallsPerSecond: number;
  /** Rate to that of the same chain of bare grpc-js, by round. */
  readonly ofBare: readonly number[];
}

/** A packet over 1 and 3 remote edges, each into a process of its own, beside the same chain of servers on bare grpc-js. */
export async function remoteRows(options: SliceOptions): Promise<RemoteRow[]> {
  const found: RemoteRow[] = [];
  for (const hops of hopsMeasured) {
    using graphs = await startChain('graph', hops);
    using servers = await startChain('bare', hops);
    const call = await contenders.bare!.call(servers.port, 0);
    const calls = {
      graph: await passes(['oneToOne'], {
        end: { target: `127.0.0.1:${graphs.port}`, name: 'default.hop', port: 'in' },
      }),
      bare: () => call({ body, id: 1 }),
    };
    for (const underWay of [1, 32]) {
      const { graph, bare } = await slices(calls, { ...options, concurrency: underWay });
      found.push({
        hops,
        underWay,
        packetsPerSecond: 1e6 / median(graph),
        bareCallsPerSecond: 1e6 / median(bare),
        ofBare: paired(bare, graph, (other, own) => other / own),
      });
    }
  }
  console.log('\nover remote edges, each into a process of its own, beside the same chain on bare grpc-js');
  console.log(
    table([
      ['remote edges', 'under way', 'packets/s', 'bare calls/s', 'of bare calls'],
      ...found.map(({ hops, underWay, packetsPerSecond, bareCallsPerSecond, ofBare }) => [
        String(hops),
        String(underWay),
        packetsPerSecond.toFixed(0),
        bareCallsPerSecond.toFixed(0),
        spread(ofBare),
      ]),
    ]),
  );
  return found;
}
