import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/cli/config.ts';
import { configured } from '../../src/cli/configured.ts';
import { configurableInterceptors } from '../../src/cli/configured-interceptors.ts';
import { formatProblems } from '../../src/graph/index.ts';
import { authority } from '../transport/grpc/certificates.ts';
import { flowrpc } from './flowrpc.ts';
import { folderOf } from './serving.ts';

const canary = 'canary-3f9a1c7be2d84650a1b2c3d4e5f60718';
let dir: string;

beforeAll(async () => {
  const ca = await authority();
  const server = await ca.issue({ name: 'localhost' });
  const other = await ca.issue({ name: 'localhost' });
  dir = await folderOf({
    'graph.yaml': '{ kind: snippet, name: greet, language: text, code: hello }',
    'policy.json': JSON.stringify({ name: 'p', allow_rules: [{ name: 'all' }] }),
    'wrong-policy.json': JSON.stringify({ name: 'p', alow_rules: [] }),
    'ca.pem': ca.cert,
    'cert.pem': server.cert,
    'key.pem': server.key,
    'other.key': other.key,
    'broken.pem': 'no PEM at all',
    secret: `${canary}\n`,
    empty: '',
    'jwks.json': '{ "keys": [] }',
  });
});

/** What is wrong with a config file of this text, a problem a line. */
async function faults(text: string): Promise<string[]> {
  const file = join(dir, `config-${crypto.randomUUID()}.yaml`);
  await writeFile(file, text);
  await using made = configured(await loadConfig(file));
  return formatProblems(made.problems).replaceAll(file, 'c.yaml').trimEnd().split('\n').filter(Boolean);
}

