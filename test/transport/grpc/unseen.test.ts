import { constants } from 'node:http2';
import { Code, connect, createServer, type Interceptor, silentLogger } from 'flowrpc';
import { retry } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { openHostile, replyStatus } from '../../hostile/hostile-server.ts';
import { openTarget } from '../../hostile/target.ts';
import { everyKind, kinds, run, shout, shouted, texts } from '../../suites/kinds.ts';
import { ProbeService } from '../../suites/probe-service.ts';

const reconnect = { initialBackoffMs: 10, maxBackoffMs: 20 };

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  await using target = await openTarget();
  return target.port;
}

test.each(kinds)('%s: a call that found no server was seen by none', async (kind) => {
  await using channel = connect(`127.0.0.1:${await freePort()}`);

  const { status } = await run(channel.client(ProbeService), kind);

  expect(status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local', unseen: true });
});

test.each(kinds)('%s: a stream that the server refused was seen by none', async (kind) => {
  await using hostile = await openHostile((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));

  const { status } = await run(hostile.channel.client(ProbeService), kind);

  expect(status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local', unseen: true });
});

test.each(kinds)('%s: a call whose server took it and died may have been seen', async (kind) => {
  await using hostile = await openHostile((stream) => stream.session!.destroy());

  const { status } = await run(hostile.channel.client(ProbeService), kind);

  expect(status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local', unseen: false });
});

test('a peer that answers has seen the call, whatever it says', async () => {
  await using hostile = await openHostile((stream) => replyStatus(stream, { 'grpc-status': '14' }));

  const { status } = await run(hostile.channel.client(ProbeService), 'unary');

  expect(status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'peer', unseen: false });
});

test('what was over before it was sent was seen by none', async () => {
  await using channel = connect(`127.0.0.1:${await freePort()}`);
  const client = channel.client(ProbeService);

  const expired = await run(client, 'unary', { timeoutMs: 0 });
  const cancelled = await run(client, 'bidi', { signal: AbortSignal.abort() });
  const impossible = await run(client, 'unary', {}, [null as never]);

  expect([expired, cancelled, impossible].map(({ status }) => [status.code, status.unseen])).toEqual([
    [Code.DEADLINE_EXCEEDED, true],
    [Code.CANCELLED, true],
    [Code.INVALID_ARGUMENT, true],
  ]);
});

test('the error of a call says so too, and a handler that lets it through does not pass it on', async () => {
  await using lost = connect(`127.0.0.1:${await freePort()}`);
  await using target = await openTarget({ unary: (request) => lost.client(ProbeService).unary(request) });

  const error = await lost
    .client(ProbeService)
    .unary({ text: '', n: 1 })
    .catch((thrown: unknown) => thrown);
  const { status } = await run(target.neighbour.client(ProbeService), 'unary');

  expect(error).toMatchObject({ code: Code.UNAVAILABLE, unseen: true });
  expect(status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'peer', unseen: false });
});

test.each(kinds)('%s: retry() repeats a method of any kind that no server saw', async (kind) => {
  const port = await freePort();
  await using server = createServer({ logger: silentLogger }).add(ProbeService, everyKind(shout));
  const startAfterFailure: Interceptor = async function startAfterFailure(call, next) {
    const status = await next(call);
    if (!server.listening) await server.listen(`127.0.0.1:${port}`);
    return status;
  };
  const again = retry({ attempts: 500, baseDelayMs: 10, multiplier: 1, throttle: false });
  await using channel = connect(`127.0.0.1:${port}`, { reconnect, interceptors: [again, startAfterFailure] });

  const result = await run(channel.client(ProbeService), kind);

  expect(result.status).toMatchObject({ code: Code.OK, message: '' });
  expect(texts(result)).toEqual(shouted(kind));
});

test.each(kinds)('P-13 %s: retry() does not repeat a call whose server took it and died', async (kind) => {
  await using hostile = await openHostile((stream) => stream.session!.destroy(), {
    reconnect,
    interceptors: [retry({ baseDelayMs: 0, throttle: false })],
  });

  const { status } = await run(hostile.channel.client(ProbeService), kind);

  expect(status.code).toBe(Code.UNAVAILABLE);
  expect(hostile.calls).toHaveLength(1);
});

test('P-13 retry() repeats what was refused, and gives up like with any other failure', async () => {
  await using hostile = await openHostile((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM), {
    interceptors: [retry({ attempts: 3, baseDelayMs: 0, throttle: false })],
  });

  const { status } = await run(hostile.channel.client(ProbeService), 'unary');

  expect(status.unseen).toBe(true);
  // grpc-js repeats each of the three once by itself.
  expect(hostile.calls).toHaveLength(6);
});
