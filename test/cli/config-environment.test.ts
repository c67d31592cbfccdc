import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config.ts';
import { readConfigText } from '../../src/cli/config-formats.ts';
import { graphSettings, serveSettings } from '../../src/cli/serve-settings.ts';

const text = (source: string) => new TextEncoder().encode(source);

async function fileOf(name: string, content: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'flowrpc-config-')), name);
  await writeFile(path, content);
  return path;
}

describe('#112 variables FLOWRPC_…', () => {
  test('say whatever a config file says: nested by __, names in capitals, values in YAML', async () => {
    const { config, problems } = await loadConfig(undefined, {
      FLOWRPC_LISTEN: '[127.0.0.1:1, unix:/run/x]',
      FLOWRPC_LIMITS__MAX_RECEIVE_BYTES: '4MiB',
      FLOWRPC_CONNECTION__KEEPALIVE__TIME_MS: '30s',
      FLOWRPC_REFLECTION: 'off',
      FLOWRPC_FORWARD: '[x-tenant]',
      FLOWRPC_ADMIT__TARGETS: '["users:50051"]',
      FLOWRPC_OUTBOUND__ALLOW: '["*.example.com", 10.0.0.0/8]',
      FLOWRPC_RUN__PACKETS: '7',
      FLOWRPC_ENVIRONMENT__PORT: '8000',
      FLOWRPC_ENVIRONMENT__My_Key: '[not, a, list]',
    });

    expect(problems).toEqual([]);
    expect(config).toEqual({
      listen: ['127.0.0.1:1', 'unix:/run/x'],
      limits: { maxReceiveBytes: 4 * 1024 * 1024 },
      connection: { keepalive: { timeMs: 30_000 } },
      reflection: 'off',
      forward: ['x-tenant'],
      admit: { targets: ['users:50051'] },
      outbound: { allow: ['*.example.com', '10.0.0.0/8'] },
      run: { packets: 7 },
      environment: { PORT: '8000', My_Key: '[not, a, list]' },
    });
  });

  test('that are no YAML are text, and empty ones say nothing', async () => {
    const { config } = await loadConfig(undefined, { FLOWRPC_LISTEN: '[::1]:50051', FLOWRPC_NAMESPACE: '' });

    expect(config).toEqual({ listen: '[::1]:50051' });
  });

  test('that are wrong are problems named after the variable; those nobody knows are warnings', async () => {
    const { config, problems } = await loadConfig(undefined, {
      FLOWRPC_LIMITS__MAX_RECEIVE_BYTES: 'lots',
      FLOWRPC_LIMITS__MAX_RECIVE_BYTES: '1',
      FLOWRPC_LISTN: '127.0.0.1:1',
      FLOWRPC___PROTO____POLLUTED: '1',
    });

    expect(problems).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringContaining('"FLOWRPC_LISTN"'),
        suggestion: 'did you mean "listen"?',
      },
      { severity: 'error', file: 'FLOWRPC_LIMITS__MAX_RECEIVE_BYTES', message: expect.stringContaining('"lots"') },
      { severity: 'error', file: 'FLOWRPC_LIMITS__MAX_RECIVE_BYTES', suggestion: 'did you mean "maxReceiveBytes"?' },
    ]);
    expect(config.listen).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('that Kubernetes makes for a service called flowrpc, and those of clients, are left alone', async () => {
    const { config, problems } = await loadConfig(undefined, {
      FLOWRPC_SERVICE_HOST: '10.0.0.1',
      FLOWRPC_SERVICE_PORT: '50051',
      FLOWRPC_SERVICE_PORT_GRPC: '50051',
      FLOWRPC_PORT: 'tcp://10.0.0.1:50051',
      FLOWRPC_PORT_50051_TCP_ADDR: '10.0.0.1',
      FLOWRPC_CONFIG: 'x.yaml',
      FLOWRPC_HOST: 'x:1',
      FLOWRPC_CONTROL_TOKEN: 'secret-secret-secret',
      FLOWRPC_CONTROL_TOKEN_FILE: 'x',
    });

    expect({ config, problems }).toEqual({ config: {}, problems: [] });
  });
});

