import type { Fault } from '../fault.ts';
import { Loop } from '../loop.ts';
import { MemoryWatch } from '../memory-watch.ts';
import { NetworkNamespace } from '../network-namespace.ts';
import type { PeerClient } from '../peers/peer.ts';

const mbits = 1;
const messageBytes = 16_384;
const messages = 8;
const hastyMs = 500;

/** The way from the replica is narrow: small calls, a stream that wants more, and calls that can't be done in their time. */
export const f7: Fault = {
  name: 'F7',
  title: 'answers come through 1 Mbit/s',
  times: { short: { endMs: 10_000 } },
  bars: [
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    { what: 'the stream gets no more than there is', of: ({ more }) => more.streamMbits, most: 1.1 * mbits },
    { what: 'and something of it', of: ({ more }) => more.streamMbits, least: 0.05 },
    { what: 'was faster before', of: ({ more }) => more.streamMbitsBefore, least: 3 * mbits },
    {
      what: 'calls that can’t be done end in their time',
      of: ({ more }) => more.beyondDeadlineMs,
      most: 100,
      shortMost: 1_500,
    },
    { what: 'such calls were made', of: ({ more }) => more.hastyExpired, least: 1 },
    { what: 'the client grows by < 10 MB', of: ({ more }) => more.driverMiB, most: 10, shortMost: 40 },
    { what: 'the replica grows by < 10 MB', of: ({ more }) => more.replicaMiB, most: 10, shortMost: 40 },
  ],
  skip: () => NetworkNamespace.missing(),
  async run(rig) {
    await using network = NetworkNamespace.open();
    const [far] = await rig.startReplicas(1, { place: network });
    await rig.connect();
    await rig.start({ rate: rig.rate / 3 });
    const other = await rig.connect({ name: 'streams' });
    const stream = new EndlessStream(other);
    await rig.until(rig.times.warmMs);
    const before = stream.messages;
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    const streamMbitsBefore = mbitsOf(stream.messages - before, from - rig.times.warmMs);
    network.narrow(mbits);
    const memory = await MemoryWatch.begin(far!);
    const beganWith = stream.messages;
    const hasty = new HastyCalls(other);
    await rig.until(rig.times.endMs - 2_000);
    const streamMbits = mbitsOf(stream.messages - beganWith, rig.load.now - from);
    await hasty.stop();
    const grown = await memory.grown();
    network.widen();
    const to = rig.load.now;
    await stream.stop();
    const figures = await rig.finish({ from, to });
    return {
      ...figures,
      more: {
        streamMbitsBefore,
        streamMbits,
        hastyExpired: hasty.expired,
        beyondDeadlineMs: hasty.beyondMs,
        ...grown,
      },
    };
  },
};

function mbitsOf(count: number, ms: number): number {
  return Math.round((count * messageBytes * 8) / ms / 10) / 100;
}

/** Streams of large messages, one after the other. */
class EndlessStream {
  messages = 0;
  readonly #loop: Loop;

  constructor(client: PeerClient) {
    this.#loop = new Loop((n) => this.#one(client, n));
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #one(client: PeerClient, n: number): Promise<void> {
    const work = { key: `stream-${n}`, delayMs: 0, count: messages, bulkBytes: messageBytes };
    const ended = await client.call('list', work, { timeoutMs: 30_000, waitForReady: true });
    this.messages += ended.messages ?? 0;
  }
}

/** Calls whose answers need longer than they have. */
class HastyCalls {
  expired = 0;
  beyondMs = 0;
  readonly #loop: Loop;

  constructor(client: PeerClient) {
    this.#loop = new Loop((n) => this.#one(client, n));
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #one(client: PeerClient, n: number): Promise<void> {
    const began = performance.now();
    const work = { key: `hasty-${n}`, delayMs: 0, count: 1, bulkBytes: 512 * 1024 };
    const { code } = await client.call('put', work, { timeoutMs: hastyMs, waitForReady: false });
    if (code !== 0) this.expired += 1;
    this.beyondMs = Math.max(this.beyondMs, Math.round(performance.now() - began - hastyMs));
  }
}
