import { passes, payload, type Step } from './edge-graphs.ts';
import { howToInstall, type NodeRed, type Style, startNodeRed } from './node-red.ts';
import { plainCalls } from './plain-calls.ts';
import { paired, type SliceOptions, slices } from './slices.ts';
import { median, spread, table } from './statistics.ts';

const depths = [1, 3, 10] as const;

/** Who passes a packet through a row of nodes; the first is what there would be without nodes. */
const rows = {
  plain: 'plain async functions',
  oneToOne: 'flowrpc, oneToOne',
  async: 'flowrpc, oneToOne with an async function',
  own: 'Node-RED, nodes of a kind of their own',
  function: 'Node-RED, function nodes',
} as const;
type Row = keyof typeof rows;

export interface LocalRow {
  readonly row: Row;
  readonly depth: number;
  readonly underWay: number;
  readonly packetsPerSecond: number;
  /** Rate to that of plain functions, by round. */
  readonly ofPlain: readonly number[];
  /** Rate to that of Node-RED's nodes of the two styles; empty without it. */
  readonly ofNodeRed: Readonly<Record<Style, readonly number[]>>;
}

/** Packets through 1, 3 and 10 nodes of this process, beside plain functions and Node-RED in the same process. */
export async function localRows(options: SliceOptions): Promise<LocalRow[]> {
  const red = await startNodeRed(depths);
  if (red === undefined) console.log(`\nNode-RED is not installed, so it is left out: ${howToInstall}`);
  const found: LocalRow[] = [];
  for (const underWay of [1, 32]) {
    for (const depth of depths) found.push(...(await measured(depth, underWay, red, options)));
  }
  await red?.stop();
  console.log('\npackets through nodes in a row within this process');
  console.log(
    table([
      [
        'row',
        'nodes',
        'under way',
        'packets/s',
        'of plain functions',
        'of Node-RED, own kind',
        'of Node-RED, function',
      ],
      ...found.map(({ row, depth, underWay, packetsPerSecond, ofPlain, ofNodeRed }) => [
        rows[row],
        String(depth),
        String(underWay),
        packetsPerSecond.toFixed(0),
        spread(ofPlain),
        ...(['own', 'function'] as const).map((style) => (red === undefined ? '–' : spread(ofNodeRed[style]))),
      ]),
    ]),
  );
  return found;
}

async function measured(
  depth: number,
  underWay: number,
  red: NodeRed | undefined,
  options: SliceOptions,
): Promise<LocalRow[]> {
  const plain = plainCalls(depth);
  const calls: Partial<Record<Row, () => Promise<unknown>>> = {
    plain: () => plain(payload),
    oneToOne: await passes(Array<Step>(depth).fill('oneToOne')),
    async: await passes(Array<Step>(depth).fill('async')),
  };
  for (const style of ['own', 'function'] as const) {
    const pass = red?.passes(style, depth);
    if (pass !== undefined) calls[style] = () => pass(payload);
  }
  const samples = (await slices(calls as Record<Row, () => Promise<unknown>>, {
    ...options,
    concurrency: underWay,
  })) as Partial<Record<Row, number[]>>;
  const rate = (row: Row, base: Row): number[] =>
    paired(samples[base] ?? [], samples[row] ?? [], (other, own) => other / own);
  return (Object.keys(calls) as Row[]).map((row) => ({
    row,
    depth,
    underWay,
    packetsPerSecond: 1e6 / median(samples[row]!),
    ofPlain: rate(row, 'plain'),
    ofNodeRed: { own: rate(row, 'own'), function: rate(row, 'function') },
  }));
}
