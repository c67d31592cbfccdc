import { getHeapSnapshot } from 'node:v8';
import fc from 'fast-check';
import { Code } from 'flowrpc';
import { auth, type JwtIdentity, type JwtOptions, jwt } from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { timed } from '../suites/gate.ts';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { seconds } from './jwt-issuer.ts';
import { base, judging, secret, signed } from './jwt-judging.ts';

afterEach(() => void vi.useRealTimers());

describe('jwt() remembers a token that it verified', () => {
  test('and nothing that differs from it by a character', async () => {
    const judge = judging({ ...base, secret });
    const token = signed({ sub: 'ada' });
    const others = [
      `${token.slice(0, -2)}${token.at(-2) === 'A' ? 'B' : 'A'}${token.slice(-1)}`,
      signed({ sub: 'eve' }, 'x'),
    ];

    const first = await judge(token);

    expect(judge.remembers(token)).toBe(true);
    expect(await judge(token)).toBe(first);
    for (const other of others) {
      expect(judge.remembers(other)).toBe(false);
      expect(await judge(other)).toBe('Cannot accept the token: its signature is wrong');
      expect(judge.remembers(other)).toBe(false);
    }
  });

  test('for all calls alike: none of them can change what it says', async () => {
    const judge = judging({ ...base, secret });
    const token = signed({ sub: 'ada', roles: ['reader'], deep: [{ a: {} }] });
    for (const options of [{ cache: false as const }, {}]) {
      const { claims } = (await judging({ ...base, secret, ...options })(token)) as JwtIdentity;

      expect(() => (claims.roles as string[]).push('admin')).toThrow(TypeError);
      expect(() => Object.assign(claims, { sub: 'root' })).toThrow(TypeError);
      expect(() => Object.assign((claims.deep as [{ a: object }])[0].a, { b: 1 })).toThrow(TypeError);
    }

    expect(((await judge(token)) as JwtIdentity).claims.roles).toEqual(['reader']);
  });

  test('however deep its claims go', async () => {
    const deep: unknown = JSON.parse(`${'['.repeat(3_000)}${']'.repeat(3_000)}`);

    expect(await judging({ ...base, secret })(signed({ deep }))).toMatchObject({ kind: 'jwt' });
  });

  test('until it ends', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const judge = judging({ ...base, secret, clockToleranceMs: 2_000 });
    const token = signed({ exp: seconds(10) });
    await judge(token);

    vi.setSystemTime(Date.now() + 11_000);
    expect(judge.remembers(token)).toBe(true);
    vi.setSystemTime(Date.now() + 1_000);

    expect(judge.remembers(token)).toBe(false);
    expect(await judge(token)).toBe('Cannot accept the token: it has expired');
    vi.setSystemTime(Date.now() - 20_000);
    expect(judge.remembers(token)).toBe(false);
  });

  test('but not with cache: false', async () => {
    const judge = judging({ ...base, secret, cache: false });
    const token = signed({});
    await judge(token);

    expect(judge.remembers(token)).toBe(false);
  });

  test('among as many as it is told to: those used last', async () => {
    const judge = judging({ ...base, secret, cache: { maxTokens: 3 } });
    const tokens = ['a', 'b', 'c', 'd'].map((sub) => signed({ sub }));
    const [a = '', b = '', c = '', d = ''] = tokens;
    for (const token of [a, b, c, a, d]) await judge(token);

    expect([a, c, d].map((token) => judge.remembers(token))).toEqual([true, true, true]);
    expect(judge.remembers(b)).toBe(false);
  });

  test('among a thousand if it is not told', async () => {
    const judge = judging({ ...base, secret });
    const tokens = Array.from({ length: 1_001 }, (_, n) => signed({ jti: String(n) }));
    for (const token of tokens) await judge(token);

    expect(tokens.slice(1).every((token) => judge.remembers(token))).toBe(true);
    expect(judge.remembers(tokens[0]!)).toBe(false);
  });
});

/** All texts in memory. */
async function heapText(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(Buffer.from(chunk as Uint8Array));
  const { strings } = JSON.parse(Buffer.concat(chunks).toString()) as { strings: string[] };
  return strings.join('\n');
}

