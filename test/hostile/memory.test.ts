import { setTimeout as sleep } from 'node:timers/promises';
import { Code } from 'flowrpc';
import { expect, test } from 'vitest';
import { Neighbour } from './against/neighbour-process.ts';
import { Victim } from './against/victim-process.ts';
import { HttpPeer, type RawReply } from './raw-http2.ts';
import { clientStreamPath } from './target.ts';

/** What HTTP/2 says instead of RESOURCE_EXHAUSTED, and clients of gRPC read as such. */
const enhanceYourCalm = 11;

test('a server that receives 64 MiB at most grows by twice that at most, whatever its peers hold back', async () => {
  await using victim = await Victim.start('ours');
  await using neighbour = await Neighbour.start();
  expect((await neighbour.calls(victim.port)).failed).toBe(0);
  const before = (await victim.collected())?.rss ?? 0;
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(1_000_000, 1);
  const body = [prefix, ...Array.from({ length: 60 }, () => Buffer.alloc(16_000, 0x20))];
  const replies: RawReply[] = [];
  const peers = [1, 2, 3].map(() => new HttpPeer(victim.port));

  // Each begins a hundred messages of 1 MB, none of which it ends.
  for (const peer of peers) {
    for (let n = 0; n < 100; n++) {
      void peer.call(clientStreamPath, { body, end: false }).then((reply) => replies.push(reply));
    }
  }
  let most = 0;
  const refused = (): number =>
    replies.filter(({ code, rstCode }) => code === Code.RESOURCE_EXHAUSTED || rstCode === enhanceYourCalm).length;
  // As long as it takes until much more came than may be kept, and a moment longer.
  const end = Date.now() + 60_000;
  for (let more = 5; more > 0 && Date.now() < end; more -= refused() > 100 ? 1 : 0) {
    await sleep(100);
    most = Math.max(most, ((await victim.collected())?.rss ?? 0) - before);
  }
  const meanwhile = await neighbour.calls(victim.port);
  for (const peer of peers) await peer[Symbol.asyncDispose]();

  expect(refused()).toBeGreaterThan(100);
  // And what a process that has begun to work takes for itself.
  expect(most).toBeLessThan((2 * 64 + 32) * 2 ** 20);
  expect(meanwhile.failed).toBe(0);
  await expect.poll(async () => (await neighbour.calls(victim.port)).failed, { timeout: 20_000 }).toBe(0);
}, 120_000);
