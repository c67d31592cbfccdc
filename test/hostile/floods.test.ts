import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { callHeaders, frame, frameType, grpcFrame, HttpPeer, headerBlock, RawPeer } from './raw-http2.ts';
import { clientStreamPath, openTarget, serverStreamPath, unaryPath } from './target.ts';

const endHeaders = 4;
const endStream = 1;
const message = grpcFrame('{"text":"a","n":1}');

test('W-01 a rapid reset ends its connection; every handler that started was cancelled', async () => {
  let started = 0;
  let cancelled = 0;
  await using target = await openTarget({
    unary: async (request, { signal }) => {
      if (request.text === 'neighbour') return request;
      started += 1;
      if (!signal.aborted) await once(signal, 'abort');
      cancelled += 1;
      throw signal.reason;
    },
  });
  await using peer = await RawPeer.open(target.port);
  const headers = headerBlock(callHeaders(unaryPath));

  for (let index = 0; index < 3_000 && peer.open; index++) {
    const id = 2 * index + 1;
    peer.write(
      frame(frameType.headers, endHeaders, id, headers),
      frame(frameType.data, endStream, id, message),
      frame(frameType.reset, 0, id, Buffer.from([0, 0, 0, 8])),
    );
    if (index % 100 === 99) await sleep(1);
  }
  // Some Nodes say GOAWAY first, others close the connection.
  await expect.poll(() => peer.received.includes(frameType.goaway) || !peer.open, { timeout: 10_000 }).toBe(true);
  peer.socket.end();

  await expect.poll(() => cancelled === started, { timeout: 10_000 }).toBe(true);
  expect(started).toBeGreaterThan(0);
  expect(started).toBeLessThanOrEqual(1_500);
  expect(await target.survives()).toBe(true);
});

