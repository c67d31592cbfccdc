import fc from 'fast-check';
import { Code, type Context, current, StatusError } from 'flowrpc';
import { auth, bearer, bearerToken, cachedToken, type IssuedToken } from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { setup, type TestTransport, transports } from '../suites/transports.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** An issuer of numbered tokens that live for so long. */
function issuer(lifeMs = 600_000) {
  const issued = {
    count: 0,
    failure: undefined as unknown,
    issue: async (): Promise<IssuedToken> => {
      issued.count += 1;
      if (issued.failure !== undefined) throw issued.failure;
      return { token: `token-${issued.count}`, expiresAt: Date.now() + lifeMs };
    },
  };
  return issued;
}

const context: Context = fakeContext();

describe('cachedToken()', () => {
  test('asks once for all who wait, and keeps what it got', async () => {
    const issued = issuer();
    const token = cachedToken(issued.issue);

    const got = await Promise.all([token(context), token(context), token(context)]);

    expect([...got, await token(context)]).toEqual(Array.from({ length: 4 }, () => 'token-1'));
    expect(issued.count).toBe(1);
  });

  test('renews shortly before the end, while calls go on with the old one', async () => {
    const issued = issuer();
    const token = cachedToken(issued.issue);
    await token(context);

    vi.advanceTimersByTime(539_000);
    expect(await token(context)).toBe('token-1');
    expect(issued.count).toBe(1);
    vi.advanceTimersByTime(2_000);
    expect(await Promise.all([token(context), token(context)])).toEqual(['token-1', 'token-1']);

    await expect.poll(() => token(context)).toBe('token-2');
    expect(issued.count).toBe(2);
  });

  test('renews a short-lived token in the last quarter of its life', async () => {
    const issued = issuer(20_000);
    const token = cachedToken(issued.issue);
    await token(context);

    vi.advanceTimersByTime(14_000);
    await token(context);
    expect(issued.count).toBe(1);
    vi.advanceTimersByTime(2_000);
    await token(context);
    expect(issued.count).toBe(2);
  });

  test('waits for another once a token has ended', async () => {
    const issued = issuer();
    const token = cachedToken(issued.issue);
    await token(context);

    vi.advanceTimersByTime(600_000);

    expect(await token(context)).toBe('token-2');
  });

  test('renews what a server refused, once for all who heard it', async () => {
    const issued = issuer();
    const token = cachedToken(issued.issue);
    await token(context);
    vi.advanceTimersByTime(5_000);

    const got = await Promise.all([token(context, 'token-1'), token(context, 'token-1')]);

    expect(got).toEqual(['token-2', 'token-2']);
    expect(await token(context, 'token-1')).toBe('token-2');
    expect(issued.count).toBe(2);
  });

  test('does not ask for a new token each time a server refuses all of them', async () => {
    const issued = issuer();
    const token = cachedToken(issued.issue, { pauseMs: 1_000 });
    for (let n = 0; n < 50; n += 1) await token(context, await token(context));

    expect(issued.count).toBe(1);
    vi.advanceTimersByTime(1_000);
    await token(context, 'token-1');
    expect(issued.count).toBe(2);
  });

  test('fails no call by a renewal that fails while the token is good', async () => {
    const issued = issuer();
    const token = cachedToken(issued.issue);
    await token(context);
    issued.failure = new Error('down');

    vi.advanceTimersByTime(570_000);
    expect(await token(context)).toBe('token-1');
    vi.advanceTimersByTime(29_000);
    expect(await token(context)).toBe('token-1');
    vi.advanceTimersByTime(2_000);

    await expect(Promise.resolve(token(context))).rejects.toThrow('down');
  });

  test('leaves an issuer that failed alone for a moment', async () => {
    const issued = issuer();
    issued.failure = new StatusError(Code.UNAVAILABLE, 'down');
    const token = cachedToken(issued.issue);

    for (let n = 0; n < 10; n += 1) await expect(Promise.resolve(token(context))).rejects.toBe(issued.failure);
    expect(issued.count).toBe(1);

    issued.failure = undefined;
    vi.advanceTimersByTime(1_000);
    expect(await token(context)).toBe('token-2');
  });

  test('keeps a token without an end until it is refused', async () => {
    let n = 0;
    const token = cachedToken(() => ({ token: `token-${(n += 1)}` }));
    await token(context);
    vi.advanceTimersByTime(1e12);

    expect(await token(context)).toBe('token-1');
    expect(await token(context, 'token-1')).toBe('token-2');
  });

  test('never gives a token that has ended, whatever the times', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(90_000), fc.boolean(), fc.boolean()), { maxLength: 30 }),
        fc.integer({ min: 1, max: 120_000 }),
        async (steps, lifeMs) => {
          const issued = issuer(lifeMs);
          const ends = new Map<string, number>();
          const token = cachedToken(async () => {
            const answer = await issued.issue();
            ends.set(answer.token, Number(answer.expiresAt));
            return answer;
          });
          for (const [ms, fails, refused] of steps) {
            vi.advanceTimersByTime(ms);
            issued.failure = fails ? new Error('down') : undefined;
            try {
              const got = await token(context);
              expect(ends.get(got)).toBeGreaterThan(Date.now());
              if (refused) await token(context, got);
            } catch (thrown) {
              expect((thrown as Error).message).toBe('down');
            }
            await new Promise(setImmediate);
          }
        },
      ),
    );
  });

  test('refuses what is no token, without quoting it', async () => {
    const token = cachedToken(async () => ({ access_token: 'canary' }) as never);

    await expect(Promise.resolve(token(context))).rejects.toThrow(
      /^Cannot use the token that was issued: wanted \{ token/,
    );
  });

  test.each<[unknown, object, RegExp]>([
    ['token', {}, /from a string: wanted a function/],
    [issuer().issue, { refreshBeforeMs: -1 }, /refreshBeforeMs -1 of cachedToken: wanted 0 or more/],
    [issuer().issue, { refreshMs: 1 }, /"refreshMs" of cachedToken: it is unknown/],
  ])('cannot be made from %j with %j', (issue, options, error) => {
    expect(() => cachedToken(issue as never, options)).toThrow(error);
  });
});

test('a renewal belongs to no call: one that is cancelled does not take it with it', async () => {
  vi.useRealTimers();
  let release = (_token: IssuedToken): void => {};
  let within: unknown = 'unset';
  const token = cachedToken(() => {
    within = current();
    return new Promise<IssuedToken>((resolve) => {
      release = resolve;
    });
  });
  await using probe = await setup(transports[2] as TestTransport, {
    handlers: everyKind(shout),
    server: { interceptors: [auth((each) => bearer(each) === 'token-1')] },
    client: { interceptors: [bearerToken(token)] },
  });
  const controller = new AbortController();

  const first = run(probe.client, 'unary', { signal: controller.signal });
  const second = run(probe.client, 'bidi');
  controller.abort();
  expect((await first).status.code).toBe(Code.CANCELLED);
  release({ token: 'token-1' });

  expect((await second).status.code).toBe(Code.OK);
  expect(within).toBeUndefined();
});

test('cachedToken() asks again after an issuer that threw before it gave a promise', async () => {
  let asked = 0;
  const source = cachedToken(
    () => {
      asked += 1;
      if (asked === 1) throw new Error('no such file');
      return { token: 'good' };
    },
    { pauseMs: 0 },
  );

  await expect(source(fakeContext())).rejects.toThrow('no such file');
  expect(await source(fakeContext())).toBe('good');
});
