import {
  Code,
  connect,
  createServer,
  findDetail,
  type Interceptor,
  key,
  type Logger,
  only,
  QuotaFailure,
  RetryInfo,
  silentLogger,
} from 'flowrpc';
import { type RateStore, tokenBucket } from 'flowrpc/interceptors/limits/token-bucket';
import { rateLimit } from 'flowrpc/interceptors/rate-limit';
import { realIpKey } from 'flowrpc/interceptors/real-ip';
import { retry } from 'flowrpc/interceptors/retry';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const wire = transports[2] as TestTransport;
const clock = () => vi.useFakeTimers({ toFake: ['performance'] });
afterEach(() => vi.useRealTimers());

/** Codes of calls made one after the other. */
async function codes(probe: Awaited<ReturnType<typeof setup>>, calls: readonly object[]): Promise<Code[]> {
  const seen: Code[] = [];
  for (const metadata of calls)
    seen.push((await run(probe.client, 'unary', { metadata: { ...metadata } })).status.code);
  return seen;
}

describe.each(kinds)('rateLimit(), %s', (kind) => {
  test('#137 refuses what exceeds the burst, with when to come back, and runs no handler', async () => {
    let handled = 0;
    await using probe = await setup(wire, {
      handlers: everyKind((requests, context) => {
        handled += 1;
        return shout(requests, context);
      }),
      ...onSide('server', rateLimit({ perSecond: 0.1, burst: 2 })),
    });

    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await run(probe.client, kind)).status);

    expect(statuses.map(({ code }) => code)).toEqual([Code.OK, Code.OK, Code.RESOURCE_EXHAUSTED]);
    expect(handled).toBe(2);
    const refused = statuses[2]!;
    expect(refused.message).toMatch(/^Too many calls: come back in \d+ (ms|s)$/);
    const pushback = Number(refused.trailer.get('grpc-retry-pushback-ms'));
    expect(pushback).toBeGreaterThan(0);
    expect(pushback).toBeLessThanOrEqual(10_000);
    const delay = findDetail(refused, RetryInfo)?.retryDelay;
    expect(Number(delay?.seconds) * 1_000 + Number(delay?.nanos) / 1e6).toBe(pushback);
    expect(findDetail(refused, QuotaFailure)?.violations).toEqual([
      expect.objectContaining({ subject: 'calls by peer', description: refused.message }),
    ]);
  });
});

test('#137 rateLimit() refills with time, up to the burst', async () => {
  clock();
  await using probe = await setup(transport, onSide('server', rateLimit({ perSecond: 10, burst: 2 })));
  const three = [{}, {}, {}];

  const first = await codes(probe, three);
  vi.advanceTimersByTime(100);
  const second = await codes(probe, three);
  vi.advanceTimersByTime(60_000);
  const third = await codes(probe, three);

  expect(first).toEqual([Code.OK, Code.OK, Code.RESOURCE_EXHAUSTED]);
  expect(second).toEqual([Code.OK, Code.RESOURCE_EXHAUSTED, Code.RESOURCE_EXHAUSTED]);
  expect(third).toEqual([Code.OK, Code.OK, Code.RESOURCE_EXHAUSTED]);
});

test('#137 rateLimit() counts by peer: all connections of one address together', async () => {
  await using server = createServer({
    logger: silentLogger,
    interceptors: [rateLimit({ perSecond: 0.01, burst: 1 })],
  }).add(ProbeService, echo);
  const { address } = await server.listen('127.0.0.1:0');
  await using one = connect(address);
  await using two = connect(address, { userAgent: 'other' });

  const first = await one.client(ProbeService).unary({ text: 'a', n: 1 }).status;
  const second = await two.client(ProbeService).unary({ text: 'a', n: 1 }).status;

  expect([first.code, second.code]).toEqual([Code.OK, Code.RESOURCE_EXHAUSTED]);
});

