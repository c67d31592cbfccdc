import { inspect } from 'node:util';
import { Code, connect, createServer, type Interceptor, key, StatusError, silentLogger, statusFrom } from 'flowrpc';
import { auth, type BearerTokenOptions, bearer, bearerToken, retry } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { everyKind, kinds, run, shout, shouted, start, texts, two } from '../suites/kinds.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { authority } from '../transport/grpc/certificates.ts';

const transport = transports[0] as TestTransport;

interface Gatekeeper {
  good: string;
  readonly seen: (string | undefined)[];
  readonly guard: Interceptor;
}

/** Accepts one token; `good` may be changed. */
function gatekeeper(): Gatekeeper {
  const keeper: Gatekeeper = {
    good: 'token-1',
    seen: [],
    guard: auth(
      (context) => {
        keeper.seen.push(bearer(context));
        return bearer(context) === keeper.good;
      },
      { refusalStepMs: 0 },
    ),
  };
  return keeper;
}

/** Counts up: the token stays until it was refused. */
function counting() {
  let n = 1;
  const refusals: (string | undefined)[] = [];
  const token = async (_context: unknown, refused?: string): Promise<string> => {
    refusals.push(refused);
    if (refused === `token-${n}`) n += 1;
    return `token-${n}`;
  };
  return { token, refusals };
}

test('bearerToken() asks its function for each call and replaces what was there', async () => {
  const seen: unknown[] = [];
  let round = 0;
  await using probe = await setup(transport, {
    handlers: everyKind((requests, context) => {
      seen.push(context.metadata.getAll('authorization'));
      return shout(requests, context);
    }),
    ...onSide(
      'client',
      bearerToken(async ({ method }) => `${method.name}-${(round += 1)}`),
    ),
  });

  await run(probe.client, 'unary', { metadata: { authorization: 'Basic old' } });
  await run(probe.client, 'bidi');

  expect(seen).toEqual([['Bearer Unary-1'], ['Bearer Bidi-2']]);
});

test('bearerToken() ends the call when there is no token', async () => {
  await using probe = await setup(
    transport,
    onSide(
      'client',
      bearerToken(() => Promise.reject(new Error('no route'))),
    ),
  );

  const { status } = await run(probe.client, 'unary');

  expect(status).toMatchObject({
    code: Code.UNAUTHENTICATED,
    message: 'Cannot get a token for /suite.Probe/Unary',
    cause: new Error('no route'),
  });
});

test.each(['', 'two words', 'a\nb', 'ü'])('bearerToken() refuses %j without quoting it', async (token) => {
  expect(() => bearerToken(token)).toThrow('Cannot send the bearer token: wanted letters');
  await using probe = await setup(
    transport,
    onSide(
      'client',
      bearerToken(() => `canary ${token}`),
    ),
  );

  const { status } = await run(probe.client, 'unary');

  expect(status.code).toBe(Code.UNAUTHENTICATED);
  expect(inspect(status, { depth: 9, showHidden: true })).not.toContain('canary');
});

test.each<[BearerTokenOptions, RegExp]>([
  [{ maxBytes: -1 }, /maxBytes -1 of bearerToken: wanted 0 or more$/],
  [{ plaintex: true } as never, /"plaintex" of bearerToken: it is unknown, did you mean "plaintext"/],
])('bearerToken() cannot be made with %j', (options, error) => {
  expect(() => bearerToken('a', options)).toThrow(error);
});

