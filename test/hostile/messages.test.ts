import { deflateSync, gzipSync } from 'node:zlib';
import { Code } from 'flowrpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { grpcFrame, HttpPeer } from './raw-http2.ts';
import { clientStreamPath, openTarget, serverStreamPath, type Target, unaryPath } from './target.ts';

const message = '{"text":"a","n":1}';
const gzip = { 'grpc-encoding': 'gzip' };
let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target[Symbol.asyncDispose]());

test.each([
  ['flag 2', unaryPath, {}, grpcFrame(message, 2), Code.INTERNAL],
  ['flag 1 without an encoding', unaryPath, {}, grpcFrame(message, 1), Code.INTERNAL],
  [
    'an unknown encoding that is not made use of',
    unaryPath,
    { 'grpc-encoding': 'br' },
    grpcFrame(message),
    Code.UNIMPLEMENTED,
  ],
  ['an unknown encoding', unaryPath, { 'grpc-encoding': 'br' }, grpcFrame(message, 1), Code.UNIMPLEMENTED],
  ['broken gzip', unaryPath, gzip, grpcFrame('no gzip at all', 1), Code.INTERNAL],
  ['flag 2 on a stream', clientStreamPath, {}, grpcFrame(message, 2), Code.INTERNAL],
  ['broken gzip on a stream', clientStreamPath, gzip, grpcFrame('no gzip at all', 1), Code.INTERNAL],
] as const)('W-14 %s is refused', async (_name, path, headers, frame, code) => {
  await using peer = new HttpPeer(target.port);

  const reply = await peer.call(path, { headers, body: [frame] });

  expect(reply.code).toBe(code);
  if (code === Code.UNIMPLEMENTED) expect(reply.headers['grpc-accept-encoding']).toBe('identity,deflate,gzip');
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
] as const)('W-14 %s and plain messages of one stream keep their order', async (encoding, pack) => {
  await using peer = new HttpPeer(target.port);
  const texts = ['one', 'two', 'three', 'four'];
  const body = texts.map((text, index) => {
    const bytes = Buffer.from(JSON.stringify({ text, n: 1 }));
    return index % 2 === 0 ? grpcFrame(pack(bytes), 1) : grpcFrame(bytes);
  });

  const reply = await peer.call(clientStreamPath, {
    headers: { 'grpc-encoding': encoding },
    body: [Buffer.concat(body)],
  });

  expect(reply.code).toBe(Code.OK);
  expect(JSON.parse(reply.body.subarray(5).toString())).toEqual({ text: 'one,two,three,four', n: 4 });
});

test('W-15 a stream that ends inside a message is not a clean end', async () => {
  await using peer = new HttpPeer(target.port);

  const reply = await peer.call(clientStreamPath, { body: [grpcFrame(message), grpcFrame(message).subarray(0, 12)] });

  expect(reply.code).toBe(Code.INTERNAL);
  expect(reply.message).toContain('in the middle of a message');
});

test.each([
  ['no message', unaryPath, [], Code.UNIMPLEMENTED],
  ['two messages', unaryPath, [grpcFrame(message), grpcFrame(message)], Code.UNIMPLEMENTED],
  ['two messages on a server stream', serverStreamPath, [grpcFrame(message), grpcFrame(message)], Code.UNIMPLEMENTED],
  ['four bytes of a prefix', unaryPath, [grpcFrame(message).subarray(0, 4)], Code.INTERNAL],
] as const)('W-16 unary with %s is refused', async (_name, path, body, code) => {
  await using peer = new HttpPeer(target.port);
  const before = target.started.length;

  const reply = await peer.call(path, { body: [...body] });

  expect(reply.code).toBe(code);
  expect(target.started.length).toBe(before);
});

test('G-01 a prefix of 4 GiB is refused before any of it is kept', async () => {
  await using peer = new HttpPeer(target.port);
  const prefix = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);

  const reply = await peer.call(unaryPath, { body: [prefix], end: false });

  expect(reply.code).toBe(Code.RESOURCE_EXHAUSTED);
});

test('G-02 a gzip bomb is refused while it unpacks', async () => {
  await using peer = new HttpPeer(target.port);
  const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024), { level: 9 });
  const before = process.memoryUsage().arrayBuffers;

  const reply = await peer.call(unaryPath, { headers: gzip, body: [grpcFrame(bomb, 1)] });
  const grown = process.memoryUsage().arrayBuffers - before;

  expect(reply.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(grown).toBeLessThan(20 * 1024 * 1024);
});

test('G-06 bytes that are no message are INTERNAL, naming the method', async () => {
  await using peer = new HttpPeer(target.port);

  const reply = await peer.call(unaryPath, { body: [grpcFrame('{nonsense')] });

  expect(reply.code).toBe(Code.INTERNAL);
  expect(reply.message).toContain('malformed request of /suite.Probe/Unary');
});

test('a message in any pieces arrives whole', async () => {
  await using peer = new HttpPeer(target.port);
  const whole = grpcFrame(JSON.stringify({ text: 'x'.repeat(300), n: 1 }));
  const pieces = Array.from({ length: Math.ceil(whole.length / 7) }, (_, index) =>
    whole.subarray(index * 7, index * 7 + 7),
  );

  const reply = await peer.call(unaryPath, { body: pieces });

  expect(reply.code).toBe(Code.OK);
  expect(JSON.parse(reply.body.subarray(5).toString()).text).toBe('x'.repeat(300));
});