test('rateLimit() counts by what realIp() found', async () => {
  const proxied: Interceptor = (call, next) => next(call.with(realIpKey, call.metadata.get('x-ip') as string));
  await using probe = await setup(transport, onSide('server', proxied, rateLimit({ perSecond: 0.01, burst: 1 })));

  const seen = await codes(probe, [
    { 'x-ip': '192.0.2.1' },
    { 'x-ip': '192.0.2.2' },
    { 'x-ip': '192.0.2.1' },
    { 'x-ip': '2001:db8::1' },
    { 'x-ip': '2001:db8:0:0:ffff::2' },
    { 'x-ip': '2001:db8:0:1::1' },
  ]);

  const { OK, RESOURCE_EXHAUSTED } = Code;
  expect(seen).toEqual([OK, OK, RESOURCE_EXHAUSTED, OK, RESOURCE_EXHAUSTED, OK]);
});

test('rateLimit() counts by metadata; who leaves it out is counted by peer', async () => {
  const limit = rateLimit({ perSecond: 0.01, burst: 1, key: { metadata: 'x-tenant' } });
  await using probe = await setup(transport, onSide('server', limit));

  const seen = await codes(probe, [
    { 'x-tenant': 'a' },
    { 'x-tenant': 'b' },
    { 'x-tenant': 'a' },
    {},
    {},
    { 'x-tenant': 'peer:in-process' },
  ]);

  const { OK, RESOURCE_EXHAUSTED } = Code;
  expect(seen).toEqual([OK, OK, RESOURCE_EXHAUSTED, OK, RESOURCE_EXHAUSTED, OK]);
});

test('rateLimit() counts by a function; undefined stands for the peer, false for no limit', async () => {
  const user = key<string>('user');
  const named: Interceptor = (call, next) => next(call.with(user, call.metadata.get('x-user') as string));
  const limit = rateLimit({
    perSecond: 0.01,
    burst: 1,
    key: (call) => (call.get(user) === 'admin' ? false : call.get(user)),
  });
  await using probe = await setup(transport, onSide('server', named, limit));

  const seen = await codes(probe, [
    { 'x-user': 'ada' },
    { 'x-user': 'ada' },
    { 'x-user': 'admin' },
    { 'x-user': 'admin' },
    {},
    {},
  ]);

  const { OK, RESOURCE_EXHAUSTED } = Code;
  expect(seen).toEqual([OK, RESOURCE_EXHAUSTED, OK, OK, OK, RESOURCE_EXHAUSTED]);
});

test('rateLimit() never tells the key, which may be a secret', async () => {
  const limit = rateLimit({ perSecond: 0.01, burst: 1, key: { metadata: 'x-api-key' } });
  await using probe = await setup(transport, onSide('server', limit));
  const metadata = { 'x-api-key': 'canary' };
  await run(probe.client, 'unary', { metadata });

  const { status } = await run(probe.client, 'unary', { metadata });

  expect(status.code).toBe(Code.RESOURCE_EXHAUSTED);
  const sent = [Buffer.from(status.message), ...status.details.map(({ value }) => value)];
  expect(Buffer.concat(sent).toString('latin1')).not.toContain('canary');
});

test('rateLimit() limits methods that nobody registered', async () => {
  await using probe = await setup(transport, onSide('server', rateLimit({ perSecond: 0.01, burst: 1 })));

  const first = await probe.channel.call('/no.Such/One', new Uint8Array()).status;
  const second = await probe.channel.call('/no.Such/Two', new Uint8Array()).status;

  expect([first.code, second.code]).toEqual([Code.UNIMPLEMENTED, Code.RESOURCE_EXHAUSTED]);
});

test('rateLimit() under only() limits those methods, each group by a bucket of its own', async () => {
  const one = () => rateLimit({ perSecond: 0.01, burst: 1 });
  const both = only({ name: ['ServerStream', 'ClientStream'] }, one());
  await using probe = await setup(transport, onSide('server', only({ name: 'Unary' }, one()), both));

  const codes = [];
  for (const kind of ['unary', 'unary', 'serverStream', 'clientStream', 'bidi', 'bidi'] as const)
    codes.push((await run(probe.client, kind)).status.code);

  const { OK, RESOURCE_EXHAUSTED } = Code;
  expect(codes).toEqual([OK, RESOURCE_EXHAUSTED, OK, RESOURCE_EXHAUSTED, OK, OK]);
});

