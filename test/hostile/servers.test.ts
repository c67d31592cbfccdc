import { gzipSync } from 'node:zlib';
import { Code } from 'flowrpc';
import { expect, test } from 'vitest';
import { ProbeService } from '../suites/probe-service.ts';
import { openHostile, reply, replyStatus } from './hostile-server.ts';
import { grpcFrame } from './raw-http2.ts';

const message = grpcFrame('{"text":"a","n":1}');
const ok = { 'grpc-status': '0' };

test.each(['99', '-1', 'NaN', 'abc', '1.5', ''])('P-10 status %j is UNKNOWN', async (code) => {
  await using hostile = await openHostile((stream) => replyStatus(stream, { 'grpc-status': code }));

  const status = await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  // An empty code counts as 0, and OK without a message is no success.
  expect([Code.UNKNOWN, Code.UNIMPLEMENTED]).toContain(status.code);
});

test('P-10 a message that does not decode is kept as it came, a long one is cut', async () => {
  await using raw = await openHostile((stream) => replyStatus(stream, { 'grpc-status': '5', 'grpc-message': '%zz%' }));
  await using long = await openHostile((stream) =>
    replyStatus(stream, { 'grpc-status': '5', 'grpc-message': 'x'.repeat(40_000) }),
  );

  const undecoded = await raw.channel.client(ProbeService).unary({ text: '', n: 1 }).status;
  const cut = await long.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(undecoded).toMatchObject({ code: Code.NOT_FOUND, message: '%zz%', origin: 'peer' });
  expect(cut.code).toBe(Code.NOT_FOUND);
  expect(cut.message.length).toBeLessThan(20_000);
});

test('P-10 details that do not decode are left out', async () => {
  await using hostile = await openHostile((stream) =>
    replyStatus(stream, { 'grpc-status': '5', 'grpc-message': 'm', 'grpc-status-details-bin': '////' }),
  );

  const status = await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(status).toMatchObject({ code: Code.NOT_FOUND, message: 'm', details: [] });
});

test.each([
  ['W-14 a compression flag without an encoding', {}, [grpcFrame('{}', 1)], Code.INTERNAL],
  ['W-14 an unknown encoding', { 'grpc-encoding': 'br' }, [grpcFrame('{}', 1)], Code.INTERNAL],
  ['W-14 broken gzip', { 'grpc-encoding': 'gzip' }, [grpcFrame('no gzip', 1)], Code.INTERNAL],
  [
    'G-02 a gzip bomb',
    { 'grpc-encoding': 'gzip' },
    [grpcFrame(gzipSync(Buffer.alloc(50_000_000)), 1)],
    Code.RESOURCE_EXHAUSTED,
  ],
  ['G-01 a prefix of 4 GiB', {}, [Buffer.from([0, 255, 255, 255, 255])], Code.RESOURCE_EXHAUSTED],
  ['G-06 bytes that are no message', {}, [grpcFrame('{nonsense')], Code.INTERNAL],
  ['two responses', {}, [message, message], Code.UNIMPLEMENTED],
  ['no response', {}, [], Code.UNIMPLEMENTED],
  ['P-11 half a response', {}, [message.subarray(0, 10)], Code.INTERNAL],
] as const)('%s of a unary call ends it', async (_name, header, body, code) => {
  await using hostile = await openHostile((stream) => reply(stream, { header, body: [...body], trailer: ok }));

  const status = await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 5_000 }).status;

  expect(status.code).toBe(code);
  expect(status.message).not.toBe('');
});

test('two responses without an end do not hang the call', async () => {
  await using hostile = await openHostile((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write(Buffer.concat([message, message]));
  });

  const status = await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 5_000 }).status;

  expect(status.code).toBe(Code.UNIMPLEMENTED);
});

test('P-11 a stream that ends with OK inside a message is INTERNAL', async () => {
  await using hostile = await openHostile((stream) =>
    reply(stream, { body: [message, message.subarray(0, 12)], trailer: ok }),
  );
  const call = hostile.channel.client(ProbeService).serverStream({ text: '', n: 1 });
  const seen: unknown[] = [];

  const end = await (async () => {
    for await (const item of call) seen.push(item);
  })().catch((error: unknown) => error);

  expect(seen).toHaveLength(1);
  expect(end).toMatchObject({ code: Code.INTERNAL });
});

test.each([
  [400, Code.INTERNAL],
  [401, Code.UNAUTHENTICATED],
  [403, Code.PERMISSION_DENIED],
  [404, Code.UNIMPLEMENTED],
  [429, Code.UNAVAILABLE],
  [503, Code.UNAVAILABLE],
  [500, Code.UNKNOWN],
])('HTTP status %i without a gRPC status is code %i', async (http, code) => {
  await using hostile = await openHostile((stream) => stream.respond({ ':status': http }, { endStream: true }));

  const status = await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(status).toMatchObject({ code, origin: 'local' });
});

test.each([
  ['UNAVAILABLE of a peer', 14, 'peer'],
  ['CANCELLED of a peer', 1, 'peer'],
  ['DEADLINE_EXCEEDED of a peer', 4, 'peer'],
  ['OK of a peer', 0, 'peer'],
] as const)('%s has its origin', async (_name, code, origin) => {
  await using trailersOnly = await openHostile((stream) => replyStatus(stream, { 'grpc-status': String(code) }));
  await using trailers = await openHostile((stream) =>
    reply(stream, { body: [message], trailer: { 'grpc-status': String(code) } }),
  );

  const alone = await trailersOnly.channel.client(ProbeService).serverStream({ text: '', n: 1 });
  for await (const _ of ignoring(alone)) expect.fail('no message was sent');
  const behind = trailers.channel.client(ProbeService).unary({ text: '', n: 1 });

  expect(await alone.status).toMatchObject({ code, origin });
  expect(await behind.status).toMatchObject({ code, origin });
});

test.each([
  ['a reset stream', 2, Code.INTERNAL],
  ['a refused stream', 7, Code.UNAVAILABLE],
  ['a cancelled stream', 8, Code.CANCELLED],
] as const)('%s is a failure on the way', async (_name, rst, code) => {
  await using hostile = await openHostile((stream) => stream.close(rst));

  const status = await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(status).toMatchObject({ code, origin: 'local' });
});

test('a connection that drops is a failure on the way', async () => {
  await using hostile = await openHostile((stream) => stream.session?.destroy());

  const status = await hostile.channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local' });
});

test('C-07 a server that kills each connection is tried with pauses', async () => {
  await using hostile = await openHostile((stream) => stream.session?.destroy(), {
    reconnect: { initialBackoffMs: 200, maxBackoffMs: 400 },
  });
  const client = hostile.channel.client(ProbeService);
  const end = Date.now() + 1_000;
  let calls = 0;

  while (Date.now() < end) {
    await client.unary({ text: '', n: 1 }).status;
    calls += 1;
  }

  expect(calls).toBeGreaterThan(0);
  expect(hostile.calls.length).toBeLessThan(60);
});

async function* ignoring<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch {
    // The status tells.
  }
}
