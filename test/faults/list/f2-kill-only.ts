import type { Fault } from '../fault.ts';
import { blamed } from './blamed.ts';

/** SIGKILL of the only replica; callers wait for it. */
export const f2: Fault = {
  name: 'F2',
  title: 'the only replica is killed, and is back after 1 s; callers wait for a connection',
  bars: [
    { what: '0 failed at the end', of: ({ failedAtEnd }) => failedAtEnd, most: 0 },
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    { what: '0 failed of those that may be made again', of: ({ failedIdempotent }) => failedIdempotent, most: 0 },
    { what: '0 executed twice that may not be', of: ({ onceExecutedTwice }) => onceExecutedTwice, most: 0 },
    { what: '0 failed beyond those under way', of: ({ more }) => more.failedTooMuch, most: 0 },
    {
      what: 'recovery < 500 ms after it listens again',
      of: ({ recoveryMs }) => recoveryMs,
      most: 500,
      longOnly: true,
    },
  ],
  async run(rig) {
    const [only] = await rig.startReplicas(1);
    await only!.prepare();
    await rig.connect({ tokens: 1_000, reconnect: { initialBackoffMs: 100, maxBackoffMs: 300 } });
    await rig.start({ timeoutMs: rig.short ? 20_000 : 5_000, waitForReady: true });
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    await only!.kill();
    await rig.until(from + 1_000);
    await only!.restart();
    const to = rig.load.now;
    const figures = await rig.finish({ from, to, recoverySince: to });
    return { ...figures, more: blamed(rig.load.records, { at: from, executedTwice: figures.executedTwice }) };
  },
};
