import { Code } from 'flowrpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { grpcFrame, HttpPeer } from './raw-http2.ts';
import { openTarget, type Target, unaryPath } from './target.ts';

const body = [grpcFrame('{"text":"a","n":1}')];
let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target[Symbol.asyncDispose]());

test('W-12 a proper call is answered', async () => {
  await using peer = new HttpPeer(target.port);

  const reply = await peer.call(unaryPath, { body });

  expect(reply).toMatchObject({ http: 200, code: 0 });
  expect(reply.headers['content-type']).toBe('application/grpc+proto');
});

test.each(['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('W-12 %s gets 405 and reaches no handler', async (method) => {
  await using peer = new HttpPeer(target.port);
  const before = target.started.length;

  const reply = await peer.call(unaryPath, { headers: { ':method': method }, body: method === 'HEAD' ? [] : body });

  expect(reply.http).toBe(405);
  expect(target.started.length).toBe(before);
});

test.each(['application/grpc+foo', 'application/grpcfoo', 'application/json', 'application/grpc-web', ''])(
  'W-12 content type "%s" gets 415',
  async (type) => {
    await using peer = new HttpPeer(target.port);
    const before = target.started.length;

    const reply = await peer.call(unaryPath, { headers: { 'content-type': type }, body });

    expect(reply.http).toBe(415);
    expect(target.started.length).toBe(before);
  },
);

test.each(['application/grpc', 'application/grpc+proto', 'application/grpc; charset=utf-8'])(
  'W-12 content type "%s" is taken',
  async (type) => {
    await using peer = new HttpPeer(target.port);

    const reply = await peer.call(unaryPath, { headers: { 'content-type': type }, body });

    expect(reply.code).toBe(Code.OK);
  },
);

test.each([
  '//suite.Probe/Unary',
  '/suite.Probe/Unary?x=1',
  '/suite.Probe/Unary/',
  '/suite.Probe/%55nary',
  '/suite.Probe',
  '/',
  `/suite.Probe/${'x'.repeat(20_000)}`,
])('W-13 path %.40s reaches no handler', async (path) => {
  await using peer = new HttpPeer(target.port);
  const before = target.started.length;

  const reply = await peer.call(path, { body });

  expect(reply.code).toBe(Code.UNIMPLEMENTED);
  expect(reply.message.length).toBeLessThan(256);
  expect(target.started.length).toBe(before);
});

test.each([
  ['597H', 'far'],
  ['1193H', 'far'],
  ['99999999H', 'far'],
  ['596H', 'far'],
  ['1M', 'near'],
  ['20000m', 'near'],
])('D-04 grpc-timeout %s is in the future', async (timeout) => {
  await using peer = new HttpPeer(target.port);

  const reply = await peer.call(unaryPath, { headers: { 'grpc-timeout': timeout }, body });

  expect(reply.code).toBe(Code.OK);
});

test.each(['abc', '-5S', 'xx1Syy', '123456789S', '1S, 2S', '', '5', 'S', '5s', '1.5S', '1Sx'])(
  'D-05 grpc-timeout "%s" is refused',
  async (timeout) => {
    await using peer = new HttpPeer(target.port);
    const before = target.started.length;

    const reply = await peer.call(unaryPath, { headers: { 'grpc-timeout': timeout }, body });

    expect(reply.code).toBe(Code.INTERNAL);
    expect(reply.message).toContain('grpc-timeout');
    expect(target.started.length).toBe(before);
  },
);

test.each(['0n', '1n', '0S'])('D-05 grpc-timeout %s has passed', async (timeout) => {
  await using peer = new HttpPeer(target.port);

  const reply = await peer.call(unaryPath, { headers: { 'grpc-timeout': timeout }, body });

  expect(reply.code).toBe(Code.DEADLINE_EXCEEDED);
});

test('M-01 130 headers end their own call only', async () => {
  await using peer = new HttpPeer(target.port);
  const many = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`x-${index}`, 'v']));

  const [refused, other] = await Promise.all([
    peer.call(unaryPath, { headers: many, body }),
    peer.call(unaryPath, { body }),
  ]);

  expect(refused).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
  expect(refused.message).toContain('130 pairs');
  expect(other.code).toBe(Code.OK);
});

test('M-01 16 KB of headers end their own call only', async () => {
  await using peer = new HttpPeer(target.port);

  const [refused, other] = await Promise.all([
    peer.call(unaryPath, { headers: { 'x-big': 'v'.repeat(16_000) }, body }),
    peer.call(unaryPath, { body }),
  ]);

  expect(refused.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(other.code).toBe(Code.OK);
});

test('M-09 a -bin value that is no base64 is bytes, not a throw', async () => {
  await using peer = new HttpPeer(target.port);

  const reply = await peer.call(unaryPath, { headers: { 'x-bin': '***%%%' }, body });

  expect(reply.code).toBe(Code.OK);
});
