import dns from 'node:dns';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Code, connect, createServer, type Interceptor, StatusError } from 'flowrpc';
import { createKinds, defineKind } from 'flowrpc/nodes';
import { type Admission, ControlService, control, createRuntime } from 'flowrpc/runtime';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ControlClient, type Controlled, controlled, value } from './control-harness.ts';

// Names as an attacker's DNS has them; all others are not there.
vi.mock('node:dns/promises', () => ({
  lookup: async (host: string) => {
    if (host === 'innocent.example') return [{ address: '93.184.216.34' }, { address: '169.254.169.254' }];
    if (host === 'users.example') return [{ address: '93.184.216.34' }];
    throw new Error('ENOTFOUND');
  },
}));

test.each<[string, (token: string) => Record<string, string | string[]>]>([
  ['no token', () => ({})],
  ['another token', (token) => ({ authorization: `Bearer ${token.slice(0, -1)}` })],
  ['the token without Bearer', (token) => ({ authorization: token })],
  ['the token in another scheme', (token) => ({ authorization: `Basic ${token}` })],
  ['an empty token', () => ({ authorization: 'Bearer ' })],
])('every method of Control refuses %s with UNAUTHENTICATED', async (_, metadata) => {
  const { clientWith, token } = await controlled();
  const client = clientWith(metadata(token));
  const codes = new Map<string, number>();

  for (const [name, { kind }] of Object.entries(ControlService.methods)) {
    const call = (client as unknown as Record<string, (input: unknown) => AsyncIterable<unknown> & Promise<unknown>>)[
      name
    ]!;
    try {
      if (kind === 'unary') await call({});
      else for await (const message of call(kind === 'bidi' ? [] : {})) expect(message).toBeUndefined();
      codes.set(name, Code.OK);
    } catch (error) {
      codes.set(name, (error as StatusError).code);
    }
  }

  expect([...new Set(codes.values())]).toEqual([Code.UNAUTHENTICATED]);
  expect(codes.size).toBe(Object.keys(ControlService.methods).length);
});

test('control() refuses a token that could be guessed or cannot travel, without showing it', async () => {
  const runtime = await createRuntime();
  onTestFinished(() => runtime.close());

  for (const token of ['', 'short', 'with space in it, long', `${'x'.repeat(20)}\n`, undefined as never]) {
    expect(() => control({ runtime, token })).toThrow(TypeError);
    if (token) expect(() => control({ runtime, token })).not.toThrow(token);
  }
  expect(() => control({ runtime, token: 'x'.repeat(16), alow: {} } as never)).toThrow('did you mean "allow"?');
});

test("the server's own interceptors stand around Control as around any service", async () => {
  const runtime = await createRuntime();
  const seen: string[] = [];
  const deny: Interceptor = async (call, next) => {
    seen.push(call.method.path);
    if (call.method.name === 'CancelProcess') throw new StatusError(Code.PERMISSION_DENIED, 'Not here');
    return await next(call);
  };
  await using server = createServer({ interceptors: [deny] }).add(control({ runtime, token: 'x'.repeat(16) }));
  const { address } = await server.listen('127.0.0.1:0');
  const withToken: Interceptor = (call, next) =>
    next(call.withMetadata((copy) => copy.set('authorization', `Bearer ${'x'.repeat(16)}`)));
  await using channel = connect(address, { interceptors: [withToken] });
  const client = channel.client(ControlService);

  await client.listNodes({});
  const cancelled = client.cancelProcess({ id: 'x' });

  await expect(cancelled).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
  expect(seen).toEqual(['/flowrpc.v1.Control/ListNodes', '/flowrpc.v1.Control/CancelProcess']);
  await runtime.close();
});

