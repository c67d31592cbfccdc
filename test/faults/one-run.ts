import { parseArgs } from 'node:util';
import { faults } from './every-fault.ts';
import { judged } from './fault.ts';
import { peerOf } from './peers/every-peer.ts';
import { Rig } from './rig.ts';
import type { RunResult } from './run-result.ts';
import { longTimes, shortTimes } from './times.ts';

/*
 * One fault with one peer, in a process of its own: `one-run.ts FAULT PEER [--short] [--seed 1] [--rate 300]`. Tells its parent, and prints one JSON line.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string' },
  },
});
const [name = '', peerName = 'flowrpc'] = positionals;
const { short } = values;
const fault = faults.find((each) => each.name === name);
if (fault === undefined)
  throw new Error(`Cannot run fault "${name}": wanted one of ${faults.map((each) => each.name).join(', ')}`);

const times = {
  ...(short ? shortTimes : longTimes),
  ...(short ? fault.times?.short : fault.times?.long),
};
const peer = await peerOf(peerName);
const rate = values.rate === undefined ? undefined : Number(values.rate);
await using rig = new Rig({ peer, times, short, rate, seed: Number(values.seed) });
// Its parent is gone, or out of patience: what was started must not outlive it.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, giveUp);
const figures = await fault.run(rig);
const result: RunResult = {
  fault: fault.name,
  title: fault.title,
  peer: peerName,
  version: peer.version,
  short,
  seed: Number(values.seed),
  node: process.version,
  date: new Date().toISOString(),
  times,
  bars: judged(fault.bars, figures, { short }),
  figures,
};
console.log(JSON.stringify(result));
await rig[Symbol.asyncDispose]();
process.exit(0);

async function giveUp(): Promise<void> {
  await rig[Symbol.asyncDispose]();
  process.exit(1);
}
