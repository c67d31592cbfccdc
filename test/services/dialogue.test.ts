import {
  Code,
  connect,
  createServer,
  ErrorInfo,
  errorInfo,
  findDetail,
  inProcess,
  key,
  type Logger,
  StatusError,
  silentLogger,
  traceOf,
} from 'flowrpc';
import { dialogues, openDialogue } from 'flowrpc/services';
import { describe, expect, test, vi } from 'vitest';
import { aborted, gate } from '../suites/gate.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { codeOf, echo, pair, settled } from './dialogue-pair.ts';
import { ways } from './fixture.ts';

describe.each(ways)('a dialogue %s', (way) => {
  test('carries requests and their answers both ways at once, each by its id (#134)', async () => {
    await using at = await pair(way, { server: echo, client: { handlers: { double: (n) => Number(n) * 2 } } });

    const asked = Array.from({ length: 60 }, (_, n) => at.here.request('echo', { n }));
    const reverse = Array.from({ length: 60 }, (_, n) => at.there.request('double', n));

    expect(await Promise.all(asked)).toEqual(asked.map((_, n) => ({ n })));
    expect(await Promise.all(reverse)).toEqual(reverse.map((_, n) => n * 2));
    await settled(at.here);
    await settled(at.there);
  });

  test('answers come in their own time, not in the order of requests', async () => {
    const first = gate();
    await using at = await pair(way, { server: { handlers: { slow: () => first.promise, fast: () => 'fast' } } });
    const slow = at.here.request('slow');

    const fast = await at.here.request('fast');
    first.open();

    expect(fast).toBe('fast');
    expect(await slow).toBeNull();
  });

  test('payloads keep what JSON would lose, and left out are null', async () => {
    await using at = await pair(way, { server: echo });
    const value = { big: 2n ** 60n, bytes: new Uint8Array([1, 2]), nan: Number.NaN, list: [null, 'ü', { deep: true }] };

    expect(await at.here.request('echo', value)).toEqual(value);
    expect(await at.here.request('echo')).toBeNull();
  });

  test('notifications arrive in order and are not answered (#134)', async () => {
    const heard: unknown[] = [];
    await using at = await pair(way, {
      client: { handlers: { tick: (n, context) => void heard.push([n, context.notification, context.name]) } },
    });

    for (let n = 0; n < 200; n++) expect(await at.there.notify('tick', n)).toBe(true);

    await vi.waitFor(() => expect(heard.length).toBe(200));
    expect(heard).toEqual(heard.map((_, n) => [n, true, 'tick']));
    expect(at.here.stats).toMatchObject({ handling: 0, dropped: 0 });
  });

  test('an error keeps code, text and details, and only its own request fails (#134)', async () => {
    await using at = await pair(way, {
      server: {
        handlers: {
          ...echo.handlers,
          fail: () => {
            throw new StatusError(Code.NOT_FOUND, 'no such price', {
              details: [errorInfo({ reason: 'GONE', domain: 'prices' })],
            });
          },
        },
      },
    });

    const error: StatusError = await at.here.request('fail').then(
      () => undefined as never,
      (thrown) => thrown,
    );

    expect(error).toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'no such price', origin: 'peer' });
    expect(findDetail(error, ErrorInfo)?.reason).toBe('GONE');
    expect(await at.here.request('echo', 1)).toBe(1);
  });

  test('what a handler throws otherwise is masked and logged with its id, on both sides', async () => {
    const lines: object[] = [];
    const logger: Logger = { ...silentLogger, error: (message, fields) => lines.push({ message, ...fields }) };
    const handlers = {
      leak: async () => {
        throw new Error('password=canary');
      },
    };
    await using at = await pair(way, {
      server: { handlers },
      client: { handlers, logger },
      options: { logger },
    });

    for (const dialogue of [at.here, at.there]) {
      const error = await dialogue.request('leak').then(
        () => undefined as never,
        (thrown: StatusError) => thrown,
      );
      expect(error.code).toBe(Code.UNKNOWN);
      expect(error.statusMessage).toMatch(/^Internal error \(error id [0-9a-f]{8}\)$/);
      expect(lines.pop()).toMatchObject({ errorId: error.statusMessage.slice(-9, -1) });
    }
  });

  test('a handler that answers what is no value is INTERNAL, and masked', async () => {
    await using at = await pair(way, { server: { handlers: { when: () => new Date() } } });

    const error = await at.here.request('when').then(
      () => undefined as never,
      (thrown: StatusError) => thrown,
    );

    expect(error.code).toBe(Code.INTERNAL);
    expect(error.statusMessage).toMatch(/^Internal error/);
  });

  test.each(['nobody', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a request that nothing answers is UNIMPLEMENTED: %s',
    async (name) => {
      await using at = await pair(way, { server: echo, client: echo });

      expect(await codeOf(at.here.request(name))).toBe(Code.UNIMPLEMENTED);
      expect(await codeOf(at.there.request(name))).toBe(Code.UNIMPLEMENTED);
      await at.here.notify(name);
      await vi.waitFor(() => expect(at.there.stats.dropped).toBe(1));
      expect(await at.here.request('echo', 1)).toBe(1);
    },
  );

  test('a request times out on its own clock, its handler is told, and the next is answered (#134)', async () => {
    const reasons: unknown[] = [];
    await using at = await pair(way, {
      server: echo,
      client: { handlers: { hang: async (_, { signal }) => void reasons.push(await aborted(signal)) } },
    });

    const error = await at.there.request('hang', null, { timeoutMs: 30 }).then(
      () => undefined as never,
      (thrown) => thrown,
    );

    expect(error).toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
      // Its handler has the same clock, and may be heard a moment earlier.
      statusMessage: expect.stringMatching(/^(?:Request "hang" was not answered in time|Deadline exceeded)$/),
    });
    await vi.waitFor(() => expect(reasons.length).toBe(1));
    expect(await at.here.request('echo', 1)).toBe(1);
    await settled(at.here);
  });

  test('a handler knows the deadline of its request', async () => {
    await using at = await pair(way, {
      server: { timeoutMs: 60_000, handlers: { left: (_, { deadline }) => deadline - Date.now() } },
    });

    const bounded = await at.here.request('left', null, { timeoutMs: 5_000 });
    const unbounded = await at.here.request('left', null, { timeoutMs: Number.POSITIVE_INFINITY });

    expect(bounded).toBeGreaterThan(1_000);
    expect(bounded).toBeLessThanOrEqual(5_001);
    expect(unbounded).toBe(Number.POSITIVE_INFINITY);
  });

  test('a signal cancels a request and its handler, and gives its slot back', async () => {
    const began = gate();
    const reasons: unknown[] = [];
    await using at = await pair(way, {
      server: {
        handlers: {
          hang: async (_, { signal }) => {
            began.open();
            reasons.push(await aborted(signal));
          },
        },
      },
    });
    const leaving = new AbortController();
    const request = codeOf(at.here.request('hang', null, { signal: leaving.signal }));
    await began.promise;

    leaving.abort();

    expect(await request).toBe(Code.CANCELLED);
    await vi.waitFor(() => expect(reasons).toMatchObject([{ kind: 'client-gone', code: Code.CANCELLED }]));
    await settled(at.there);
    expect(await codeOf(at.here.request('hang', null, { signal: AbortSignal.abort() }))).toBe(Code.CANCELLED);
    expect(at.here.stats.waiting).toBe(0);
  });

  test('a handler may ask back on the same dialogue', async () => {
    await using at = await pair(way, {
      server: {
        handlers: {
          greet: async (_, { dialogue }) => `Hello, ${await dialogue.request('name')}`,
        },
      },
      client: { handlers: { name: () => 'Ada' } },
    });

    expect(await at.here.request('greet')).toBe('Hello, Ada');
  });

  test('a request made in a handler ends with the request being handled', async () => {
    const reasons: unknown[] = [];
    await using at = await pair(way, {
      server: { handlers: { outer: (_, { dialogue }) => dialogue.request('inner') } },
      client: { handlers: { inner: async (_, { signal }) => void reasons.push(await aborted(signal)) } },
    });

    expect(await codeOf(at.here.request('outer', null, { timeoutMs: 40 }))).toBe(Code.DEADLINE_EXCEEDED);
    await vi.waitFor(() => expect(reasons.length).toBe(1));
    await settled(at.there);
  });

  test('metadata and trace go with a request, authorization does not', async () => {
    await using at = await pair(way, {
      client: {
        handlers: {
          seen: (_, { metadata }) => Object.fromEntries([...metadata.keys()].map((name) => [name, metadata.get(name)])),
        },
      },
    });

    const metadata = { 'x-tenant': ['a', 'b'], authorization: 'Bearer secret', 'raw-bin': new Uint8Array([1]) };
    const seen = await at.there.request('seen', null, { metadata });

    expect(Object.keys(seen as object).sort()).toEqual(['traceparent', 'x-tenant']);
    expect(seen).toMatchObject({ 'x-tenant': 'a,b' });
  });

  test('handlers see what interceptors of the call set, and the dialogue knows its call', async () => {
    const user = key<string>('user');
    await using at = await pair(way, {
      server: {
        interceptors: [async (call, next) => next(call.with(user, `user of ${call.metadata.get('x-device')}`))],
        handlers: { who: (_, context) => context.get(user) },
      },
      client: { metadata: { 'x-device': '7' } },
    });

    expect(await at.here.request('who')).toBe('user of 7');
    expect(at.there.context?.metadata.get('x-device')).toBe('7');
    expect(at.here.context).toBeUndefined();
  });
});