test.each([
  [
    'W-03 CONTINUATION without end',
    50,
    () => frame(frameType.continuation, 0, 1, headerBlock({ 'x-a': 'b'.repeat(1_000) })),
    frame(frameType.headers, 0, 1, headerBlock(callHeaders(unaryPath))),
  ],
  ['W-04 PING', 20_000, () => frame(frameType.ping, 0, 0, Buffer.alloc(8)), Buffer.alloc(0)],
  ['W-06 SETTINGS', 20_000, () => frame(frameType.settings, 0, 0), Buffer.alloc(0)],
  [
    'W-07 empty DATA',
    50_000,
    () => frame(frameType.data, 0, 1),
    frame(frameType.headers, endHeaders, 1, headerBlock(callHeaders(clientStreamPath))),
  ],
  [
    'W-09 a window beyond 2^31',
    2,
    () => frame(frameType.windowUpdate, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
    Buffer.alloc(0),
  ],
] as const)('%s closes the connection and harms nobody else', async (_name, count, make, first) => {
  await using target = await openTarget();
  await using peer = await RawPeer.open(target.port);
  const flood = make();

  peer.write(first);
  for (let sent = 0; sent < count && peer.open; sent += 500) {
    peer.write(...Array.from({ length: Math.min(500, count - sent) }, () => flood));
    await peer.drained();
  }
  const survived = target.survives();
  await peer.closed();

  expect(await survived).toBe(true);
});

test('W-08 a message in one-byte frames is refused before it costs memory', async () => {
  await using target = await openTarget();
  await using peer = await RawPeer.open(target.port);
  const size = 300_000;
  const before = process.memoryUsage().rss;
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(size, 1);
  peer.write(
    frame(frameType.headers, endHeaders, 1, headerBlock(callHeaders(unaryPath))),
    frame(frameType.data, 0, 1, prefix),
  );
  const bytes = Buffer.concat(Array.from({ length: 1_000 }, () => frame(frameType.data, 0, 1, Buffer.from([32]))));

  for (let sent = 0; sent < size && peer.open; sent += 1_000) {
    peer.write(bytes);
    await sleep(0);
    if (peer.received.includes(frameType.headers)) break;
  }
  const grown = process.memoryUsage().rss - before;

  expect(peer.received).toContain(frameType.headers);
  expect(target.started).toEqual([]);
  expect(grown).toBeLessThan(64 * 1024 * 1024);
  expect(await target.survives()).toBe(true);
});

test('W-11 with a window of 0 the producer waits, and memory stays flat', async () => {
  let produced = 0;
  await using target = await openTarget({
    async *serverStream({ text }) {
      for (let n = 1; n <= 10_000; n++) {
        produced += 1;
        yield { text, n, bulk: 'x'.repeat(10_000) };
      }
    },
  });
  await using peer = new HttpPeer(target.port, { initialWindowSize: 0 });

  const reply = await peer.call(serverStreamPath, { headers: { 'grpc-timeout': '300m' }, body: [message] });

  expect(produced).toBeLessThan(10);
  expect(reply.headers[':status']).toBe(200);
  expect(reply.rstCode).toBe(8);
});

test('C-01 connections that send nothing are closed by the idle limit', async () => {
  await using target = await openTarget({}, { connection: { idleMs: 200 } });
  const sockets = Array.from({ length: 200 }, () => connectTcp(target.port, '127.0.0.1'));

  await Promise.all(sockets.map((socket) => once(socket.resume(), 'close')));

  expect(await target.survives()).toBe(true);
});

test('C-02 half a frame and then silence is closed too', async () => {
  await using target = await openTarget({}, { connection: { idleMs: 100 } });
  await using peer = await RawPeer.open(target.port);

  peer.write(frame(frameType.headers, endHeaders, 1, headerBlock(callHeaders(unaryPath))).subarray(0, 20));
  await peer.closed();

  expect(peer.received).toContain(frameType.goaway);
});

test('C-03 headers without the request message end at the receive limit', async () => {
  await using target = await openTarget({}, { connection: { receiveTimeoutMs: 100 } });
  await using peer = new HttpPeer(target.port);

  const reply = await peer.call(unaryPath, { end: false });

  expect(reply.code).toBe(4);
  expect(reply.message).toContain('no whole request within 100 ms');
});

test('C-04 a reader that never reads holds its producer back', async () => {
  let produced = 0;
  await using target = await openTarget({
    async *serverStream({ text }) {
      for (let n = 1; n <= 20_000; n++) {
        produced += 1;
        yield { text, n, bulk: 'x'.repeat(10_000) };
      }
    },
  });
  const stream = target.neighbour.stream(serverStreamPath, [Buffer.from('{"text":"a","n":1}')]);

  await stream.next();
  await sleep(300);
  const whileStalled = produced;
  stream.cancel();

  // Both windows of 256 KiB, what the reader keeps, and one buffer.
  expect(whileStalled).toBeLessThan(200);
});

test('C-05 streams beyond the limit of a connection are refused, nobody else is harmed', async () => {
  let running = 0;
  await using target = await openTarget({
    unary: async ({ text, n }, { signal }) => {
      if (text === 'neighbour') return { text, n };
      running += 1;
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return { text, n };
    },
  });
  await using peer = await RawPeer.open(target.port);
  const headers = headerBlock(callHeaders(unaryPath));

  for (let index = 0; index < 5_000 && peer.open; index++) {
    const id = 2 * index + 1;
    peer.write(frame(frameType.headers, endHeaders, id, headers), frame(frameType.data, endStream, id, message));
    if (index % 500 === 499) await peer.drained();
  }

  expect(await target.survives()).toBe(true);
  expect(running).toBeLessThanOrEqual(100);
});

test('a peer that sends garbage loses its connection, the process stays up', async () => {
  await using target = await openTarget();
  const inputs = [
    Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
    Buffer.alloc(4_096, 0xff),
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nrubbish that is no frame'),
  ];

  for (const input of inputs) {
    const socket = connectTcp(target.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume().write(input);
    await once(socket, 'close');
  }

  expect(await target.survives()).toBe(true);
});
