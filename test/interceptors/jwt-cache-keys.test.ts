import { Code } from 'flowrpc';
import type { JwtOptions } from 'flowrpc/interceptors';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Issuer, keyServer } from './jwt-issuer.ts';
import { base, judging } from './jwt-judging.ts';

afterEach(() => void vi.useRealTimers());

describe('jwt() forgets what it remembers when keys change', () => {
  /** A judge with its keys there and a token remembered; time stands still but for the test. */
  async function settled(idp: Issuer, more: Partial<JwtOptions> = {}) {
    vi.useFakeTimers({ toFake: ['performance'] });
    const judge = judging({ ...base, jwks: idp.url, ...more });
    const token = await idp.sign();
    for (let round = 0; round < 3; round += 1) expect(await judge(token)).toMatchObject({ subject: 'ada' });
    expect(judge.remembers(token)).toBe(true);
    return { judge, token };
  }

  test('a key that was taken back, though only tokens with it are seen', async () => {
    await using idp = await keyServer();
    const { judge, token } = await settled(idp, { cacheMs: 60_000 });
    await idp.rotate();
    idp.keys = idp.keys.slice(1);

    vi.advanceTimersByTime(60_001);
    expect(judge.remembers(token)).toBe(true);

    await expect.poll(() => judge(token)).toBe('Cannot accept the token: its key is unknown');
    expect(idp.asked).toBe(2);
  });

  test('another key under the same name', async () => {
    await using idp = await keyServer();
    await using other = await keyServer();
    const { judge, token } = await settled(idp, { cacheMs: 60_000 });
    idp.keys = other.keys;

    vi.advanceTimersByTime(60_001);
    judge.remembers(token);

    await expect.poll(() => judge(token)).toBe('Cannot accept the token: its signature is wrong');
    expect(await judge(await other.sign())).toMatchObject({ subject: 'ada' });
  });

  test('a new key beside the old ones: tokens are looked at once more', async () => {
    await using idp = await keyServer();
    const { judge, token } = await settled(idp, { cooldownMs: 0 });
    await idp.rotate();

    expect(await judge(await idp.sign())).toMatchObject({ subject: 'ada' });

    expect(judge.remembers(token)).toBe(false);
    expect(await judge(token)).toMatchObject({ subject: 'ada' });
    expect(judge.remembers(token)).toBe(true);
  });

  test('the same keys again change nothing', async () => {
    await using idp = await keyServer();
    const { judge, token } = await settled(idp, { cacheMs: 60_000 });
    const first = await judge(token);

    vi.advanceTimersByTime(60_001);
    judge.remembers(token);
    await expect.poll(() => idp.asked).toBe(2);
    await judge(await idp.sign({}, { kid: 'nobody' }));

    expect(judge.remembers(token)).toBe(true);
    expect(await judge(token)).toBe(first);
  });

  test('keys that are too old for an outage vouch for nobody, remembered or not', async () => {
    await using idp = await keyServer();
    const { judge, token } = await settled(idp, { cacheMs: 60_000, staleMs: 60_000 });
    idp.answer = (_request, response) => response.writeHead(503).end('down');

    vi.advanceTimersByTime(60_001);
    expect(judge.remembers(token)).toBe(true);
    await expect.poll(() => idp.asked).toBe(2);
    vi.advanceTimersByTime(60_000);

    expect(await judge(token)).toBe(`code ${Code.UNAVAILABLE}`);
  });
});
