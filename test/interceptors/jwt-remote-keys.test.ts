import { Code, StatusError } from 'flowrpc';
import { auth, type JwtIdentity, type JwtOptions, jwt } from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { run } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { audience, type Issuer, issuerName, keyServer } from './jwt-issuer.ts';

afterEach(() => void vi.useRealTimers());

const fail: Issuer['answer'] = (_request, response) => response.writeHead(503).end('down');

/** Asks for the identity behind tokens of this issuer; gives its subject, or the code it was refused with. */
function asking(idp: Issuer, options: Partial<JwtOptions> = {}): (token: string) => Promise<unknown> {
  const verify = jwt({ issuer: issuerName, audience, jwks: idp.url, ...options });
  return async (token) => {
    const context = fakeContext({ metadata: { authorization: `Bearer ${token}` } });
    try {
      return ((await verify(context)) as JwtIdentity).subject;
    } catch (thrown) {
      return thrown instanceof StatusError ? thrown.code : 'refused';
    }
  };
}

test('keys are fetched once for all calls that wait, and kept', async () => {
  await using idp = await keyServer();
  const ask = asking(idp);
  const token = await idp.sign();

  expect(idp.asked).toBe(0);
  expect(await Promise.all([ask(token), ask(token), ask(token)])).toEqual(['ada', 'ada', 'ada']);
  expect(await ask(token)).toBe('ada');
  expect(idp.asked).toBe(1);
});

test('a token with a new key has the keys fetched again, so that keys may change', async () => {
  await using idp = await keyServer();
  const ask = asking(idp, { cooldownMs: 0 });
  const old = await idp.sign();
  await ask(old);

  await idp.rotate();
  const fresh = await idp.sign();

  expect(await ask(fresh)).toBe('ada');
  expect(await ask(old)).toBe('ada');
  expect(idp.asked).toBe(2);
});

test('a key that the issuer took back is refused after the next fetch', async () => {
  await using idp = await keyServer();
  const ask = asking(idp, { cooldownMs: 0 });
  const old = await idp.sign();
  await ask(old);
  await idp.rotate();
  idp.keys = idp.keys.slice(1);
  await ask(await idp.sign());

  expect(await ask(old)).toBe('refused');
});

test('tokens with made-up keys do not make the key server answer each of them', async () => {
  await using idp = await keyServer();
  vi.useFakeTimers({ toFake: ['performance'] });
  const ask = asking(idp);
  await ask(await idp.sign());

  for (let n = 0; n < 20; n += 1) expect(await ask(await idp.sign({}, { kid: `made-up-${n}` }))).toBe('refused');
  expect(idp.asked).toBe(1);
  vi.advanceTimersByTime(30_000);
  for (let n = 0; n < 20; n += 1) expect(await ask(await idp.sign({}, { kid: `made-up-${n}` }))).toBe('refused');

  expect(idp.asked).toBe(2);
});

test.each<[string, Issuer['answer']]>([
  ['fails', fail],
  ['gives no JSON', (_request, response) => response.end('<html>')],
  ['gives no keys', (_request, response) => response.end('{"keys":1}')],
  ['sends elsewhere', (_request, response) => response.writeHead(302, { location: '/other' }).end()],
  ['gives more than keys need', (_request, response) => response.end(`"${'x'.repeat(300_000)}"`)],
  ['breaks off', (_request, response) => response.destroy()],
  ['never answers', () => {}],
  ['never ends', (_request, response) => response.write('{')],
])('a key server that %s makes calls UNAVAILABLE, and is not asked for each of them', async (_what, answer) => {
  await using idp = await keyServer();
  const good = idp.answer;
  const ask = asking(idp, { timeoutMs: 100 });
  const token = await idp.sign();
  idp.answer = answer;
  vi.useFakeTimers({ toFake: ['performance'] });

  expect(await ask(token)).toBe(Code.UNAVAILABLE);
  expect(await Promise.all([ask(token), ask(token)])).toEqual([Code.UNAVAILABLE, Code.UNAVAILABLE]);
  expect(idp.asked).toBe(1);

  idp.answer = good;
  vi.advanceTimersByTime(1_000);
  expect(await ask(token)).toBe('ada');
});

test('keys that are there outlive an outage, while what they cannot tell is UNAVAILABLE', async () => {
  await using idp = await keyServer();
  const ask = asking(idp, { cacheMs: 0, cooldownMs: 0 });
  const token = await idp.sign();
  await ask(token);
  idp.answer = fail;

  for (let n = 0; n < 5; n += 1) expect(await ask(token)).toBe('ada');
  await expect.poll(() => idp.asked).toBeGreaterThan(1);

  expect(await ask(await idp.sign({}, { kid: 'new' }))).toBe(Code.UNAVAILABLE);
});

test('keys that are too old for an outage are not believed', async () => {
  await using idp = await keyServer();
  const ask = asking(idp, { cacheMs: 0, staleMs: 0, cooldownMs: 0 });
  const token = await idp.sign();
  expect(await ask(token)).toBe('ada');
  idp.answer = fail;

  expect(await ask(token)).toBe(Code.UNAVAILABLE);
});

test('a call that is given up does not take the fetch with it', async () => {
  await using idp = await keyServer();
  let release = (): void => {};
  const { answer } = idp;
  idp.answer = (request, response) => {
    release = () => answer(request, response);
  };
  const guard = auth(jwt({ issuer: issuerName, audience, jwks: idp.url }));
  await using probe = await setup(transports[2] as TestTransport, onSide('server', guard));
  const metadata = { authorization: `Bearer ${await idp.sign()}` };
  const controller = new AbortController();

  const first = run(probe.client, 'unary', { metadata, signal: controller.signal });
  const second = run(probe.client, 'unary', { metadata });
  await expect.poll(() => idp.asked).toBe(1);
  controller.abort();
  expect((await first).status.code).toBe(Code.CANCELLED);
  release();

  expect((await second).status.code).toBe(Code.OK);
  expect(idp.asked).toBe(1);
});

test('the caller of an UNAVAILABLE call is told neither where the keys are nor what went wrong', async () => {
  await using idp = await keyServer();
  idp.answer = fail;
  await using probe = await setup(
    transports[0] as TestTransport,
    onSide('server', auth(jwt({ issuer: issuerName, audience, jwks: idp.url }))),
  );

  const { status } = await run(probe.client, 'unary', { metadata: { authorization: `Bearer ${await idp.sign()}` } });

  expect(status).toMatchObject({
    code: Code.UNAVAILABLE,
    message: 'Credentials cannot be checked at the moment',
    details: [],
  });
});

test('keys that are too old are fetched again however short a time they are kept: cooldownMs is for unknown keys', async () => {
  await using idp = await keyServer();
  const ask = asking(idp, { cacheMs: 5, staleMs: 0 });
  const old = await idp.sign();
  await ask(old);
  await idp.rotate();
  idp.keys = idp.keys.slice(1);

  await expect.poll(() => ask(old), { interval: 10 }).toBe('refused');
  expect(idp.asked).toBe(2);
});
