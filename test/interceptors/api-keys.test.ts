import { inspect } from 'node:util';
import { Code, connect, createServer, key, Metadata, type Status, StatusError, silentLogger } from 'flowrpc';
import { type ApiKeysOptions, apiKey, apiKeys, auth, hashApiKey, makeApiKey } from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { describe, expect, test } from 'vitest';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const reference = transports[1] as TestTransport;

/** A server on all addresses; `elsewhere` is one that is not known to be this machine. */
async function listening(called: () => void = () => {}) {
  const server = createServer({
    logger: silentLogger,
    interceptors: [
      async (call, next) => {
        called();
        return next(call);
      },
      auth(apiKeys({ keys: records })),
    ],
  }).add(ProbeService, echo);
  const { port, address } = await server.listen('127.0.0.1:0');
  const close = (): Promise<unknown> => server.close({ graceMs: 0 });
  return { elsewhere: `0.0.0.0:${port}`, address, [Symbol.asyncDispose]: async () => void (await close()) };
}

const ada = makeApiKey('flow');
const bob = makeApiKey();
const records = [
  { hash: ada.hash, identity: 'ada' },
  { hash: bob.hash, identity: 'bob' },
];

const ask = (options: ApiKeysOptions<string>, metadata: Record<string, string | string[]>): unknown =>
  apiKeys(options)(fakeContext({ metadata: new Metadata(metadata) }));

test('makeApiKey() gives 256 random bits, told apart by a prefix, and the hash to keep', () => {
  expect(ada.key).toMatch(/^flow_[A-Za-z0-9_-]{43}$/);
  expect(ada.hash).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(hashApiKey(ada.key)).toBe(ada.hash);
  expect(makeApiKey('').key).toHaveLength(43);
  expect(new Set(Array.from({ length: 100 }, () => makeApiKey().key)).size).toBe(100);
  expect(() => makeApiKey('not ok')).toThrow(/prefix "not ok": wanted up to 32 of/);
});

test('hashApiKey() refuses what could be guessed, without quoting it', () => {
  expect(() => hashApiKey('canary')).toThrow(
    /^Cannot hash an API key of 6 characters: wanted 32 to 1024, random ones$/,
  );
});

describe('apiKeys() identifies', () => {
  test.each(kinds)('callers of %s calls', async (kind) => {
    const user = key<string>('user');
    let seen: string | undefined;
    await using probe = await setup(transport, {
      handlers: everyKind((requests, context) => {
        seen = context.get(user);
        return shout(requests, context);
      }),
      server: { interceptors: [auth(apiKeys({ keys: records }), { as: user })] },
      client: { interceptors: [apiKey(ada.key)] },
    });

    expect((await run(probe.client, kind)).status.code).toBe(Code.OK);
    expect(seen).toBe('ada');
  });

  test('by another header, and as a bearer token', () => {
    expect(ask({ keys: records, header: 'X-Key' }, { 'x-key': bob.key })).toBe('bob');
    expect(ask({ keys: records, header: 'authorization' }, { authorization: `Bearer ${bob.key}` })).toBe('bob');
    expect(ask({ keys: records, header: 'authorization' }, { 'x-api-key': bob.key })).toBeUndefined();
  });

  test('by a function that is shown the hash, never the key', async () => {
    const asked: string[] = [];
    const keys = async (hash: string) => {
      asked.push(hash);
      return records.find((record) => record.hash === hash);
    };

    expect(await ask({ keys }, { 'x-api-key': ada.key })).toBe('ada');
    expect(await ask({ keys }, { 'x-api-key': 'other' })).toBeUndefined();
    expect(ask({ keys }, {})).toBeUndefined();
    expect(asked).toEqual([ada.hash, expect.stringMatching(/^sha256:/)]);
  });
});

describe('apiKeys() refuses', () => {
  test('keys that are unknown, almost right, doubled, too long or missing', () => {
    const wrong: Record<string, string | string[]>[] = [
      {},
      { 'x-api-key': '' },
      { 'x-api-key': makeApiKey().key },
      { 'x-api-key': ada.key.slice(0, -1) },
      { 'x-api-key': `${ada.key}A` },
      { 'x-api-key': ada.key.toUpperCase() },
      { 'x-api-key': ada.hash },
      { 'x-api-key': [ada.key, ada.key] },
      { 'x-api-key': 'x'.repeat(2_000) },
    ];

    for (const metadata of wrong) expect(ask({ keys: records }, metadata)).toBeUndefined();
  });

  test('keys that have expired', () => {
    const until = (expiresAt: number | Date) => ({ keys: [{ ...records[0]!, expiresAt }] });

    expect(ask(until(Date.now() + 60_000), { 'x-api-key': ada.key })).toBe('ada');
    expect(ask(until(new Date(Date.now() - 1)), { 'x-api-key': ada.key })).toBeUndefined();
  });

  test('what a lax search found', async () => {
    const keys = async () => records[1];

    expect(await ask({ keys }, { 'x-api-key': ada.key })).toBeUndefined();
  });

  test('T-05 everything alike, at the same time', async () => {
    const stepMs = 25;
    const guard = auth(apiKeys({ keys: records }), { refusalStepMs: stepMs });
    await using probe = await setup(reference, onSide('server', guard));
    const wrong = [
      {},
      { 'x-api-key': 'x' },
      { 'x-api-key': ada.key.slice(0, -1) },
      { 'x-api-key': [ada.key, bob.key] },
    ];
    const seen: Status[] = [];
    const fastest = wrong.map(() => Number.POSITIVE_INFINITY);

    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        wrong.map(async (metadata, i) => {
          const start = performance.now();
          seen.push((await run(probe.client, 'unary', { metadata })).status);
          fastest[i] = Math.min(fastest[i]!, performance.now() - start);
        }),
      );
    }

    expect(new Set(seen.map(({ code, message }) => `${code} ${message}`))).toEqual(
      new Set([`${Code.UNAUTHENTICATED} The call has no valid credentials`]),
    );
    expect(Math.max(...fastest) - Math.min(...fastest)).toBeLessThan(2);
  });
});

