import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Fault } from '../fault.ts';
import { MemoryWatch } from '../memory-watch.ts';

/** Below this the p99 of a machine that others use too says nothing. */
const leastP99 = 12.5;

/** Somebody attacks one of two replicas, while others make their calls. */
export const f18: Fault = {
  name: 'F18',
  title: 'an attacker opens and resets 2,500 calls a second and sends messages byte by byte, beside the load',
  bars: [
    { what: '0 failed', of: ({ failed }) => failed, most: 0 },
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    {
      what: 'p99 of others < 3 × before',
      of: ({ before, during }) => during.p99 / Math.max(before.p99, leastP99),
      most: 3,
      shortMost: 20,
    },
    { what: 'the attack went on', of: ({ more }) => more.resets, least: 1_000 },
    { what: 'byte by byte too', of: ({ more }) => more.bytes, least: 1_000 },
    { what: 'the replica grows by ≤ 64 MB', of: ({ more }) => more.replicaMiB, most: 64 },
  ],
  async run(rig) {
    const [attacked] = await rig.startReplicas(2);
    await rig.connect();
    await rig.start();
    await rig.until(rig.times.faultMs);
    const memory = await MemoryWatch.begin(attacked!);
    const from = rig.load.now;
    const lastsMs = rig.times.endMs - from - (rig.short ? 1_500 : 10_000);
    const program = fileURLToPath(new URL('../attacker-process.ts', import.meta.url));
    const attacker = fork(program, [String(attacked!.port), String(Math.round(lastsMs))], {
      execArgv: ['--import', 'tsx'],
    });
    const [counted, ended] = [once(attacker, 'message'), once(attacker, 'exit')];
    // While it still goes on.
    await rig.until(from + lastsMs - 500);
    const grown = await memory.grown();
    const [counts] = (await counted) as [Record<'resets' | 'bytes' | 'connections', number>];
    await ended;
    return await rig.finish({ from, to: rig.load.now, more: { ...counts, ...grown } });
  },
};
