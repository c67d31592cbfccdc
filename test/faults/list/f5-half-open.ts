import { failed } from '../call-record.ts';
import type { Fault } from '../fault.ts';
import { NetworkNamespace } from '../network-namespace.ts';

/** The way to one of two replicas loses every packet: its connections stay half open. */
export const f5: Fault = {
  name: 'F5',
  title: 'all packets to and from one of two replicas vanish for 20 s',
  times: { short: { endMs: 11_000 } },
  bars: [
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    { what: '0 executed twice that may not be', of: ({ onceExecutedTwice }) => onceExecutedTwice, most: 0 },
    {
      what: 'moved to the other within ping and timeout',
      of: ({ more }) => more.movedBeyondPingMs,
      most: 500,
      shortMost: 3_000,
    },
    { what: '0 failed once it had moved', of: ({ more }) => more.failedAfterMove, most: 0 },
    { what: '0 files left open', of: ({ driver }) => driver.after.files - driver.before.files, most: 0 },
  ],
  skip: () => NetworkNamespace.missing(),
  async run(rig) {
    const keepalive = rig.short ? { timeMs: 1_000, timeoutMs: 1_000 } : { timeMs: 5_000, timeoutMs: 2_000 };
    await using network = NetworkNamespace.open();
    const [far] = await rig.startReplicas(1, { place: network });
    await rig.startReplicas(1);
    await rig.connect({ keepalive, tokens: 1_000 });
    await rig.start();
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    network.cut();
    await rig.until(from + (rig.short ? 5_000 : 20_000));
    network.mend();
    const to = rig.load.now;
    const figures = await rig.finish({ from, to });
    const moved = figures.recoveryMs ?? Number.POSITIVE_INFINITY;
    // Whole milliseconds: the call that it counts from is no failure beyond it.
    const settled = from + moved + 1;
    const { records } = rig.load;
    return {
      ...figures,
      more: {
        movedBeyondPingMs: Math.max(0, moved - keepalive.timeMs - keepalive.timeoutMs),
        failedAfterMove: records.filter((record) => failed(record) && record.scheduled > settled).length,
        farAgain: records.filter(({ sent, outcome }) => sent > to && outcome?.replica === far!.name).length,
      },
    };
  },
};