test('retry() comes back when rateLimit() of a server said, not when its own pause is over', async () => {
  let handled = 0;
  await using probe = await setup(wire, {
    handlers: {
      ...echo,
      unary: (request) => {
        handled += 1;
        return request;
      },
    },
    server: { interceptors: [rateLimit({ perSecond: 20, burst: 1 })] },
    client: {
      interceptors: [
        retry({ codes: [Code.RESOURCE_EXHAUSTED], nonIdempotent: true, baseDelayMs: 60_000, maxDelayMs: 60_000 }),
      ],
    },
  });
  await run(probe.client, 'unary');

  const { status } = await run(probe.client, 'unary', { timeoutMs: 10_000 });

  expect(status.code).toBe(Code.OK);
  expect(handled).toBe(2);
});

describe('rateLimit() on a client', () => {
  test('lets calls wait for their turn, in order', async () => {
    const seen: number[] = [];
    await using probe = await setup(transport, {
      handlers: {
        ...echo,
        unary: (request) => {
          seen.push(request.n);
          return request;
        },
      },
      ...onSide('client', rateLimit({ perSecond: 100, burst: 1, maxWaitMs: 10_000 })),
    });

    const calls = [1, 2, 3, 4, 5].map((n) => probe.client.unary({ text: '', n }));
    const codes = await Promise.all(calls.map(async (call) => (await call.status).code));

    expect(codes).toEqual([0, 0, 0, 0, 0]);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  test('refuses at once who could not wait for its turn: too long, or not before its deadline', async () => {
    const limit = (maxWaitMs: number) => rateLimit({ perSecond: 0.01, burst: 1, maxWaitMs });
    await using short = await setup(transport, onSide('client', limit(50)));
    await using long = await setup(transport, onSide('client', limit(Number.POSITIVE_INFINITY)));
    await run(short.client, 'unary');
    await run(long.client, 'unary');

    const tooLong = await run(short.client, 'unary');
    const tooLate = await run(long.client, 'unary', { timeoutMs: 30_000 });

    expect(tooLong.status).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, origin: 'local' });
    expect(tooLate.status.code).toBe(Code.RESOURCE_EXHAUSTED);
  });

  test('ends a call that is cancelled while it waits', async () => {
    const limit = rateLimit({ perSecond: 0.1, burst: 1, maxWaitMs: 60_000 });
    await using probe = await setup(transport, onSide('client', limit));
    await run(probe.client, 'unary', { timeoutMs: 60_000 });
    const controller = new AbortController();

    const waiting = run(probe.client, 'unary', { signal: controller.signal, timeoutMs: 60_000 });
    controller.abort();

    expect((await waiting).status.code).toBe(Code.CANCELLED);
  });
});