describe('a config file', () => {
  test('may say everything there is, in YAML and in JSON #146', async () => {
    vi.stubEnv('CONFIG_TEST_SECRET', canary);
    const everything = {
      listen: ['127.0.0.1:0', 'unix:/tmp/x.sock'],
      tls: {
        certFile: 'cert.pem',
        keyFile: 'key.pem',
        caFile: 'ca.pem',
        clientCertificate: 'require',
        minVersion: 'TLSv1.3',
        reload: false,
      },
      limits: {
        maxReceiveBytes: '4MiB',
        maxSendBytes: 1_000,
        maxMetadataPairs: 64,
        maxMetadataBytes: '8KiB',
        maxStatusBytes: 1_024,
        maxTimeoutMs: '1m30s',
        streamIdleMs: 'never',
        maxHandlers: 100,
      },
      connection: {
        maxConnections: 100,
        maxConnectionsPerClient: 10,
        pressureAt: 0.9,
        maxConcurrentStreams: 10,
        maxSessionMemoryMb: 20,
        maxReceivingBytes: '64MiB',
        maxHeaderPairs: 10,
        maxHeaderBytes: '16KiB',
        receiveTimeoutMs: '30s',
        handshakeTimeoutMs: 10_000,
        idleMs: 'never',
        ageMs: '1h',
        ageGraceMs: '30s',
        keepalive: { timeMs: '30s', timeoutMs: '10s' },
        flowControlWindow: '256KiB',
      },
      targets: {
        tls: {
          certFile: 'cert.pem',
          keyFile: 'key.pem',
          caFile: 'ca.pem',
          serverName: 'a.example',
          minVersion: 'TLSv1.2',
          reload: true,
        },
        allowInsecureCredentials: false,
        proxy: false,
        compression: 'gzip',
        connectTimeoutMs: '5s',
        idleTimeoutMs: '10m',
        maxReceiveBytes: '4MiB',
        maxSendBytes: '4MiB',
        maxMetadataPairs: 64,
        maxMetadataBytes: '8KiB',
        keepalive: { timeMs: '5m', timeoutMs: '10s', withoutCalls: false },
        reconnect: { initialBackoffMs: '1s', maxBackoffMs: '30s' },
        flowControlWindow: '256KiB',
        perCallBufferBytes: '256KiB',
      },
      reflection: 'on',
      forward: ['x-request-id', 'authorization'],
      exposeErrors: 'masked',
      graceMs: '5s',
      run: { packets: 10, bytes: '1MiB', fanOut: 10, visits: 2, hops: 2 },
      interceptors: { server: everyOne('server'), nodes: everyOne('nodes'), edges: everyOne('edges') },
    };

    expect(await faults(JSON.stringify(everything, null, 1))).toEqual([]);
    expect(await faults('')).toEqual([]);
    expect(await faults(one('{ metrics: { bounds: [0.1, 1], exemplars: true } }'))).toEqual([]);
    expect(await faults('interceptors:\n  server: [logging, { metrics: }, requestId]\n')).toEqual([]);
  });

  test('may say what docs/configuration.md says, and that page names every interceptor', async () => {
    const page = await readFile('docs/configuration.md', 'utf8');
    const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);
    const whole = blocks.map((block) => (block.startsWith('auth:') ? one(JSON.stringify(parse(block))) : block));

    for (const block of whole) {
      const file = join(dir, `docs-${crypto.randomUUID()}.yaml`);
      await writeFile(file, block);
      expect((await loadConfig(file)).problems).toEqual([]);
    }
    expect(whole).toHaveLength(3);
    expect([...page.matchAll(/^\| \[`(\w+)`\]/gm)].map(([, name]) => name).toSorted()).toEqual(
      Object.keys(configurableInterceptors).toSorted(),
    );
    // So that the test before this one shows all of them.
    expect(Object.keys(options).toSorted()).toEqual(Object.keys(configurableInterceptors).toSorted());
  });

  test('is told of with every problem at once, at its line and column, with what was meant', async () => {
    const found = await faults(`listen: 50051
tsl: {}
limits: { maxReceiveBytes: lots, maxTimoutMs: 5s }
connection:
  idleMs: 5 minutes
reflection: maybe
forward: [x ok]
interceptors:
  servers: []
  server:
    - loging
    - logging: { level: loud, colour: true }
    - deadline: soon
    - retry:
      attempts: 3
    - rateLimit
    - hedging
    - { requestId: {}, only: { servce: a } }
    - retry: { codes: [UNAVAILABEL] }
`);

    expect(found).toEqual([
      'c.yaml:1:1: error: Cannot use the configuration: listen is 50051, wanted an address such as "127.0.0.1:50051" or "unix:/run/flowrpc.sock", or a list of such',
      'c.yaml:2:1: error: Cannot use the configuration: unknown field "tsl", did you mean "tls"?',
      expect.stringMatching(/^c\.yaml:3:11: .* limits\.maxReceiveBytes is "lots", wanted a number of bytes/),
      expect.stringMatching(/^c\.yaml:3:34: .* unknown field "limits\.maxTimoutMs", did you mean "maxTimeoutMs"\?$/),
      expect.stringMatching(/^c\.yaml:5:3: .* connection\.idleMs is "5 minutes", wanted a duration/),
      expect.stringMatching(/^c\.yaml:6:1: .* reflection is "maybe", wanted on or off$/),
      expect.stringMatching(/^c\.yaml:7:11: .* forward\[0\] is "x ok", wanted a metadata key/),
      expect.stringMatching(/^c\.yaml:9:3: .* unknown field "interceptors\.servers", did you mean "server"\?$/),
      expect.stringMatching(/^c\.yaml:11:7: .* unknown interceptor "loging", did you mean "logging"\?$/),
      expect.stringMatching(/^c\.yaml:12:18: .*\.logging\.level is "loud", wanted "debug", "info", "warn" or "error"$/),
      expect.stringMatching(/^c\.yaml:12:31: .* unknown field "interceptors\.server\[1\]\.logging\.colour"/),
      expect.stringMatching(/^c\.yaml:13:7: .*\.deadline cannot be used, wanted a duration/),
      expect.stringMatching(/^c\.yaml:14:7: .* names "retry" and "attempts", wanted one, with its options indented/),
      expect.stringMatching(/^c\.yaml:16:7: .* missing field ".*\.rateLimit\.perSecond", wanted a number above 0$/),
      expect.stringMatching(/^c\.yaml:17:7: .* "hedging" cannot stand in interceptors\.server, wanted it in edges$/),
      expect.stringMatching(/^c\.yaml:18:\d+: .* unknown field ".*\.only\.servce", did you mean "service"\?$/),
      expect.stringMatching(/^c\.yaml:19:\d+: .*\.codes\[0\] is "UNAVAILABEL", wanted the name of a status code/),
    ]);
  });

  test.each<[string, string, RegExp]>([
    ['no mapping', '- logging', /^c\.yaml:1:1: .* it is a list, wanted a mapping/],
    ['several documents', 'listen: unix:/a\n---\nlisten: unix:/b', /^c\.yaml:3:1: .* it has several documents/],
    ['broken YAML', 'listen: [', /^c\.yaml:\d+:\d+: error: Cannot read/],
    ['a key that appears twice', 'graceMs: 1s\ngraceMs: 2s', /^c\.yaml:2:1: .*"graceMs" appears twice/],
    ['a limit below zero', 'limits: { maxHandlers: -1 }', /maxHandlers is -1, wanted a number above 0$/],
    ['a metrics address', one('{ metrics: { listen: here } }'), /listen is "here", wanted an address/],
    ...[
      'only: []',
      'only: {}',
      'except: {}',
      'only: [[]]',
      'only: [{}]',
      'only: { service: [] }',
      'only: { name: [] }',
      'only: [default.greet, { kind: [] }]',
      'except: { idempotency: [] }',
      'only:',
    ].map((scope): [string, string, RegExp] => [
      `an empty match (${scope})`,
      one(`{ authz: { file: policy.json }, ${scope} }`),
      /^c\.yaml:2:\d+: .*server\[0\]\.(only|except)\S* (is|cannot be used).*, wanted /,
    ]),
    ['an auth without a way', one('{ auth: {} }'), /^c\.yaml:2:14: .*\.auth: .*one or more of jwt, apiKeys and tlsId/],
    ['a token source too many', edge('{ bearerToken: {} }'), /bearerToken: .* wanted one of token and clientCred/],
    [
      'a token file that is not there',
      edge('{ bearerToken: { token: { file: nowhere } } }'),
      /token cannot be read from/,
    ],
    [
      'no file to reload',
      edge('{ bearerToken: { token: { env: PATH }, reloadMs: 5s } }'),
      /a bearer token that is in no file/,
    ],
    ['an issuer that is missing', one('{ auth: { jwt: { audience: a } } }'), /missing field ".*\.auth\.jwt\.issuer"/],
    ['keys that are missing', jwt(''), /\.auth: Cannot verify tokens: wanted one of jwks, key and secret, got none$/],
    ['keys in plaintext', jwt('jwks: "http://keys.example/"'), /\.auth: .*http:\/\/keys\.example\/.*wanted https/],
    ['a key file that is none', jwt('key: { file: broken.pem }'), /\.auth: Cannot verify tokens with this key/],
    ['a private key', jwt('key: { file: key.pem }'), /\.auth: Cannot verify tokens with a private or secret key/],
    ['a key set that is no JSON', jwt('jwks: { file: broken.pem }'), /\.jwt\.jwks holds no JSON/],
    [
      'a key set that is not there',
      jwt('jwks: { file: nowhere }'),
      /\.jwt\.jwks cannot be read from ".*nowhere" \(ENOENT\)$/,
    ],
    ['an algorithm', jwt('jwks: "https://k.example/", algorithms: [none]'), /\.auth: .* algorithm "none"/],
    [
      'a variable that is not set',
      jwt('secret: { env: NOT_SET_AT_ALL }'),
      /secret .* the environment has no "NOT_SET_AT_ALL"$/,
    ],
    ['a secret file that is empty', jwt('secret: { file: empty }'), /\.jwt\.secret is empty in "empty"$/],
    ['a policy that is not there', one('{ authz: { file: nowhere.json } }'), /\.authz: .*nowhere\.json/],
    ['a wrong policy', one('{ authz: { file: wrong-policy.json } }'), /\.authz: .*wrong-policy\.json.*alow_rules/s],
    [
      'a claim that principals begin with',
      one('{ authz: { file: policy.json, claims: [jwt] } }'),
      /claims\[0\] is "jwt"/,
    ],
    ['a range of addresses', one('{ realIp: { trusted: [10.0.0.0/99] } }'), /\.realIp: .*"10\.0\.0\.0\/99"/],
    [
      'a certificate that is not there',
      'tls: { certFile: nowhere.pem, keyFile: key.pem }',
      /^c\.yaml:1:1: .* tls: .*nowhere\.pem.*no such file$/,
    ],
    [
      'a certificate that is none',
      'tls: { certFile: broken.pem, keyFile: key.pem }',
      / tls: .*broken\.pem.*no PEM certificate$/,
    ],
    ['a key that does not fit', 'tls: { certFile: cert.pem, keyFile: other.key }', / tls: .*do not belong together$/],
    ['a key that is missing', 'tls: { certFile: cert.pem }', / tls: .*private key is missing/],
    [
      'clients to verify by nobody',
      'tls: { certFile: cert.pem, keyFile: key.pem, clientCertificate: require }',
      / tls: Cannot require client certificates/,
    ],
    [
      'a TLS version',
      'tls: { certFile: cert.pem, keyFile: key.pem, minVersion: TLSv1.1 }',
      /minVersion is "TLSv1\.1", wanted "TLSv1\.2" or "TLSv1\.3"$/,
    ],
  ])('is refused with %s, by name and place', async (_, text, why) => {
    const found = await faults(text);

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(why);
  });

  test.each([
    jwt(`secret: ${canary}`),
    jwt(`secret: [${canary}]`),
    jwt(`secret: { ${canary}: }`),
    jwt(`secret: { value: ${canary} }`),
    jwt(`secret: { env: "${canary}" }`),
    jwt(`key: ${canary}`),
    jwt(`secret: { file: secret }, algorithms: [HS512]`),
    one(canary),
    one(`{ ${canary}: }`),
    one(`{ auth: {}, ${canary}: }`),
    jwt(`jwks: "https://u:${canary}@x y.example"`),
    jwt(`jwks: "${canary}:x@idp.example"`),
    jwt(`jwks: "u:${canary}@idp.example"`),
    jwt(`jwks: "${canary}"`),
    one(`{ auth: ${canary} }`),
    one(`{ auth: { jwt: ${canary} } }`),
    one(`{ auth: { apiKeys: { keys: [${canary}] } } }`),
    one(`{ auth: { apiKeys: { keys: [{ hash: ${canary}, identity: a }] } } }`),
    edge(`{ bearerToken: ${canary} }`),
    edge(`{ bearerToken: { token: ${canary} } }`),
    edge(`{ bearerToken: { token: { file: secret }, clientCredentials: {} } }`),
    edge(`{ apiKey: { key: ${canary} } }`),
    edge(
      '{ bearerToken: { clientCredentials: { tokenUrl: "http://far.example/", clientId: a, clientSecret: { file: secret } } } }',
    ),
  ])('never repeats a secret, wherever it stands: %s', async (text) => {
    const found = await faults(text);

    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n')).not.toContain(canary);
  });
});

