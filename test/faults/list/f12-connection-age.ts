import type { Fault } from '../fault.ts';

/** Below this the p99 of a machine that others use too says nothing. */
const leastP99 = 12.5;

/** Connections are asked to go long before their clients would. */
export const f12: Fault = {
  name: 'F12',
  title: 'connections are closed after 5 s ± 10 %, for 5 minutes, under load',
  times: { long: { endMs: 320_000 }, short: { endMs: 11_000 } },
  bars: [
    { what: '0 failed', of: ({ failed }) => failed, most: 0 },
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    { what: '0 executed twice that may not be', of: ({ onceExecutedTwice }) => onceExecutedTwice, most: 0 },
    {
      what: 'p99 < 2 × before',
      of: ({ before, during }) => during.p99 / Math.max(before.p99, leastP99),
      most: 2,
      shortMost: 20,
    },
  ],
  async run(rig) {
    const addresses = async (ageMs?: number): Promise<string[]> =>
      (await rig.startReplicas(2, { ageMs })).map(({ address }) => address);
    const lasting = await rig.connect({ addresses: await addresses() });
    const ageing = await rig.connect({ addresses: await addresses(rig.short ? 2_000 : 5_000) });
    // Both are warm when it is measured what they are like.
    await rig.start();
    await rig.until(rig.times.warmMs);
    rig.load.use([lasting]);
    await rig.until(rig.times.faultMs);
    rig.load.use([ageing]);
    const from = rig.load.now;
    const connectsBefore = ageing.connects ?? 0;
    await rig.until(rig.times.endMs);
    const connects = (ageing.connects ?? 0) - connectsBefore;
    return await rig.finish({ from, to: rig.times.endMs, more: { connects } });
  },
};
