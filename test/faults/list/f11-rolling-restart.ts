import type { Fault } from '../fault.ts';

/** Each of three replicas gets SIGTERM in turn, again and again, as in a deployment. */
export const f11: Fault = {
  name: 'F11',
  title: '3 replicas are restarted in turn, 10 times each, under load',
  times: { long: { warmMs: 2_000, faultMs: 5_000, endMs: 100_000 }, short: { endMs: 9_500 } },
  bars: [
    { what: '0 failed', of: ({ failed }) => failed, most: 0 },
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    { what: '0 executed twice that may not be', of: ({ onceExecutedTwice }) => onceExecutedTwice, most: 0 },
    { what: 'every process ends with 0', of: ({ more }) => more.badExits, most: 0 },
    { what: '100,000 calls', of: ({ sent }) => sent, least: 100_000, longOnly: true },
    { what: '30 restarts', of: ({ more }) => more.restarts, least: 30, longOnly: true },
  ],
  async run(rig) {
    const replicas = await rig.startReplicas(3);
    await Promise.all(replicas.map((replica) => replica.prepare()));
    await rig.connect();
    await rig.start({ rate: rig.short ? rig.rate : 4 * rig.rate });
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    const [rounds, pauseMs] = rig.short ? [1, 2_000] : [10, 3_000];
    let restarts = 0;
    let badExits = 0;
    for (let step = 0; step < rounds * replicas.length; step++) {
      const replica = replicas[step % replicas.length]!;
      // From the second round on beside the load, as in a deployment.
      await replica.prepare();
      if ((await replica.terminate()) !== 0) badExits += 1;
      await replica.restart();
      restarts += 1;
      // Clients try an address again after a second.
      await rig.until(Math.max(from + (step + 1) * pauseMs, rig.load.now + 1_500));
    }
    return await rig.finish({ from, to: rig.load.now, more: { restarts, badExits } });
  },
};
