import { setTimeout as sleep } from 'node:timers/promises';
import { Code } from 'flowrpc';
import { expect, test } from 'vitest';
import { Victim } from './against/victim-process.ts';
import { HttpPeer, type RawReply } from './raw-http2.ts';
import { clientStreamPath } from './target.ts';

/** What HTTP/2 says instead of RESOURCE_EXHAUSTED, and clients of gRPC read as such. */
const enhanceYourCalm = 11;

test('a server that receives 64 MiB at most grows by twice that at most, whatever its peers hold back', async () => {
  await using victim = await Victim.start('ours');
  expect(await victim.neighbours()).toBe(100);
  const before = (await victim.state())?.rss ?? 0;
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
  for (let round = 0; round < 20; round++) {
    await sleep(100);
    most = Math.max(most, ((await victim.state())?.rss ?? 0) - before);
  }
  const refused = replies.filter(
    ({ code, rstCode }) => code === Code.RESOURCE_EXHAUSTED || rstCode === enhanceYourCalm,
  ).length;
  const meanwhile = await victim.neighbours();
  for (const peer of peers) await peer[Symbol.asyncDispose]();

  expect(refused).toBeGreaterThan(100);
  // And what a process that has begun to work takes for itself.
  expect(most).toBeLessThan((2 * 64 + 32) * 2 ** 20);
  expect(meanwhile).toBe(100);
  await expect.poll(() => victim.neighbours(), { timeout: 10_000 }).toBe(100);
}, 60_000);
