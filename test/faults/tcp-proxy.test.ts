import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Suffering } from './link.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** A client that talks to an echo through a proxy. */
async function opened(suffering: Suffering = {}) {
  const ends: Socket[] = [];
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    ends.push(socket);
    socket.on('error', () => {}).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const proxy = await TcpProxy.open((echo.address() as AddressInfo).port, { suffering });
  const client = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  const heard: Buffer[] = [];
  const errors: string[] = [];
  client.on('data', (chunk: Buffer) => heard.push(chunk));
  client.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
  await once(client, 'connect');
  return {
    proxy,
    client,
    errors,
    ends,
    heard: () => Buffer.concat(heard),
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await proxy[Symbol.asyncDispose]();
      echo.close();
    },
  };
}

test('passes bytes on unchanged and in order, however late they are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), { minLength: 1, maxLength: 8 }),
      fc.nat(5),
      fc.nat(5),
      async (chunks, delayMs, jitterMs) => {
        await using line = await opened({ delayMs, jitterMs, stall: { share: 0.2, ms: 5 } });

        for (const chunk of chunks) line.client.write(chunk);
        const closed = once(line.client, 'end');
        line.client.end();
        await closed;

        expect(line.heard().equals(Buffer.concat(chunks))).toBe(true);
      },
    ),
    { interruptAfterTimeLimit: 2_000 },
  );
});

test('a delay and a rate make an answer late by at least what they say', async () => {
  await using slow = await opened({ delayMs: 50 });
  await using narrow = await opened({ bytesPerSecond: 100_000 });
  const since = performance.now();

  slow.client.write('a');
  await once(slow.client, 'data');
  const delayed = performance.now() - since;
  narrow.client.write(Buffer.alloc(10_000));
  await expect.poll(() => narrow.heard().length, { timeout: 10_000 }).toBe(10_000);
  const squeezed = performance.now() - since - delayed;

  expect(delayed).toBeGreaterThanOrEqual(99);
  expect(squeezed).toBeGreaterThanOrEqual(199);
});

test('what is dropped never comes, and nobody is told', async () => {
  await using line = await opened();
  line.proxy.suffer({ drop: true });

  line.client.write('a');
  await sleep(100);

  expect([line.heard().length, line.client.destroyed, line.errors]).toEqual([0, false, []]);
});

test('what is frozen comes when it thaws, all of it', async () => {
  await using line = await opened();
  line.proxy.suffer({ freeze: true });

  line.client.write(Buffer.alloc(2_000_000));
  await sleep(100);
  const frozen = line.heard().length;
  line.proxy.suffer({});
  await expect.poll(() => line.heard().length, { timeout: 10_000 }).toBe(2_000_000);

  expect(frozen).toBe(0);
});

test('a reset is seen on both ends', async () => {
  await using line = await opened();
  line.client.write('a');
  await once(line.client, 'data');
  const closed = Promise.all(
    [line.client, line.ends[0]!].map((end) => new Promise((resolve) => end.on('close', resolve))),
  );

  for (const link of line.proxy.links) link.reset();
  await closed;

  expect(line.errors).toEqual(['ECONNRESET']);
  expect(line.proxy.links.size).toBe(0);
});

test('a half-closed connection ends for its client, who still may send', async () => {
  await using line = await opened();
  line.client.write('a');
  await once(line.client, 'data');
  let received = 1;
  line.ends[0]!.on('data', (chunk: Buffer) => (received += chunk.length));

  const ended = once(line.client, 'end');
  for (const link of line.proxy.links) link.halfClose();
  await ended;
  line.client.write('bc');

  await expect.poll(() => received).toBe(3);
});

test('a connection that is cut brings as many bytes as it is told to, and no more', async () => {
  await using line = await opened({ cutAfterBytes: 1_234 });

  line.client.write(Buffer.alloc(5_000));
  await new Promise((resolve) => line.client.on('close', resolve));

  expect(line.heard().length).toBe(1_234);
  expect(line.errors).toEqual(['ECONNRESET']);
});

test('who refuses resets at once, and counts', async () => {
  await using line = await opened();
  line.proxy.refusing = true;

  const second = connect(line.proxy.port, '127.0.0.1');
  const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];

  expect(error.code).toBe('ECONNRESET');
  expect([line.proxy.accepted, line.proxy.links.size]).toEqual([2, 1]);
});