/** Tokens with times near now, some of them wrong. */
const tokens = fc.array(
  fc.record({
    claims: fc.record(
      {
        exp: fc.oneof(
          { weight: 5, arbitrary: fc.integer({ min: -3, max: 40 }) },
          fc.double({ min: -5, max: 40, noNaN: true }),
          fc.constantFrom('soon', null),
        ),
        nbf: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -20, max: 5 }) }, fc.constant('soon')),
        iat: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -20, max: 5 }) }, fc.constant('soon')),
        sub: fc.constantFrom('ada', 'grace'),
      },
      { requiredKeys: ['exp'] },
    ),
    forged: fc.constantFrom(true, false, false, false),
  }),
  { minLength: 1, maxLength: 3 },
);
const options = fc.record(
  {
    clockToleranceMs: fc.constantFrom(0, 1, 400, 1_000, 5_000),
    maxAgeMs: fc.constantFrom(0, 1_500, 10_000, 30_000),
    maxTokens: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ['maxTokens'] },
);
const steps = fc.array(fc.record({ ms: fc.integer({ min: -4_000, max: 6_000 }), which: fc.nat() }), {
  maxLength: 25,
});

test('jwt() decides alike with and without what it remembers, whatever the tokens say and the clock shows', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  let accepted = 0;
  let remembered = 0;
  await fc.assert(
    fc.asyncProperty(tokens, options, steps, async (made, { maxTokens, ...rules }, walk) => {
      const start = 1_800_000_000;
      vi.setSystemTime(start * 1_000);
      const texts = made.map(({ claims, forged }) => {
        const times = Object.entries(claims).map(([name, value]) => [
          name,
          typeof value === 'number' ? start + value : value,
        ]);
        return signed(Object.fromEntries(times), forged ? `not ${secret}` : secret);
      });
      const remembering = judging({ ...base, secret, ...rules, cache: { maxTokens } });
      const forgetful = judging({ ...base, secret, ...rules, cache: false });
      for (const { ms, which } of walk) {
        vi.setSystemTime(Math.max(Date.now() + ms, (start - 60) * 1_000));
        const token = texts[which % texts.length]!;
        if (remembering.remembers(token)) remembered += 1;
        const expected = await forgetful(token);
        accepted += typeof expected === 'string' ? 0 : 1;
        expect(await remembering(token)).toEqual(expected);
      }
    }),
    { numRuns: 400 },
  );

  // Else nothing was shown.
  expect(remembered).toBeGreaterThan(50);
  expect(accepted).toBeGreaterThan(remembered);
});

test('jwt() keeps no token in memory, remembered or refused', timed, async () => {
  const verify = jwt({ ...base, secret });
  const marks: string[] = [];
  for (let n = 0; n < 6; n += 1) {
    const token = signed({ jti: `n-${n}` }, n < 3 ? secret : 'x');
    // Written another way, so that looking for it does not put it there.
    marks.push(Buffer.from(token.slice(-20)).toString('hex'));
    await Promise.resolve(verify(fakeContext({ metadata: { authorization: `Bearer ${token}` } }))).catch(() => {});
  }

  const heap = await heapText();

  expect(heap).toContain('tokenDigest');
  // The engine itself keeps the text that a regular expression saw last.
  const found = marks.slice(0, -1).filter((mark) => heap.includes(Buffer.from(mark, 'hex').toString()));
  expect(found).toEqual([]);
});

test.each([
  [{ cache: true }, 'Cannot use cache true of jwt: wanted { maxTokens } or false'],
  [{ cache: null }, 'Cannot use cache null of jwt: wanted { maxTokens } or false'],
  [{ cache: { maxTokens: 0 } }, 'Cannot remember 0 tokens: wanted a whole number above 0, or cache: false'],
  [{ cache: { maxTokens: 1.5 } }, 'Cannot remember 1.5 tokens'],
  [
    { cache: { maxToken: 5 } },
    'Cannot use option "maxToken" of cache of jwt: it is unknown, did you mean "maxTokens"?',
  ],
])('jwt() cannot be made with %j', (more, error) => {
  expect(() => jwt({ ...base, secret, ...more } as JwtOptions)).toThrow(error);
});

test('T-05 auth() by jwt() refuses at the same steps of the clock, whatever is remembered', async () => {
  const stepMs = 25;
  const guard = auth(jwt({ ...base, secret }), { refusalStepMs: stepMs });
  await using probe = await setup(transports[0] as TestTransport, {
    handlers: everyKind(shout),
    ...onSide('server', guard),
  });
  const good = signed({ sub: 'ada' });
  const wrong = [`${good}x`, signed({ sub: 'ada' }, 'x'), signed({ exp: seconds(-60) })];
  const call = (token: string) => run(probe.client, 'unary', { metadata: { authorization: `Bearer ${token}` } });

  for (let round = 0; round < 3; round += 1) {
    expect((await call(good)).status.code).toBe(Code.OK);
    for (const token of wrong) {
      const start = performance.now();
      const { status } = await call(token);

      expect([status.code, status.message]).toEqual([Code.UNAUTHENTICATED, 'The call has no valid credentials']);
      // A timer may come a millisecond early by the finer clock.
      expect(performance.now() - start).toBeGreaterThan(stepMs - 2);
    }
  }
});
