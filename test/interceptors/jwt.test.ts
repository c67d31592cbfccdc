import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import { inspect } from 'node:util';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import fc from 'fast-check';
import { Code, type Interceptor, jsonLogger, key, type Status } from 'flowrpc';
import { auth, type JwtIdentity, type JwtOptions, jwt, logging, tracing } from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { exportSPKI, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { audience, type Issuer, issuerName as issuer, keyServer, seconds } from './jwt-issuer.ts';

const transport = transports[0] as TestTransport;
const user = key<JwtIdentity>('user');
const secret = 'a secret of thirty-two bytes, or more';
const refusal = 'The call has no valid credentials';
let idp: Issuer;
beforeAll(async () => {
  idp = await keyServer();
});
afterAll(() => idp[Symbol.asyncDispose]());

const base = { issuer, audience } as const;

/** How a call with this token ends, and who it came from. */
async function call(options: JwtOptions, token: string | readonly string[] | undefined, refusalStepMs = 0) {
  return attempt(auth(jwt(options), { as: user, refusalStepMs }), token);
}

async function attempt(guard: Interceptor, token: string | readonly string[] | undefined) {
  let seen: JwtIdentity | undefined;
  let handled = 0;
  await using probe = await setup(transport, {
    handlers: everyKind((requests, context) => {
      seen = context.get(user);
      handled += 1;
      return shout(requests, context);
    }),
    ...onSide('server', guard),
  });
  const tokens = token === undefined ? [] : [token].flat();
  const metadata = tokens.map((each) => ['authorization', `Bearer ${each}`] as const);
  const { status } = await run(probe.client, 'unary', { metadata });
  return { status, seen, handled };
}

function signed(claims: object, header: object, by: string | Buffer = secret): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part({ iss: issuer, aud: audience, sub: 'ada', exp: seconds(60), ...claims })}`;
  return `${text}.${createHmac('sha256', by).update(text).digest('base64url')}`;
}

describe('jwt() takes a token', () => {
  test('signed with a key that the issuer serves, and says who sent it', async () => {
    const { status, seen } = await call({ ...base, jwks: idp.url }, await idp.sign({ role: 'admin' }));

    expect(status.code).toBe(Code.OK);
    expect(seen).toMatchObject({ kind: 'jwt', issuer, subject: 'ada', claims: { role: 'admin', aud: audience } });
  });

  test('by a set of keys, a JWK, a KeyObject or PEM', async () => {
    const jwk = idp.keys.at(-1)!;
    const object = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const token = await idp.sign();

    for (const source of [
      { jwks: { keys: idp.keys } },
      { key: jwk },
      { key: object },
      { key: object.export({ type: 'spki', format: 'pem' }).toString() },
    ]) {
      expect((await call({ ...base, ...source }, token)).status.code).toBe(Code.OK);
    }
  });

  test('by a secret', async () => {
    const token = signed({}, { alg: 'HS256' });

    expect((await call({ ...base, secret }, token)).seen?.subject).toBe('ada');
    expect((await call({ ...base, secret: Buffer.from(secret) }, token)).seen?.subject).toBe('ada');
  });

  test('of several issuers and audiences, and of no audience when asked to', async () => {
    const several = { issuer: ['https://other.example', issuer], audience: ['a', audience], jwks: idp.url };

    expect((await call(several, await idp.sign({ aud: [audience, 'x'] }))).status.code).toBe(Code.OK);
    expect((await call({ issuer, audience: false, jwks: idp.url }, await idp.sign({ aud: 'x' }))).status.code).toBe(0);
  });

  test('that names no key, when one of those that fit made it', async () => {
    await using many = await keyServer();
    await many.rotate();
    await many.rotate();
    const token = await many.sign({}, { kid: undefined });
    const stranger = await idp.sign({}, { kid: undefined });

    expect((await call({ ...base, jwks: many.url }, token)).status.code).toBe(Code.OK);
    expect((await call({ ...base, jwks: many.url }, stranger)).status.code).toBe(Code.UNAUTHENTICATED);
  });

  test('within the tolerance of clocks', async () => {
    const late = await idp.sign({ exp: seconds(-3) });

    expect((await call({ ...base, jwks: idp.url }, late)).status.code).toBe(Code.OK);
    expect((await call({ ...base, jwks: idp.url, clockToleranceMs: 0 }, late)).status.code).toBe(Code.UNAUTHENTICATED);
  });
});

/** Everything that can be wrong with a credential, by name. */
async function wrongTokens(): Promise<Record<string, string | readonly string[] | undefined>> {
  const good = await idp.sign();
  const [head, body, signature] = good.split('.') as [string, string, string];
  const flipped = Buffer.from(signature, 'base64url');
  flipped[8]! ^= 1;
  const pem = await exportSPKI((await importJWK({ ...idp.keys.at(-1)!, ext: true }, 'ES256')) as never);
  return {
    'no token': undefined,
    malformed: 'not-a-token',
    'no JSON inside': 'YQ.YQ.YQ',
    'a wrong signature': `${head}.${body}.${flipped.toString('base64url')}`,
    'another key under a known name': await (await keyServerOnce()).sign({}, { kid: 'key-1' }),
    'an unknown key': await idp.sign({}, { kid: 'nobody' }),
    expired: await idp.sign({ exp: seconds(-60) }),
    'not valid yet': await idp.sign({ nbf: seconds(60) }),
    'without an end': await idp.sign({ exp: undefined }),
    'for another audience': await idp.sign({ aud: 'billing' }),
    'of another issuer': await idp.sign({ iss: 'https://issuer.example.evil.test' }),
    'algorithm none': `${signed({}, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
    'the public key as a secret': signed({}, { alg: 'HS256', kid: 'key-1' }, pem),
    'two authorization values': [good, good],
    'far too long': 'a'.repeat(5_000),
  };
}

