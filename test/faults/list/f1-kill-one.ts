import type { Fault } from '../fault.ts';
import { blamed } from './blamed.ts';

/** SIGKILL of one of two replicas. */
export const f1: Fault = {
  name: 'F1',
  title: 'one of two replicas is killed, and is back after 2 s',
  bars: [
    { what: '0 failed at the end', of: ({ failedAtEnd }) => failedAtEnd, most: 0 },
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    { what: '0 failed of those that may be made again', of: ({ failedIdempotent }) => failedIdempotent, most: 0 },
    { what: '0 executed twice that may not be', of: ({ onceExecutedTwice }) => onceExecutedTwice, most: 0 },
    { what: '0 executed twice beyond those under way', of: ({ more }) => more.twiceTooMuch, most: 0 },
    { what: '0 failed beyond those under way', of: ({ more }) => more.failedTooMuch, most: 0 },
    { what: 'recovery < 500 ms', of: ({ recoveryMs }) => recoveryMs, most: 500, longOnly: true },
  ],
  async run(rig) {
    const [first] = await rig.startReplicas(2);
    await first!.prepare();
    await rig.connect({ tokens: 1_000 });
    await rig.start();
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    await first!.kill();
    await rig.until(from + 2_000);
    await first!.restart();
    const to = rig.load.now;
    const figures = await rig.finish({ from, to });
    return { ...figures, more: blamed(rig.load.records, { at: from, executedTwice: figures.executedTwice }) };
  },
};