test('SEEDS 4.13, #112: flags go before variables, and variables before the file, key by key', async () => {
  const file = await fileOf(
    'flowrpc.yaml',
    'listen: 127.0.0.1:1\ngraceMs: 1s\nreflection: off\nlimits: { maxReceiveBytes: 1, maxSendBytes: 2 }\nenvironment: { A: file, B: file, C: file }\n',
  );
  const { config } = await loadConfig(file, {
    FLOWRPC_LISTEN: '127.0.0.1:2',
    FLOWRPC_GRACE_MS: '2s',
    FLOWRPC_LIMITS__MAX_SEND_BYTES: '3',
    FLOWRPC_ENVIRONMENT__B: 'variable',
    FLOWRPC_ENVIRONMENT__C: 'variable',
  });

  const settings = serveSettings({ listen: ['127.0.0.1:3'] }, config);
  const { environment } = graphSettings([], { env: { C: 'flag' } }, config);

  expect(settings).toMatchObject({ listen: ['127.0.0.1:3'], graceMs: 2_000, reflection: false });
  expect(config.limits).toEqual({ maxReceiveBytes: 1, maxSendBytes: 3 });
  expect(environment).toEqual({ A: 'file', B: 'variable', C: 'flag' });
});

test.each([
  ['flowrpc.yaml', 'listen: 127.0.0.1:7\nlimits: { maxReceiveBytes: 64KiB }\nforward: [x-a]\n'],
  ['flowrpc.json', '{"listen":"127.0.0.1:7","limits":{"maxReceiveBytes":"64KiB"},"forward":["x-a"]}'],
  ['flowrpc.toml', 'listen = "127.0.0.1:7"\nforward = ["x-a"]\n[limits]\nmaxReceiveBytes = "64KiB"\n'],
  [
    'flowrpc.hjson',
    '{\n  listen: 127.0.0.1:7\n  # one\n  limits: {\n    maxReceiveBytes: 64KiB\n  }\n  forward: ["x-a"]\n}',
  ],
  ['.env', 'FLOWRPC_LISTEN=127.0.0.1:7\nFLOWRPC_LIMITS__MAX_RECEIVE_BYTES="64KiB"\nFLOWRPC_FORWARD=[x-a]\nOTHER=1\n'],
  ['flowrpc.env', 'FLOWRPC_LISTEN=127.0.0.1:7\nFLOWRPC_LIMITS__MAX_RECEIVE_BYTES=64KiB\nFLOWRPC_FORWARD=[x-a]\n'],
])('#112 %s says the same in its format', async (name, content) => {
  const { config, problems } = await loadConfig(await fileOf(name, content), {});

  expect({ config, problems }).toEqual({
    config: { listen: '127.0.0.1:7', limits: { maxReceiveBytes: 65_536 }, forward: ['x-a'] },
    problems: [],
  });
});

test.each([
  ['x.toml', 'a = \n', /^Cannot read "x\.toml": Invalid TOML/],
  ['x.toml', '[__proto__]\na = 1\n', /"__proto__" is not allowed/],
  ['x.hjson', '{a: [1', /^Cannot read "x\.hjson": /],
  ['x.hjson', '{a: {__proto__: {b: 1}\n}}', /__proto__.* is not allowed/],
  ['x.yaml', 'a: 1\na: 2\n', /appears twice/],
  ['x.yaml', 'a: 1\n---\nb: 2\n', /several documents/],
  ['x.toml', '\u00ff\u00fe'.repeat(3), /./],
])('a broken %s is one problem that names it: %s', async (name, content, why) => {
  const bytes = content.startsWith('\u00ff') ? new Uint8Array([0xff, 0xfe, 0xff]) : text(content);

  const { value, problems } = await readConfigText(bytes, name);

  expect(problems).toMatchObject([{ severity: 'error', file: name, message: expect.stringMatching(why) }]);
  expect(value === undefined || problems.length === 1).toBe(true);
});

test('a TOML file with a wrong option says which one', async () => {
  const file = await fileOf('flowrpc.toml', '[limits]\nmaxReciveBytes = 1\n');

  const { problems } = await loadConfig(file, {});

  expect(problems).toMatchObject([{ file, message: expect.stringContaining('unknown field "limits.maxReciveBytes"') }]);
});