describe('S-11 what specs from outside may lead to', () => {
  const edge = (target: string) => ({
    kind: 'fork',
    name: 'a',
    ports: { out: [{ target, name: 'users.v1.Users', port: 'Get' }] },
  });
  const apply = async (document: unknown, allow?: Admission) => {
    const { client } = await controlled(allow === undefined ? {} : { allow });
    return await codeOf(client, document);
  };
  const codeOf = async (client: ControlClient, document: unknown) => {
    try {
      await client.applySpec({ document: value(document) });
      return 'OK';
    } catch (error) {
      if ((error as StatusError).code === Code.PERMISSION_DENIED) return 'PERMISSION_DENIED';
      throw error;
    }
  };

  test.each<[string, unknown]>([
    ['an edge', edge('dns:///users:50051')],
    ['an edge to this machine', edge('127.0.0.1:22')],
    ['a socket', edge('unix:/run/docker.sock')],
    ['an rpc node', { kind: 'rpc', name: 'a', target: '10.0.0.1:80', service: 'a.B', method: 'C' }],
    ['an rpc node by template', { kind: 'rpc', name: 'a', target: '{{ .T }}', service: 'a.B', method: 'C' }],
    ['a module', { kind: 'snippet', name: 'a', language: 'javascript', module: '/etc/x.mjs' }],
    ['a proto file of an edge', { kind: 'fork', name: 'a', ports: { out: [{ name: 'b', port: 'in', proto: 'x' }] } }],
    ['a function of a module in a condition', { kind: 'if', name: 'a', when: { module: '/etc/x.mjs' } }],
    ['an http node', { kind: 'http', name: 'a', url: 'http://10.0.0.1/' }],
    ['an http node by template', { kind: 'http', name: 'a', url: 'http://{{ .T }}/' }],
    ['a websocket', { kind: 'websocket', name: 'a', url: 'ws://10.0.0.1/' }],
    ['a proxy', { kind: 'proxy', name: 'a', urls: ['http://users.example', 'http://10.0.0.1/'] }],
    ['a database', { kind: 'sql', name: 'a', driver: 'postgres', source: 'postgres://u:p@10.0.0.1/db' }],
    ['a database by template', { kind: 'sql', name: 'a', driver: 'postgres', source: '{{ .S }}' }],
    ['a database file', { kind: 'sql', name: 'a', driver: 'sqlite', source: '/etc/x.db' }],
    ['a file', { kind: 'print', name: 'a', filename: '/etc/passwd' }],
    ['files that packets name', { kind: 'scan', name: 'a' }],
    ['a node inside of a block', { kind: 'block', name: 'a', specs: [edge('10.0.0.1:80')] }],
    ['a chart', { kind: 'chart', name: 'a', specs: [{ kind: 'block', specs: [edge('10.0.0.1:80')] }] }],
  ])('ApplySpec refuses %s unless it is allowed', async (_, document) => {
    expect(await apply(document)).toBe('PERMISSION_DENIED');
  });

  test.each([
    ['OK', ''],
    ['PERMISSION_DENIED', '?host=db.allowed&host=127.0.0.1'],
    ['PERMISSION_DENIED', '?port=6379'],
    ['PERMISSION_DENIED', '?host=/var/run/postgresql'],
    ['PERMISSION_DENIED', '?sslrootcert=/etc/hostname'],
  ])('ApplySpec says %s to an allowed database with "%s" (S-11)', async (code, query) => {
    const { client } = await controlled({ allow: { targets: ['db.allowed:5432'] } });
    const source = `postgres://u:p@db.allowed:5432/shop${query}`;

    expect(await codeOf(client, { kind: 'sql', name: 'a', driver: 'postgres', source })).toBe(code);
  });

  test.each<[string, string, 'OK' | 'PERMISSION_DENIED']>([
    ['users:50051', 'users:50051', 'OK'],
    ['users:50051', 'users:50052', 'PERMISSION_DENIED'],
    ['*.shop.svc:50051', 'users.shop.svc:50051', 'OK'],
    ['*.shop.svc:50051', 'dns:///users.shop.svc:50051', 'OK'],
    ['*.shop.svc:50051', 'dns://8.8.8.8/users.shop.svc:50051', 'PERMISSION_DENIED'],
    ['*.shop.svc:50051', 'evil.com/.shop.svc:50051', 'PERMISSION_DENIED'],
    ['*.shop.svc:50051', 'ipv4:10.0.0.1:80,1.shop.svc:50051', 'PERMISSION_DENIED'],
    ['*.shop.svc:50051', 'evilshop.svc:50051', 'PERMISSION_DENIED'],
    ['*', 'dns:///users:50051', 'OK'],
    ['*', 'ipv4:169.254.169.254:80', 'PERMISSION_DENIED'],
    ['*', '169.254.169.254:80', 'PERMISSION_DENIED'],
    ['*', 'dns:///2852039166:80', 'PERMISSION_DENIED'],
    ['*', '0xa9fea9fe:80', 'PERMISSION_DENIED'],
    ['*', '[fe80::1]:80', 'PERMISSION_DENIED'],
    ['*', '[::ffff:169.254.169.254]:80', 'PERMISSION_DENIED'],
    ['*', 'metadata.google.internal:80', 'PERMISSION_DENIED'],
    ['*', 'unix:/run/docker.sock', 'PERMISSION_DENIED'],
    ['*', 'users.example:80', 'OK'],
    ['*', 'innocent.example:80', 'PERMISSION_DENIED'],
    ['*.example:80', 'dns:///innocent.example:80', 'PERMISSION_DENIED'],
    ['innocent.example:80', 'innocent.example:80', 'OK'],
    ['169.254.169.254:80', '169.254.169.254:80', 'OK'],
    ['unix:/run/users.sock', 'unix:/run/users.sock', 'OK'],
  ])('with %s allowed, an edge to %s: %s', async (allowed, target, outcome) => {
    expect(await apply(edge(target), { targets: [allowed] })).toBe(outcome);
  });

  test.each<[string, string, 'OK' | 'PERMISSION_DENIED']>([
    ['http://users.example/', 'http://users.example/', 'OK'],
    ['users.example', 'http://users.example:8080/a', 'OK'],
    ['users.example:80', 'http://users.example/a', 'OK'],
    ['users.example:80', 'https://users.example/a', 'PERMISSION_DENIED'],
    ['*.example', 'https://users.example/a', 'OK'],
    ['*.example:443', 'https://users.example/a', 'OK'],
    ['*.example:443', 'http://users.example/a', 'PERMISSION_DENIED'],
    ['*.example', 'https://users.example.evil/a', 'PERMISSION_DENIED'],
    ['*.example', 'https://users.example@evil/a', 'PERMISSION_DENIED'],
    ['*.example', 'https://innocent.example/a', 'PERMISSION_DENIED'],
    ['*', 'https://users.example/a', 'OK'],
    ['*', 'http://innocent.example/a', 'PERMISSION_DENIED'],
    ['10.0.0.0/8', 'http://10.1.2.3/', 'OK'],
    ['10.0.0.0/8', 'http://0xa010203/', 'OK'],
    ['10.0.0.0/8', 'http://11.1.2.3/', 'PERMISSION_DENIED'],
    ['93.184.0.0/16', 'http://users.example/', 'OK'],
    ['93.184.0.0/16', 'http://innocent.example/', 'PERMISSION_DENIED'],
    ['*', 'http://169.254.169.254/', 'PERMISSION_DENIED'],
    ['*', 'http://2852039166/', 'PERMISSION_DENIED'],
    ['*', 'http://0251.0376.0251.0376/', 'PERMISSION_DENIED'],
    ['*', 'http://169.254.169.254./', 'PERMISSION_DENIED'],
    ['*', 'http://[::ffff:169.254.169.254]/', 'PERMISSION_DENIED'],
    ['*', 'http://[64:ff9b::a9fe:a9fe]/', 'PERMISSION_DENIED'],
    ['*', 'http://[2002:a9fe:a9fe::]/', 'PERMISSION_DENIED'],
    ['*', 'http://metadata.google.internal./', 'PERMISSION_DENIED'],
    ['169.254.169.254', 'http://169.254.169.254/', 'OK'],
    ['*', 'unix:/run/docker.sock', 'PERMISSION_DENIED'],
  ])('with %s allowed, an http node with url %s: %s', async (allowed, url, outcome) => {
    expect(await apply({ kind: 'http', name: 'a', url }, { targets: [allowed] })).toBe(outcome);
  });

  test('no spelling of an address of the link gets past "*"', async () => {
    const { client } = await controlled({ allow: { targets: ['*'] } });
    const spelled = fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), fc.constantFrom(10, 16, 8))
      .map(([c, d, radix]) => {
        const number = (169 * 2 ** 24 + 254 * 2 ** 16 + c * 256 + d) >>> 0;
        return radix === 10 ? String(number) : radix === 16 ? `0x${number.toString(16)}` : `0${number.toString(8)}`;
      });
    const prefix = fc.constantFrom('', 'dns:', 'dns:///');

    await fc.assert(
      fc.asyncProperty(prefix, spelled, async (before, host) => {
        expect(await codeOf(client, edge(`${before}${host}:80`))).toBe('PERMISSION_DENIED');
      }),
      { numRuns: 100 },
    );
  });

  test('a key that a template fills in is refused, at every depth', async () => {
    const rpc = {
      kind: 'rpc',
      name: 'a',
      '{{ .K }}': '10.0.0.1:80',
      service: 'a.B',
      method: 'C',
      env: { K: { data: 'target' } },
    };
    const module = {
      kind: 'snippet',
      name: 'a',
      language: 'javascript',
      '{{ .K }}': '/x.mjs',
      env: { K: { data: 'module' } },
    };
    const block = { kind: 'block', name: 'a', specs: [rpc] };

    for (const document of [rpc, module, block]) expect(await apply(document)).toBe('PERMISSION_DENIED');
  });

  const rpc = { kind: 'rpc', service: 'a.B', method: 'C' };
  const inbounds = { in: [{ name: 'r', port: 'in' }] };
  const chart = {
    kind: 'chart',
    name: 'remote',
    inbounds,
    specs: [{ ...rpc, name: 'r', target: '{{ .T }}' }],
    env: { T: { data: '{{ .host }}' } },
  };
  const pushed = { kind: 'remote', name: 'pushed', host: '10.0.0.1:80' };
  const stateOf = async ({ client, runtime }: Controlled, name: string) => {
    await expect.poll(() => runtime.nodes.some((node) => node.name === name)).toBe(true);
    const [node] = (await client.listNodes({ name })).nodes;
    return node!.status === 'NODE_STATUS_ACTIVE' ? 'active' : node!.reason;
  };

  test('a pushed node of a trusted chart leads only to what is allowed, templates filled in, also after a restart', async () => {
    const first = await controlled();
    await first.runtime.specs.put(chart);
    await first.runtime.specs.put({ ...pushed, name: 'own' });
    await first.client.applySpec({ document: value(pushed) });
    const { specs, values } = first.runtime;

    const again = await controlled({ specs, values });
    const wider = await controlled({ specs, values, allow: { targets: ['10.0.0.1:80'] } });

    for (const one of [first, again])
      expect(await stateOf(one, 'pushed')).toMatch(/target "10\.0\.0\.1:80" is not on the list/);
    for (const one of [first, again, wider]) expect(await stateOf(one, 'own')).toBe('active');
    expect(await stateOf(wider, 'pushed')).toBe('active');
  });

  test('a trusted node of a pushed chart is looked at, too, as is one inside of a pushed block', async () => {
    const one = await controlled();
    const hidden = { kind: 'block', name: 'outer', inbounds, specs: [{ ...pushed, name: 'r' }] };
    await one.runtime.specs.put(chart);
    await one.client.applySpec({ document: value({ kind: 'chart', name: 'theirs', inbounds, specs: hidden.specs }) });
    await one.client.applySpec({ document: value(hidden) });
    await one.runtime.specs.put({ kind: 'theirs', name: 'mine' });

    for (const name of ['outer', 'mine']) expect(await stateOf(one, name)).toMatch(/not on the list/);
  });

  test('a pushed value does not lead a trusted node elsewhere', async () => {
    const one = await controlled({ allow: { targets: ['users:2'] } });
    await one.runtime.values.put({ name: 'host', data: 'users:1' });
    await one.runtime.specs.put({ ...rpc, name: 'users', target: '{{ .H }}', env: { H: { name: 'host' } } });
    expect(await stateOf(one, 'users')).toBe('active');
    const said = async () => {
      const { reason, refused } = (await one.client.listNodes({ name: 'users' })).nodes[0]!;
      return reason || refused;
    };

    await one.client.applyValue({ document: value({ name: 'host', data: '10.0.0.1:80' }) });
    await expect.poll(said).toMatch(/target .* is not on the list/);
    await one.client.applyValue({ document: value({ name: 'host', data: 'users:2' }) });

    await expect.poll(said).toBe('');
    expect(await stateOf(one, 'users')).toBe('active');
  });

  test('no file is read, and no module run, for a node that is refused', async () => {
    const one = await controlled();
    const file = join(await mkdtemp(join(tmpdir(), 'flowrpc-guard-')), 'module.mjs');
    await writeFile(file, 'globalThis.moduleWasRun = true; export default () => 1;');
    const specs = [{ kind: 'snippet', name: 'r', language: 'javascript', module: '{{ .M }}' }];
    await one.runtime.specs.put({
      kind: 'chart',
      name: 'script',
      inbounds,
      specs,
      env: { M: { data: '{{ .file }}' } },
    });
    await one.client.applySpec({ document: value({ kind: 'script', name: 'evil', file }) });

    expect(await stateOf(one, 'evil')).toMatch(/files of this machine are not allowed/);
    expect('moduleWasRun' in globalThis).toBe(false);
  });

  test('a kind that asks for a channel by itself gets none that is not allowed', async () => {
    const kind = defineKind<{ peer: string }>({
      kind: 'caller',
      fields: ['peer'],
      setup: ({ peer }, { channel }) => {
        channel(peer);
        return { process: () => 1 };
      },
    });
    const one = await controlled({ kinds: createKinds(kind) });
    await one.runtime.specs.put({ kind: 'caller', name: 'own', peer: '10.0.0.1:80' });
    await one.client.applySpec({ document: value({ kind: 'caller', name: 'pushed', peer: '10.0.0.1:80' }) });

    expect(await stateOf(one, 'own')).toBe('active');
    expect(await stateOf(one, 'pushed')).toMatch(/target "10\.0\.0\.1:80" is not on the list/);
  });

  test('a pushed http node is held to the list with each connection: what its name stands for then', async () => {
    const server = createHttpServer((_request, response) => response.end('secret'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    let address = '127.0.0.1';
    const resolve = async () => [{ address, family: 4 as const }];
    const one = await controlled({ outbound: { resolve }, allow: { targets: ['*'] } });
    await one.client.applySpec({
      document: value({ kind: 'http', name: 'pushed', url: `http://users.example:${port}` }),
    });
    await one.runtime.specs.put({ kind: 'http', name: 'own', url: `http://users.example:${port}` });
    expect(await stateOf(one, 'pushed')).toBe('active');
    expect(await stateOf(one, 'own')).toBe('active');
    const ask = (name: string) =>
      one.runtime.call(name, { header: { connection: 'close' } }).then(
        (reply) => (reply as { status: number }).status,
        ({ code }: StatusError) => code,
      );

    expect(await ask('pushed')).toBe(200);
    address = '169.254.169.254';
    server.closeAllConnections();

    await expect.poll(() => ask('pushed')).toBe(Code.PERMISSION_DENIED);
  });

  test.each(['rpc', 'edge'])('a pushed %s is held to the list whenever its name is resolved', async (what) => {
    const spy = vi
      .spyOn(dns.promises, 'lookup')
      .mockResolvedValue([{ address: '169.254.169.254', family: 4 }] as never);
    onTestFinished(() => spy.mockRestore());
    const one = await controlled({ allow: { targets: ['*'] } });
    const target = 'users.example:50051';
    const document =
      what === 'rpc'
        ? { ...rpc, name: 'pushed', target }
        : { kind: 'if', name: 'pushed', when: 'true', ports: { 'out[0]': [{ target, name: 'a.B', port: 'C' }] } };
    await one.client.applySpec({ document: value(document) });
    expect(await stateOf(one, 'pushed')).toBe('active');

    await expect(one.runtime.call('pushed', {}, { timeoutMs: 5_000 })).rejects.toThrow(/stands for 169\.254\.169\.254/);
  });

  test.each([
    ['proxy', { kind: 'proxy', urls: ['http://users.example:8080/'] }, 'in'],
    ['websocket', { kind: 'websocket', url: 'ws://users.example:8080/' }, 'io'],
    [
      'sql',
      { kind: 'sql', driver: 'postgres', source: 'postgres://u:p@users.example:8080/d', query: 'select 1' },
      'in',
    ],
  ])('a pushed %s is held to the list at each connection', async (_, fields, port) => {
    const asked: string[] = [];
    const resolve = async (host: string) => {
      asked.push(host);
      return [{ address: '169.254.169.254', family: 4 as const }];
    };
    const one = await controlled({ outbound: { resolve }, allow: { targets: ['*'] } });
    await one.client.applySpec({ document: value({ ...fields, name: 'pushed' }) });
    expect(await stateOf(one, 'pushed')).toBe('active');

    const outcome = await one.runtime
      .call('pushed', { method: 'GET', path: '/' }, { port, timeoutMs: 10_000 })
      .catch(({ code, message }: StatusError) => ({ code, message }));

    expect(asked).toContain('users.example');
    expect(outcome).toMatchObject({ message: expect.stringContaining('stands for 169.254.169.254') });
  });

  test('a pushed node with a url that templates or charts make up is held to the list', async () => {
    const one = await controlled({ allow: { targets: ['users.example'] } });
    const specs = [{ kind: 'http', name: 'r', url: 'http://{{ .H }}/' }];
    await one.runtime.specs.put({ kind: 'chart', name: 'web', inbounds, specs, env: { H: { data: '{{ .host }}' } } });
    await one.client.applySpec({ document: value({ kind: 'web', name: 'evil', host: '10.0.0.1' }) });
    await one.client.applySpec({ document: value({ kind: 'web', name: 'good', host: 'users.example' }) });

    expect(await stateOf(one, 'evil')).toMatch(/url "http:\/\/10\.0\.0\.1\/" is not on the list/);
    expect(await stateOf(one, 'good')).toBe('active');
  });

  test.each([['users.example:80'], ['http://users.example/'], ['*.example:80']])(
    'a pushed http node runs with %s allowed',
    async (entry) => {
      const one = await controlled({ allow: { targets: [entry] } });

      await one.client.applySpec({ document: value({ kind: 'http', name: 'pushed', url: 'http://users.example/' }) });

      expect(await stateOf(one, 'pushed')).toBe('active');
    },
  );

  test('files are allowed as a whole', async () => {
    const module = { kind: 'snippet', name: 'a', language: 'javascript', module: './nowhere.mjs' };

    expect(await apply(module, { files: true })).toBe('OK');
  });
});