test.each<[string, object, RegExp]>([
  [
    'a key where its hash belongs',
    { keys: [{ hash: 'canary', identity: 1 }] },
    /keys\[0\] of apiKeys: its hash is none/,
  ],
  ['a hash twice', { keys: [records[0], { ...records[1], hash: ada.hash }] }, /keys\[1\] .* same hash$/],
  ['an end that is none', { keys: [{ ...records[0], expiresAt: new Date('x') }] }, /keys\[0\] .* no date/],
  ['no keys', {}, /wanted a list of records or a function$/],
  ['a header for bytes', { keys: records, header: 'x-key-bin' }, /"x-key-bin": wanted a metadata key for text$/],
  ['a header that cannot be', { keys: records, header: 'grpc-key' }, /"grpc-key": it is reserved for the protocol$/],
  ['an unknown option', { keys: records, heder: 'x' }, /"heder" of apiKeys: it is unknown, did you mean "header"/],
])('apiKeys() cannot be made with %s', (_what, options, error) => {
  const make = (): unknown => apiKeys(options as ApiKeysOptions<unknown>);

  expect(make).toThrow(error);
  expect(make).not.toThrow(/canary/);
});

describe('apiKey()', () => {
  test('asks its function for each call', async () => {
    const seen: unknown[] = [];
    let round = 0;
    await using probe = await setup(transport, {
      handlers: everyKind((requests, context) => {
        seen.push(context.metadata.getAll('x-key'));
        return shout(requests, context);
      }),
      ...onSide(
        'client',
        apiKey(async ({ method }) => `${method.name}-${(round += 1)}`, { header: 'x-key' }),
      ),
    });

    await run(probe.client, 'unary', { metadata: { 'x-key': 'old' } });
    await run(probe.client, 'bidi');

    expect(seen).toEqual([['Unary-1'], ['Bidi-2']]);
  });

  test('refuses a connection that others could read, before anything is sent or asked', async () => {
    let [calls, asked] = [0, 0];
    const interceptor = apiKey(() => {
      asked += 1;
      return ada.key;
    });
    await using serving = await listening(() => (calls += 1));
    await using channel = connect(serving.elsewhere, { interceptors: [interceptor] });

    const { status } = await run(channel.client(ProbeService), 'unary');

    expect(status).toMatchObject({ code: Code.FAILED_PRECONDITION, origin: 'local' });
    expect(status.message).toMatch(
      /^Cannot send an API key to .* in plaintext: use tls, or apiKey\(…, \{ plaintext: true \}\) where the network is trusted$/,
    );
    expect([calls, asked]).toEqual([0, 0]);
  });

  test('sends over plaintext when allowed to, and within this machine', async () => {
    await using serving = await listening();
    await using allowed = connect(serving.elsewhere, { interceptors: [apiKey(ada.key, { plaintext: true })] });
    await using local = connect(serving.address, { interceptors: [apiKey(ada.key)] });

    expect((await run(allowed.client(ProbeService), 'unary')).status.code).toBe(Code.OK);
    expect((await run(local.client(ProbeService), 'unary')).status.code).toBe(Code.OK);
  });

  test('ends the call when there is no key, with its own reason where it has one', async () => {
    const failing = async (error: unknown) => {
      await using probe = await setup(
        transport,
        onSide(
          'client',
          apiKey(() => Promise.reject(error)),
        ),
      );
      return (await run(probe.client, 'unary')).status;
    };

    expect(await failing(new Error('no route'))).toMatchObject({
      code: Code.UNAUTHENTICATED,
      message: 'Cannot get an API key for /suite.Probe/Unary',
    });
    expect(await failing(new StatusError(Code.UNAVAILABLE, 'Vault is sealed'))).toMatchObject({
      code: Code.UNAVAILABLE,
      message: 'Vault is sealed',
    });
  });

  test.each(['', 'two words', 'a\nb', 'ü'])('never sends nor quotes %j', async (value) => {
    expect(() => apiKey(value)).toThrow(/^Cannot send the API key: wanted printable ASCII without spaces$/);
    await using probe = await setup(
      transport,
      onSide(
        'client',
        apiKey(() => `canary ${value}`),
      ),
    );

    const { status } = await run(probe.client, 'unary');

    expect(status.code).toBe(Code.UNAUTHENTICATED);
    expect(inspect(status, { depth: 9, showHidden: true })).not.toContain('canary');
  });

  test.each<[object, RegExp]>([
    [{ header: 'authorization' }, /use bearerToken\(\)$/],
    [{ header: 'x-bin' }, /wanted a metadata key for text$/],
    [{ plain: true }, /"plain" of apiKey: it is unknown, wanted one of header, plaintext/],
  ])('cannot be made with %j', (options, error) => {
    expect(() => apiKey('a', options)).toThrow(error);
  });
});

test('a server keeps no key that its memory dump would show', () => {
  const server = createServer({ interceptors: [auth(apiKeys({ keys: records }))] });

  expect(inspect([server, records], { depth: 12, showHidden: true })).not.toContain(ada.key);
});
