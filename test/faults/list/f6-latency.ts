import type { Fault } from '../fault.ts';

/** A slow and uneven network, as after lost packets. */
export const f6: Fault = {
  name: 'F6',
  title: '20 ms ± 10 more each way, and 1 % of chunks held up for 200 ms',
  bars: [
    { what: '0 failed', of: ({ failed }) => failed, most: 0 },
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    { what: 'p99 < 450 ms', of: ({ during }) => during.p99, most: 450, shortMost: 1_500 },
    { what: 'attempts ≤ 1.01 a call', of: ({ arrivalsPerCall }) => arrivalsPerCall, most: 1.01 },
  ],
  async run(rig) {
    const replicas = await rig.startReplicas(2);
    const proxies = await Promise.all(replicas.map(({ port }) => rig.proxy(port)));
    await rig.connect({ addresses: proxies.map(({ port }) => `127.0.0.1:${port}`) });
    await rig.start();
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    for (const proxy of proxies) proxy.suffer({ delayMs: 20, jitterMs: 10, stall: { share: 0.01, ms: 200 } });
    await rig.until(rig.short ? 6_000 : 50_000);
    for (const proxy of proxies) proxy.suffer({});
    return await rig.finish({ from, to: rig.load.now });
  },
};
