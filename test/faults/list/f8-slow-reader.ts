import type { Fault } from '../fault.ts';
import { MemoryWatch } from '../memory-watch.ts';

/** Below this the p99 of a machine that others use too says nothing. */
const leastP99 = 12.5;
const readPauseMs = 100;

/** One stream of many messages, read far slower than they could come, on the connection of all other calls. */
export const f8: Fault = {
  name: 'F8',
  title: 'a client reads 10 messages a second of a stream that could give it thousands, for 60 s',
  times: { long: { endMs: 82_000 }, short: { endMs: 9_000 } },
  bars: [
    { what: '0 failed', of: ({ failed }) => failed, most: 0 },
    { what: 'the replica grows by ≤ 8 MB', of: ({ more }) => more.replicaMiB, most: 8, shortMost: 32 },
    { what: 'the client grows by ≤ 8 MB', of: ({ more }) => more.driverMiB, most: 8, shortMost: 32 },
    {
      what: 'p99 of others < 2 × before',
      of: ({ before, during }) => during.p99 / Math.max(before.p99, leastP99),
      most: 2,
      shortMost: 20,
    },
    { what: 'it goes on reading', of: ({ more }) => more.read, least: 10 },
    // What had come when the time was up is read at once: in few seconds that weighs more.
    { what: 'no more than it reads', of: ({ more }) => more.readPerSecond, most: 10.5, shortMost: 20 },
  ],
  async run(rig) {
    const [replica] = await rig.startReplicas(1);
    const client = await rig.connect();
    await rig.start();
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    const lastsMs = rig.times.endMs - 2_000 - from;
    const memory = await MemoryWatch.begin(replica!);
    const work = { key: 'slow-reader', delayMs: 0, count: 10_000_000, bulkBytes: 1_000 };
    const slow = client.call('list', work, { timeoutMs: lastsMs, waitForReady: false, readPauseMs });
    // While it still reads.
    await rig.until(from + lastsMs - 500);
    const grown = await memory.grown();
    const { messages = 0 } = await slow;
    const to = rig.load.now;
    return await rig.finish({
      from,
      to,
      more: {
        read: messages,
        readPerSecond: Math.round((messages * 10_000) / lastsMs) / 10,
        ...grown,
      },
    });
  },
};