describe.each([transports[0], transports[1], transports[2]] as TestTransport[])('bearerToken(), $name', (transport) => {
  test.each(kinds)('repeats a %s call once with another token', async (kind) => {
    const keeper = gatekeeper();
    const source = counting();
    await using probe = await setup(transport, {
      handlers: everyKind(shout),
      server: { interceptors: [keeper.guard] },
      client: { interceptors: [bearerToken(source.token)] },
    });
    keeper.good = 'token-2';

    const outcome = await run(probe.client, kind);

    expect(outcome.status.code).toBe(Code.OK);
    expect(texts(outcome)).toEqual(shouted(kind));
    expect(keeper.seen).toEqual(['token-1', 'token-2']);
    expect(source.refusals).toEqual([undefined, 'token-1']);
  });

  test.each(['idempotent', 'none'] as const)(
    'repeats no call of a method that may do harm twice, told to repeat %s',
    async (repeat) => {
      const keeper = gatekeeper();
      await using probe = await setup(transport, {
        server: { interceptors: [keeper.guard] },
        client: { interceptors: [bearerToken(counting().token, { repeat })] },
      });
      keeper.good = 'token-2';

      const { status } = await run(probe.client, 'unary');

      expect(status.code).toBe(Code.UNAUTHENTICATED);
      expect(keeper.seen).toEqual(['token-1']);
    },
  );

  test.each(kinds)('does not repeat a %s call a second time', async (kind) => {
    const keeper = gatekeeper();
    await using probe = await setup(transport, {
      server: { interceptors: [keeper.guard] },
      client: { interceptors: [bearerToken(counting().token)] },
    });
    keeper.good = 'another';

    const { status } = await run(probe.client, kind);

    expect(status).toMatchObject({ code: Code.UNAUTHENTICATED, message: 'The call has no valid credentials' });
    expect(keeper.seen).toEqual(['token-1', 'token-2']);
  });

  test.each(['serverStream', 'bidi'] as const)('does not repeat a %s call that has answered already', async (kind) => {
    let handled = 0;
    await using probe = await setup(transport, {
      handlers: everyKind(async function* late() {
        handled += 1;
        yield { text: 'first', n: 1 };
        throw new StatusError(Code.UNAUTHENTICATED, 'Expired meanwhile');
      }),
      client: { interceptors: [bearerToken(counting().token)] },
    });

    const outcome = await run(probe.client, kind);

    expect([texts(outcome), outcome.status.code]).toEqual([['first'], Code.UNAUTHENTICATED]);
    expect(handled).toBe(1);
  });

  test('does not repeat a stream that outgrew its buffer, nor any stream without one', async () => {
    const keeper = gatekeeper();
    keeper.good = 'token-2';
    for (const maxBytes of [0, 10]) {
      keeper.seen.length = 0;
      await using probe = await setup(transport, {
        server: { interceptors: [reading, keeper.guard] },
        client: { interceptors: [bearerToken(counting().token, { maxBytes })] },
      });

      const { status } = await run(probe.client, 'clientStream', {}, [...two, ...two]);

      expect(status.code).toBe(Code.UNAUTHENTICATED);
      expect(keeper.seen).toEqual(['token-1']);
    }
  });
});

/** Takes all requests before anybody further in decides. */
const reading: Interceptor = async function reading(call, next) {
  const all: unknown[] = [];
  for await (const request of call.requests) all.push(request);
  return next(
    call.withRequests(
      (async function* replay() {
        yield* all;
      })(),
    ),
  );
};

describe('bearerToken() does not repeat a call', () => {
  test('when its function has no other token, or fails', async () => {
    const keeper = gatekeeper();
    keeper.good = 'another';
    for (const token of [
      async () => 'token-1',
      (_context: unknown, refused?: string) => {
        if (refused !== undefined) throw new Error('The issuer is down');
        return 'token-1';
      },
      'token-1',
    ]) {
      keeper.seen.length = 0;
      await using probe = await setup(transport, {
        server: { interceptors: [keeper.guard] },
        client: { interceptors: [bearerToken(token)] },
      });

      const { status } = await run(probe.client, 'unary');

      expect(status).toMatchObject({ code: Code.UNAUTHENTICATED, message: 'The call has no valid credentials' });
      expect(keeper.seen).toEqual(['token-1']);
    }
  });

  test('that failed on this side, or in another way', async () => {
    const failing =
      (status: ReturnType<typeof statusFrom>): Interceptor =>
      async () =>
        status;
    for (const inner of [
      failing(statusFrom(Code.UNAUTHENTICATED, 'local')),
      failing(statusFrom(Code.PERMISSION_DENIED, 'no', { origin: 'peer' })),
    ]) {
      const source = counting();
      await using probe = await setup(transport, onSide('client', bearerToken(source.token), inner));

      await run(probe.client, 'unary');

      expect(source.refusals).toEqual([undefined]);
    }
  });
});

