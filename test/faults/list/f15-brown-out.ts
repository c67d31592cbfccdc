import type { CallRecord } from '../call-record.ts';
import { rounded } from '../counting.ts';
import type { Fault } from '../fault.ts';

/** Replicas answer, but often with UNAVAILABLE. Half of the calls go without a brake on retries, half with ours as it is by default. */
export const f15: Fault = {
  name: 'F15',
  title: '30 % of replies are UNAVAILABLE, three attempts allowed',
  bars: [
    { what: 'share of ok without a brake, plus 3 σ, ≥ 0.97', of: ({ more }) => more.okFreeWithinChance, least: 0.97 },
    // 1 + 0.3 + 0.09: what three attempts need.
    {
      what: 'attempts a call without a brake, less 3 σ, ≤ 1.39',
      of: ({ more }) => more.attemptsFreeWithinChance,
      most: 1.39,
    },
    { what: 'attempts ≤ 1.1 a call by default', of: ({ more }) => more.attemptsBraked, most: 1.1 },
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
  ],
  async run(rig) {
    const replicas = await rig.startReplicas(2);
    // Calls go to them in turn.
    await rig.connect({ throttled: false });
    await rig.connect();
    await rig.start({ puts: 0, lists: 0 });
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    for (const replica of replicas) await replica.behave({ unavailableShare: 0.3 });
    await rig.until(rig.short ? 7_000 : 50_000);
    const to = rig.load.now;
    for (const replica of replicas) await replica.behave({});
    const figures = await rig.finish({ from, to });
    const during = (turn: number): CallRecord[] =>
      rig.load.records.filter(({ sent, ended = to }, index) => index % 2 === turn && sent > from && ended < to);
    const [free, braked] = [during(0), during(1)];
    const { least, most } = chance(free.length);
    return {
      ...figures,
      more: {
        okFree: okShare(free),
        okFreeWithinChance: rounded(okShare(free) + least),
        attemptsFree: attempts(free),
        attemptsFreeWithinChance: rounded(attempts(free) - most),
        okBraked: okShare(braked),
        attemptsBraked: attempts(braked),
      },
    };
  },
};

/** What a share and a mean of so many calls may be off by: three standard deviations. */
function chance(calls: number): { least: number; most: number } {
  const [ok, mean, meanOfSquares] = [0.973, 1.39, 0.7 + 4 * 0.21 + 9 * 0.09];
  return {
    least: 3 * Math.sqrt((ok * (1 - ok)) / calls),
    most: 3 * Math.sqrt((meanOfSquares - mean ** 2) / calls),
  };
}

function okShare(records: readonly CallRecord[]): number {
  return rounded(records.filter(({ outcome }) => outcome?.code === 0).length / Math.max(1, records.length));
}

function attempts(records: readonly CallRecord[]): number {
  return rounded(records.reduce((sum, { outcome }) => sum + (outcome?.attempts ?? 1), 0) / Math.max(1, records.length));
}