test('check and serve tell of a wrong config and a wrong graph together, exit code 2, nothing opened', async () => {
  const config = join(dir, 'both.yaml');
  const graph = join(dir, 'both-graph.yaml');
  await writeFile(config, 'lisen: 127.0.0.1:0\n');
  await writeFile(graph, '- { kind: snipet, name: a }\n');

  const [check, serve, json] = await Promise.all([
    flowrpc(['check', graph, '--config', config]),
    flowrpc(['serve', graph, '-c', config]),
    flowrpc(['serve', graph, '-c', config, '--json']),
  ]);

  for (const { code, stdout, stderr } of [check, serve]) {
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/both\.yaml:1:1: .*"lisen", did you mean "listen"\?$/),
      expect.stringMatching(/both-graph\.yaml:1:.*"snipet"/),
    ]);
  }
  expect(JSON.parse(json.stderr)).toMatchObject({
    problems: [
      { file: config, line: 1 },
      { file: graph, line: 1 },
    ],
  });
  expect([json.code, json.stdout]).toEqual([2, '']);
});

test('check says that a right config is right, and one that is not there is told by name', async () => {
  const config = join(dir, 'right.yaml');
  await writeFile(config, 'interceptors: { server: [logging, { authz: { file: policy.json } }, loadShed] }\n');

  const [right, missing] = await Promise.all([
    flowrpc(['check', join(dir, 'graph.yaml'), '--config', config]),
    flowrpc(['check', join(dir, 'graph.yaml'), '--config', join(dir, 'nowhere.yaml')]),
  ]);

  expect(right).toEqual({ code: 0, stdout: 'ok: 1 node, 0 warnings\n', stderr: '' });
  expect(missing).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('nowhere.yaml') });
});