test('bearerToken() within retry() gets a token for each attempt', async () => {
  const keeper = gatekeeper();
  keeper.good = 'token-2';
  const source = counting();
  let failures = 2;
  await using probe = await setup(transport, {
    handlers: everyKind(function flaky(requests, context) {
      if ((failures -= 1) >= 0) throw new StatusError(Code.UNAVAILABLE, 'Not now');
      return shout(requests, context);
    }),
    server: { interceptors: [keeper.guard] },
    client: { interceptors: [retry({ nonIdempotent: true, baseDelayMs: 1 }), bearerToken(source.token)] },
  });

  const outcome = await run(probe.client, 'bidi');

  expect(texts(outcome)).toEqual(shouted('bidi'));
  expect(keeper.seen).toEqual(['token-1', 'token-2', 'token-2', 'token-2']);
});

test('bearerToken() leaves a call that ends while its token is renewed', async () => {
  const keeper = gatekeeper();
  keeper.good = 'another';
  const never = (_context: unknown, refused?: string): string | Promise<string> =>
    refused === undefined ? 'token-1' : new Promise<string>(() => {});
  await using probe = await setup(transport, {
    server: { interceptors: [keeper.guard] },
    client: { interceptors: [bearerToken(never)] },
  });

  const { status } = await run(probe.client, 'unary', { timeoutMs: 50 });

  expect([Code.UNAUTHENTICATED, Code.DEADLINE_EXCEEDED]).toContain(status.code);
});

describe('bearerToken() and connections that others could read', () => {
  /** A plaintext server on this machine, reached by an address that is not known to be it. */
  async function elsewhere() {
    const keeper = gatekeeper();
    const server = createServer({ logger: silentLogger, interceptors: [keeper.guard] }).add(ProbeService, echo);
    const { port } = await server.listen('127.0.0.1:0');
    return {
      keeper,
      target: `0.0.0.0:${port}`,
      [Symbol.asyncDispose]: async () => void (await server.close({ graceMs: 0 })),
    };
  }

  test('refuses them before there is a token, and says what would allow it', async () => {
    await using serving = await elsewhere();
    const source = counting();
    await using channel = connect(serving.target, { interceptors: [bearerToken(source.token)] });

    for (const kind of kinds) {
      const { status } = await run(channel.client(ProbeService), kind);

      expect(status.code).toBe(Code.FAILED_PRECONDITION);
      expect(status.message).toBe(
        `Cannot send a bearer token to ${serving.target} in plaintext: use tls, or bearerToken(…, { plaintext: true }) where the network is trusted`,
      );
      expect(status.origin).toBe('local');
    }
    expect([serving.keeper.seen, source.refusals]).toEqual([[], []]);
  });

  test('sends when both the interceptor and the channel are told to', async () => {
    await using serving = await elsewhere();
    const interceptors = [bearerToken('token-1', { plaintext: true })];
    await using halfway = connect(serving.target, { interceptors });
    await using channel = connect(serving.target, { interceptors, allowInsecureCredentials: true });

    const refused = await run(halfway.client(ProbeService), 'unary');
    const { status } = await run(channel.client(ProbeService), 'unary');

    expect(refused.status.code).toBe(Code.FAILED_PRECONDITION);
    expect(refused.status.message).toMatch(/allowInsecureCredentials/);
    expect(status.code).toBe(Code.OK);
    expect(serving.keeper.seen).toEqual(['token-1']);
  });

  test('sends over TLS', async () => {
    const ca = await authority();
    const certificate = await ca.issue({ name: 'localhost', alternatives: [{ type: 'ip', value: '127.0.0.1' }] });
    const user = key<boolean>('user');
    const keeper = gatekeeper();
    await using serving = createServer({ logger: silentLogger, interceptors: [keeper.guard] }).add(ProbeService, {
      ...echo,
      unary: ({ text, n }, context) => ({ text, n: n + Number(context.get(user) ?? 0) }),
    });
    const { address } = await serving.listen('127.0.0.1:0', { tls: certificate });
    await using channel = connect(address, { tls: { ca: ca.cert }, interceptors: [bearerToken('token-1')] });

    expect((await start(channel.client(ProbeService), 'unary').status).code).toBe(Code.OK);
    await serving.close({ graceMs: 0 });
  });
});
