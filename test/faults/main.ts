import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { faults } from './every-fault.ts';
import type { Fault } from './fault.ts';
import { writeTable } from './faults-table.ts';
import { checkPeer } from './peers/every-peer.ts';
import { keepResult, type RunResult } from './run-result.ts';
import { longTimes, shortTimes } from './times.ts';

/*
 * `npm run faults [-- F1 F2 … --peer flowrpc --peer grpc-js --short --rate 300 --seed 1]`: each fault with each peer, one JSON line for each
 * run, kept in .tools/faults, too. Exit code 1 when one of ours does not come to what it must. `--table` runs nothing and writes the last
 * results into docs/reliability.md.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: 'string', multiple: true, default: ['flowrpc'] },
    short: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string' },
  },
});
/** Beyond the time of the load: starting, the last deadlines, closing. */
const aroundMs = 240_000;
/** A driver that is later than that measures the machine. */
const busyMs = 200;
let failed = false;

if (values.table) writeTable('docs/reliability.md');
else await runFaults(asked(positionals));
process.exitCode = failed ? 1 : 0;

function asked(names: readonly string[]): readonly Fault[] {
  const unknown = names.find((name) => !faults.some((fault) => fault.name === name));
  if (unknown !== undefined)
    throw new Error(`Cannot run fault "${unknown}": wanted some of ${faults.map(({ name }) => name).join(', ')}`);
  return names.length === 0 ? faults : faults.filter(({ name }) => names.includes(name));
}

async function runFaults(some: readonly Fault[]): Promise<void> {
  values.peer.forEach(checkPeer);
  for (const fault of some) for (const peer of values.peer) await runFault(fault, peer);
}

async function runFault(fault: Fault, peer: string): Promise<void> {
  const why = fault.skip?.() ?? (fault.peers?.includes(peer) === false ? `not with ${peer}` : undefined);
  if (why !== undefined) {
    console.error(`${fault.name} ${peer}: left out, ${why}`);
    return;
  }
  const result = await run(fault, peer);
  if (result === undefined) {
    console.error(`${fault.name} ${peer}: FAILED, the run came to no end`);
    failed ||= peer === 'flowrpc';
    return;
  }
  keepResult(result);
  console.log(JSON.stringify(result));
  const missed = result.bars.filter(({ met }) => !met);
  const told = missed.map(({ what, value }) => `wanted ${what}, came to ${value ?? 'nothing'}`).join('; ');
  const judgedHere = peer === 'flowrpc';
  const word = missed.length === 0 ? 'ok' : judgedHere ? 'FAILED' : 'other';
  const { lagMs } = result.figures;
  const busy = lagMs > busyMs ? ` (the machine was busy: calls were made ${lagMs} ms late)` : '';
  console.error(`${fault.name} ${peer}: ${word}, ${fault.title}${told === '' ? '' : `: ${told}`}${busy}`);
  if (judgedHere && missed.length > 0) failed = true;
}

async function run(fault: Fault, peer: string): Promise<RunResult | undefined> {
  const { endMs } = { ...(values.short ? shortTimes : longTimes), ...fault.times?.[values.short ? 'short' : 'long'] };
  const program = fileURLToPath(new URL('./one-run.ts', import.meta.url));
  const args = ['--seed', values.seed, ...(values.short ? ['--short'] : [])];
  if (values.rate !== undefined) args.push('--rate', values.rate);
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=@flowrpc/source', program, fault.name, peer, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], timeout: endMs + aroundMs },
  );
  // What was started must not outlive who started it.
  const giveUp = (): void => void child.kill();
  process.on('SIGTERM', giveUp);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await new Promise((resolve) => child.on('close', resolve));
  process.off('SIGTERM', giveUp);
  const line = output.split('\n').findLast((each) => each.startsWith('{'));
  return line === undefined ? undefined : (JSON.parse(line) as RunResult);
}