/** A config with one interceptor around the server. */
function one(entry: string): string {
  return `interceptors:\n  server: [${entry}]\n`;
}

function edge(entry: string): string {
  return `interceptors:\n  edges: [${entry}]\n`;
}

function jwt(fields: string): string {
  return one(`{ auth: { jwt: { issuer: i, audience: a, ${fields} } } }`);
}

/** All options of each interceptor. */
const options: Readonly<Record<string, readonly unknown[]>> = {
  tracing: [
    'tracing',
    {
      tracing: {
        names: 'grpc',
        propagator: 'grpc-trace-bin',
        requestMetadata: ['x-tenant'],
        responseMetadata: [],
        exceptions: 'off',
      },
    },
  ],
  logging: [
    'logging',
    {
      logging: {
        level: 'warn',
        dialect: 'go-grpc-middleware',
        started: true,
        payloads: true,
        maxPayloadLength: 100,
        metadata: ['x-tenant'],
        denyMetadata: ['x-secret'],
      },
    },
    { logging: { metadata: true } },
  ],
  metrics: [
    'metrics',
    {
      metrics: {
        dialects: ['prometheus', 'network', 'graph', 'otel'],
        listen: '127.0.0.1:0',
        path: '/m',
      },
    },
  ],
  requestId: ['requestId', { requestId: { header: 'x-id', trust: false } }],
  realIp: [{ realIp: { trusted: ['10.0.0.0/8', 'local'], headers: ['x-real-ip'] } }],
  auth: [
    {
      auth: {
        jwt: {
          issuer: ['a', 'b'],
          audience: false,
          jwks: 'https://keys.example/',
          algorithms: ['ES256'],
          clockToleranceMs: '5s',
          maxAgeMs: '1h',
          type: 'at+jwt',
          requiredClaims: ['sub'],
          timeoutMs: '1s',
          cacheMs: '10m',
          staleMs: '1h',
          cooldownMs: '30s',
        },
        apiKeys: {
          keys: [{ hash: `sha256:${'0'.repeat(64)}`, identity: 'billing', expiresAt: '2030-01-01' }],
          header: 'x-key',
        },
        tlsIdentity: {
          spiffe: ['spiffe://shop.example/*'],
          names: ['billing.internal'],
          fingerprints: ['ab'.repeat(32)],
        },
        refusalStepMs: '5ms',
      },
      except: [{ service: 'grpc.health.v1.Health' }, 'default.public', '/a.B/*'],
    },
    { auth: { jwt: { issuer: 'a', audience: 'b', secret: { env: 'CONFIG_TEST_SECRET' } } } },
    { auth: { jwt: { issuer: 'a', audience: 'b', jwks: { file: 'jwks.json' } } } },
  ],
  authz: [
    { authz: { file: 'policy.json', reloadMs: '100ms', audit: 'all', claims: ['scope'] } },
    { authz: { file: 'policy.json', reloadMs: false } },
  ],
  rateLimit: [
    { rateLimit: { perSecond: 0.5, burst: 10, maxKeys: 100, key: 'caller', maxWaitMs: '1s', messages: true } },
    { rateLimit: { perSecond: 10, key: { metadata: 'x-tenant' } }, only: { kind: ['unary', 'bidi'], known: true } },
    { rateLimit: { perSecond: 10, key: 'ip' }, only: { idempotency: 'idempotent', name: 'In' } },
  ],
  concurrencyLimit: [{ concurrencyLimit: { max: 10, queue: 10, maxWaitMs: '1s', key: 'peer' } }],
  dedupe: [{ dedupe: { header: 'x-once', keepMs: '5m', maxAnswers: 100, maxBytes: '1MiB' } }],
  loadShed: [
    {
      loadShed: {
        initialLimit: 10,
        minLimit: 5,
        maxLimit: 100,
        tolerance: 3,
        maxLoopDelayMs: false,
        maxHeapShare: 0.9,
        priority: 'metadata',
        retryAfterMs: '1s',
        code: 'RESOURCE_EXHAUSTED',
        exempt: ['grpc.health.v1.Health'],
      },
    },
  ],
  deadline: [
    { deadline: '500ms' },
    { deadline: { defaultMs: '5s', maxMs: '1m', minimumMs: 5, reserveMs: '10ms', streams: true, report: 'addresses' } },
  ],
  retry: [
    'retry',
    {
      retry: {
        attempts: 5,
        baseDelayMs: '10ms',
        maxDelayMs: '1s',
        multiplier: 2,
        jitter: 0.2,
        codes: ['UNAVAILABLE', 'ABORTED'],
        nonIdempotent: true,
        attemptTimeoutMs: '1s',
        maxBytes: '1MiB',
        throttle: { maxTokens: 10, tokenRatio: 0.1 },
        idempotencyKey: 'x-once',
        budget: { ratio: 0.1, minimum: 10, windowMs: '10s' },
      },
    },
    { retry: { throttle: false, budget: false } },
  ],
  hedging: [
    {
      hedging: {
        attempts: 2,
        delayMs: '50ms',
        codes: ['UNAVAILABLE'],
        nonIdempotent: false,
        maxBytes: 1_000,
        throttle: false,
        budget: false,
      },
    },
  ],
  circuitBreaker: [
    {
      circuitBreaker: {
        consecutiveFailures: 5,
        failureRate: 0.5,
        minimumCalls: 20,
        windowMs: '10s',
        openMs: '5s',
        probes: 1,
        codes: ['UNAVAILABLE'],
        maxCircuits: 100,
      },
    },
  ],
  faults: [
    {
      faults: {
        rules: [
          { metadata: { 'x-fault': 'yes' }, percent: 50, delayMs: '10ms', abort: 'UNAVAILABLE' },
          { abort: { code: 'ABORTED', message: 'no' }, afterResponses: 2 },
        ],
        headers: { maxDelayMs: '1s', maxPercent: 10 },
      },
    },
  ],
  bearerToken: [
    { bearerToken: { token: { file: 'secret' }, reloadMs: '5s', plaintext: true, maxBytes: 0 } },
    { bearerToken: { token: { env: 'CONFIG_TEST_SECRET' } } },
    {
      bearerToken: {
        clientCredentials: {
          tokenUrl: 'https://login.example/token',
          clientId: 'a',
          clientSecret: { env: 'CONFIG_TEST_SECRET' },
          scope: 'read',
          audience: 'b',
          send: 'body',
          timeoutMs: '1s',
          refreshBeforeMs: '1m',
          pauseMs: '1s',
        },
      },
    },
  ],
  apiKey: [{ apiKey: { key: { file: 'secret' }, header: 'x-key', plaintext: true } }],
};

/** All interceptors that may stand there, with all their options. */
function everyOne(place: 'server' | 'nodes' | 'edges'): unknown[] {
  return Object.entries(options).flatMap(([name, entries]) =>
    configurableInterceptors[name]?.places.includes(place) ? entries : [],
  );
}