let once: Issuer | undefined;
async function keyServerOnce(): Promise<Issuer> {
  return (once ??= await keyServer());
}
afterAll(async () => once?.[Symbol.asyncDispose]());

/** What a caller can tell of an answer, its time aside. */
function visible({ code, message, details, trailer }: Status): unknown {
  return { code, message, details, trailer: [...trailer] };
}

/** Stands for a peer that sends the header twice, which our own clients refuse to do. */
const doubling: Interceptor = async function doubling(call, next) {
  const tokens = call.metadata.get('x-tokens');
  if (tokens === undefined) return next(call);
  return next(
    call.withMetadata((copy) => {
      for (const token of tokens.split(' ')) copy.append('authorization', token === '' ? '' : `Bearer ${token}`);
    }),
  );
};

describe('T-05 jwt() refuses', () => {
  test('whatever is wrong alike: same code, same text, nothing beside it, no handler', async () => {
    const wrong = await wrongTokens();
    const guard = auth(jwt({ ...base, jwks: idp.url }), { refusalStepMs: 0 });
    let handled = 0;
    await using probe = await setup(transport, {
      handlers: everyKind((requests, context) => {
        handled += 1;
        return shout(requests, context);
      }),
      ...onSide('server', doubling, guard),
    });

    for (const [what, token] of Object.entries(wrong)) {
      const metadata = token === undefined ? {} : { 'x-tokens': [token].flat().join(' ') };
      const { status } = await run(probe.client, 'unary', { metadata });

      expect(visible(status), what).toEqual({ code: Code.UNAUTHENTICATED, message: refusal, details: [], trailer: [] });
    }
    expect(handled).toBe(0);
  });

  test('at the same time: at steps of the clock, and within 2 ms of each other', async () => {
    const wrong = await wrongTokens();
    const stepMs = 25;
    const guard = auth(jwt({ ...base, jwks: idp.url }), { refusalStepMs: stepMs });
    await using probe = await setup(transport, onSide('server', doubling, guard));
    const fastest = new Map<string, number>();

    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        Object.entries(wrong).map(async ([what, token]) => {
          const metadata = token === undefined ? {} : { 'x-tokens': [token].flat().join(' ') };
          const start = performance.now();
          await run(probe.client, 'unary', { metadata });
          fastest.set(what, Math.min(fastest.get(what) ?? Number.POSITIVE_INFINITY, performance.now() - start));
        }),
      );
    }

    const times = [...fastest.values()];
    // A timer may come a millisecond early by the finer clock.
    expect(Math.min(...times)).toBeGreaterThan(stepMs - 2);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(2);
  });

  test('what rules of its own ask for', async () => {
    const typed = { ...base, jwks: idp.url, type: 'at+jwt', requiredClaims: ['scope'], maxAgeMs: 60_000 };
    const right = { scope: 'read', iat: seconds(0) };
    const type = { typ: 'at+jwt' };

    expect((await call(typed, await idp.sign(right, type))).status.code).toBe(Code.OK);
    for (const token of [
      await idp.sign(right),
      await idp.sign({ iat: seconds(0) }, type),
      await idp.sign({ scope: 'read' }, type),
      await idp.sign({ ...right, iat: seconds(-120) }, type),
    ]) {
      expect((await call(typed, token)).status.code).toBe(Code.UNAUTHENTICATED);
    }
  });

  test('and says why to the operator, in words that hold nothing of the token', async () => {
    const reasons: unknown[] = [];
    const witness: Interceptor = async function witness(call, next) {
      const status = await next(call);
      reasons.push((status.cause as Error).message);
      return status;
    };
    await using probe = await setup(
      transport,
      onSide('server', witness, auth(jwt({ ...base, jwks: idp.url }), { refusalStepMs: 0 })),
    );

    for (const token of [
      await idp.sign({ exp: seconds(-60) }),
      await idp.sign({ aud: 'x' }),
      await idp.sign({ exp: undefined }),
      'canary',
    ]) {
      await run(probe.client, 'unary', { metadata: { authorization: `Bearer ${token}` } });
    }

    expect(reasons).toEqual([
      'Cannot accept the token: it has expired',
      'Cannot accept the token: "aud" is wrong',
      'Cannot accept the token: "exp" is missing',
      'Cannot accept the token: it is malformed',
    ]);
  });

  test('anything else that calls itself a token, however it is put together', async () => {
    const verify = jwt({ ...base, jwks: { keys: idp.keys } });
    const good = await idp.sign();
    const part = fc.oneof(
      fc.constantFrom(...good.split('.')),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
      fc
        .record({ alg: fc.constantFrom('none', 'HS256', 'ES256', 'dir'), kid: fc.string(), crit: fc.anything() })
        .map((head) => Buffer.from(JSON.stringify(head)).toString('base64url')),
      fc.stringMatching(/^[A-Za-z0-9_-]{0,40}$/),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        const token = parts.join('.');
        fc.pre(token !== good);
        let outcome: unknown;
        try {
          outcome = await verify(fakeContext({ metadata: { authorization: `Bearer ${token}` } }));
        } catch (thrown) {
          outcome = thrown;
        }

        if (outcome !== undefined) expect((outcome as Error).message).toMatch(/^Cannot accept the token: [a-z" ]+$/);
      }),
      { numRuns: 300 },
    );
  });

  test('without a word of the token in any output', async () => {
    const canary = 'canary-of-the-token';
    const lines: string[] = [];
    const logger = jsonLogger({ level: 'debug', write: (line) => lines.push(line) });
    const statuses: Status[] = [];
    const witness: Interceptor = async function witness(call, next) {
      const status = await next(call);
      statuses.push(status);
      logger.debug('status', { status, cause: status.cause, metadata: call.metadata });
      return status;
    };
    const guard = auth(jwt({ ...base, jwks: idp.url }), { refusalStepMs: 0 });
    const exporter = new InMemorySpanExporter();
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    const tracer = provider.getTracer('test');
    await using probe = await setup(transport, {
      server: { logger, interceptors: [witness, tracing({ tracer }), logging({ logger }), guard] },
      client: { interceptors: [witness, tracing({ tracer }), logging({ logger })] },
    });
    const tokens = [
      canary,
      `${canary}.${canary}.${canary}`,
      await idp.sign({ exp: seconds(-60), jti: canary, sub: canary }),
      await idp.sign({ aud: canary, [canary]: canary }),
      await idp.sign({}, { kid: canary }),
    ];

    for (const token of tokens) {
      const running = probe.client.unary({ text: 'a', n: 1 }, { metadata: { authorization: `Bearer ${token}` } });
      const thrown = await running.catch((error: unknown) => error);
      lines.push(inspect(thrown, { depth: 9, showHidden: true }), String((thrown as Error).stack));
    }

    const spans = exporter.getFinishedSpans().map(({ attributes, events, status }) => ({ attributes, events, status }));
    const shown = `${lines.join('')}${inspect([statuses, spans], { depth: 9, showHidden: true })}`;
    expect([statuses.length, spans.length]).toEqual([2 * tokens.length, 2 * tokens.length]);
    expect(shown).toContain('Cannot accept the token');
    for (const hidden of [canary, ...tokens]) expect(shown).not.toContain(hidden);
  });
});
