import type { Bound } from './edge-bounds.ts';
import { passes, payload, type Step } from './edge-graphs.ts';
import { plainCalls } from './plain-calls.ts';
import { paired, type SliceOptions, slices } from './slices.ts';
import { median, spread, table } from './statistics.ts';

const depthsMeasured = [1, 3, 10];
const [least, most] = [1, 10];

const rows = {
  plain: 'plain async functions',
  oneToOne: 'oneToOne',
  async: 'oneToOne, async function',
  bounded: 'oneToOne, edges with a timeout',
} as const;
type Row = keyof typeof rows;

/** Packets through nodes in a row within this process, one at a time, beside plain async functions of the same depth. */
export async function depths(
  options: SliceOptions,
): Promise<{ figures: object[]; ratios: Partial<Record<Bound, number[]>> }> {
  const names = Object.keys(rows) as Row[];
  const cells = names.flatMap((row) => depthsMeasured.map((depth) => ({ row, depth })));
  const calls = await Promise.all(
    cells.map(async ({ row, depth }) => [`${row} ${depth}`, await contender(row, depth)]),
  );
  const samples: Record<string, number[]> = await slices(Object.fromEntries(calls), options);
  const figures = cells.map(({ row, depth }) => {
    const micros = samples[`${row} ${depth}`]!;
    const ofPlain = paired(samples[`plain ${depth}`]!, micros, (plain, own) => plain / own);
    return { nodes: rows[row], depth, packetsPerSecond: 1e6 / median(micros), micros, ofPlain };
  });
  console.log('\nnodes in a row within this process, one packet at a time; 1 is as fast as plain calls');
  console.log(
    table([
      ['nodes', 'depth', 'packets/s', 'µs a packet', 'of plain calls'],
      ...figures.map(({ nodes, depth, packetsPerSecond, micros, ofPlain }) => [
        nodes,
        String(depth),
        packetsPerSecond.toFixed(0),
        spread(micros),
        spread(ofPlain),
      ]),
    ]),
  );
  const added = (row: Row): number[] =>
    paired(samples[`${row} ${most}`]!, samples[`${row} ${least}`]!, (ten, one) => (ten - one) / (most - least));
  const ofCall = (row: Row): number[] => paired(added(row), added('plain'), (node, call) => node / call);
  console.log('\none more in the row');
  console.log(
    table([
      ['', 'adds µs', 'to one more plain call'],
      ...names.map((row) => [rows[row], spread(added(row)), spread(ofCall(row))]),
    ]),
  );
  return {
    figures,
    ratios: {
      'async, local edge : plain call': ofCall('async'),
      'oneToOne, local edge with a timeout : plain call': ofCall('bounded'),
    },
  };
}

async function contender(row: Row, depth: number): Promise<() => Promise<unknown>> {
  if (row === 'bounded') return passes(Array<Step>(depth).fill('oneToOne'), { policy: { timeout: '5s' } });
  if (row !== 'plain') return passes(Array<Step>(depth).fill(row));
  const call = plainCalls(depth);
  return () => call(payload);
}