test('the types of a dialogue are those of the other side', async () => {
  const prices = { 'price.get': ({ symbol }: { symbol: string }) => ({ symbol, cents: 5 }) };
  const server = createServer({ logger: silentLogger }).add(dialogues({ handlers: prices }));
  await using channel = connect(inProcess(server));
  await using dialogue = openDialogue<typeof prices>(channel);

  const { cents } = await dialogue.request('price.get', { symbol: 'A' });
  // @ts-expect-error no handler of that name
  const unknown = dialogue.request('price.set', {});
  // @ts-expect-error a symbol is text
  const wrong = dialogue.request('price.get', { symbol: 5 });

  expect(cents).toBe(5);
  expect(await codeOf(unknown)).toBe(Code.UNIMPLEMENTED);
  await wrong;
});

test('a call that asks a device takes its deadline, cancellation and trace there, and on to the next hop', async () => {
  const reasons: unknown[] = [];
  const traces: string[] = [];
  const began = gate();
  const upstream = createServer({ logger: silentLogger }).add(ProbeService, {
    unary: async (_request, context) => {
      traces.push(traceOf(context).traceId);
      began.open();
      reasons.push(await aborted(context.signal));
      return {};
    },
  });
  await using far = connect(inProcess(upstream));
  await using at = await pair('socket', {
    client: {
      handlers: {
        relay: async (_, { signal }) => {
          signal.addEventListener('abort', () => reasons.push(signal.reason));
          await far.client(ProbeService).unary({});
        },
      },
    },
  });
  at.server.add(ProbeService, {
    unary: async (_request, context) => {
      traces.push(traceOf(context).traceId);
      await at.there.request('relay');
      return {};
    },
  });
  await using channel = connect(inProcess(at.server));
  const call = channel.client(ProbeService).unary({}, { timeoutMs: 60_000 });
  await began.promise;

  call.cancel();

  expect((await call.status).code).toBe(Code.CANCELLED);
  await vi.waitFor(() => expect(reasons.length).toBe(2));
  expect(new Set(traces).size).toBe(1);
  await settled(at.there);
  await settled(at.here);
});

test('dialogues() belongs to one server', async () => {
  const module = dialogues();
  const server = createServer().add(module);

  expect(() => createServer().add(module)).toThrow('call dialogues() for each');
  await server.close();
});