describe('rateLimit({ messages })', () => {
  const many = Array.from({ length: 6 }, (_, n) => ({ text: 'm', n }));

  test('ends a stream of requests that comes too fast', async () => {
    const limit = rateLimit({ perSecond: 0.01, burst: 4, messages: true });
    await using probe = await setup(transport, onSide('server', limit));

    const stream = await run(probe.client, 'clientStream', {}, many);

    expect(stream.status.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(stream.status.trailer.get('grpc-retry-pushback-ms')).toMatch(/^\d+$/);
  });

  test('paces it when it may wait, in order', async () => {
    const limit = rateLimit({ perSecond: 200, burst: 1, messages: true, maxWaitMs: 10_000 });
    await using probe = await setup(wire, onSide('server', limit));

    const { messages, status } = await run(probe.client, 'bidi', {}, many);

    expect(status.code).toBe(Code.OK);
    expect(messages.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('rateLimit({ store })', () => {
  /** As a database would be: one count, reached later. */
  const database = (perSecond: number, burst: number): RateStore => {
    const bucket = tokenBucket({ perSecond, burst });
    return { take: async (...given) => bucket.take(...given) };
  };

  test('counts for several servers', async () => {
    const store = database(0.01, 2);
    await using one = await setup(transport, onSide('server', rateLimit({ store })));
    await using two = await setup(transport, onSide('server', rateLimit({ store })));

    const seen = [await codes(one, [{}]), await codes(two, [{}]), await codes(one, [{}])];

    expect(seen.flat()).toEqual([Code.OK, Code.OK, Code.RESOURCE_EXHAUSTED]);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('down'))],
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    ['never answers', () => new Promise<never>(() => {})],
    ['gives no number', async () => 'soon' as never],
  ])(
    'a store that %s lets calls pass or refuses them, and the log has one line',
    async (_what, take: () => never | Promise<never>) => {
      const lines: string[] = [];
      const logger: Logger = { ...silentLogger, warn: (line) => lines.push(line), info: (line) => lines.push(line) };
      let broken = true;
      const flaky: RateStore = { take: () => (broken ? take() : 0) };
      const shared = { timeoutMs: 20 };
      await using open = await setup(transport, onSide('server', rateLimit({ store: flaky, shared, logger })));
      const closed = rateLimit({ store: { take }, shared: { ...shared, whenItFails: 'refuse' }, logger: silentLogger });
      await using shut = await setup(transport, onSide('server', closed));

      const allowed = await codes(open, [{}, {}]);
      broken = false;
      const later = await codes(open, [{}]);
      const { status } = await run(shut.client, 'unary');

      expect([...allowed, ...later]).toEqual([Code.OK, Code.OK, Code.OK]);
      expect(lines).toEqual(['rate limit store fails', 'rate limit store answers again']);
      expect(status).toMatchObject({
        code: Code.UNAVAILABLE,
        message: 'Nobody can say whether the rate limit allows the call',
      });
    },
  );

  test('a call does not outlive its deadline for it', async () => {
    const store: RateStore = { take: () => new Promise(() => {}) };
    const limit = rateLimit({ store, shared: { timeoutMs: 60_000 }, logger: silentLogger });
    await using probe = await setup(transport, onSide('server', limit));

    const { status } = await run(probe.client, 'unary', { timeoutMs: 20 });

    expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
  });

  test('tells that there is no later', async () => {
    const store: RateStore = { take: () => Number.POSITIVE_INFINITY };
    await using probe = await setup(transport, onSide('server', rateLimit({ store, logger: silentLogger })));

    const { status } = await run(probe.client, 'unary');

    expect(status.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(status.trailer.get('grpc-retry-pushback-ms')).toBe('-1');
    expect(findDetail(status, RetryInfo)).toBeUndefined();
  });
});

test.each<[object, string]>([
  [{}, 'Cannot limit to undefined a second: wanted a number above 0'],
  [{ perSecond: 0 }, 'Cannot limit to 0 a second: wanted a number above 0'],
  [{ perSecond: Number.POSITIVE_INFINITY }, 'Cannot limit to Infinity a second: wanted a number above 0'],
  [{ perSecond: 1, burst: 0.5 }, 'Cannot limit with burst 0.5: wanted 1 or more'],
  [{ perSecond: 1, maxKeys: 1 }, 'Cannot limit with maxKeys 1: wanted 2 or more'],
  [{ perSecond: 1, maxWaitMs: -1 }, 'Cannot wait -1 ms for a turn: wanted 0 or more'],
  [{ perSecond: 1, key: 'user' }, 'Cannot limit by key "user": wanted "peer", "identity", "all"'],
  [{ perSecond: 1, key: { metadata: '' } }, 'Cannot limit by key {"metadata":""}'],
  [{ perSecond: 1, store: { take: () => 0 } }, 'the store knows its own rate'],
  [{ perSecond: 1, shared: {} }, 'Cannot limit with shared but no store'],
  [{ store: {} }, 'wanted an object with take(key, tokens, maxWaitMs)'],
  [{ store: { take: () => 0 }, shared: { whenItFails: 'open' } }, 'wanted "allow" or "refuse"'],
  [{ store: { take: () => 0 }, shared: { timeoutMs: 0 } }, 'Cannot wait 0 ms for a store'],
  [{ perSecond: 1, brust: 2 }, 'Cannot use option "brust" of rateLimit: it is unknown, did you mean "burst"?'],
])('rateLimit(%j) is refused', (options, message) => {
  expect(() => rateLimit(options as never)).toThrow(message);
});
