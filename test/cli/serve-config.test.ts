import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, StatusError } from 'flowrpc';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audience, type Issuer, issuerName, keyServer, seconds } from '../interceptors/jwt-issuer.ts';
import { authority } from '../transport/grpc/certificates.ts';
import { nodeClient, serveBy } from './configured-serve.ts';
import { flowrpc } from './flowrpc.ts';
import { folderOf } from './serving.ts';

const graph = `
- { kind: snippet, name: hello, language: text, code: Hello, ports: { out: [{ name: shout, port: in }] } }
- { kind: snippet, name: shout, language: text, code: HELLO }
`;
const policy = (...paths: string[]): string =>
  JSON.stringify({
    name: 'nodes',
    allow_rules: [
      { name: 'ada', source: { principals: ['jwt:ada'] }, request: { paths } },
      { name: 'writers', source: { principals: ['scope:write'] }, request: { paths: ['/default.shout/In'] } },
    ],
  });

let issuer: Issuer;
let dir: string;

beforeAll(async () => {
  issuer = await keyServer();
  dir = await folderOf({ 'graph.yaml': graph });
});
afterAll(() => issuer?.[Symbol.asyncDispose]());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

describe('serve --config', () => {
  test('puts auth, a policy, metrics and logging around every node, without code #146', async () => {
    const own = await folderOf({ 'graph.yaml': graph, 'policy.json': policy('/default.hello/*') });
    const serving = await serveBy(
      own,
      `
listen: 127.0.0.1:0
interceptors:
  server:
    - requestId
    - tracing
    - logging
    - metrics: { listen: 127.0.0.1:0 }
    - auth: { jwt: { issuer: ${issuerName}, audience: ${audience}, jwks: "${issuer.url}" } }
      except: grpc.health.v1.Health
    - authz: { file: policy.json, reloadMs: 50ms, claims: [scope], audit: denied }
      except: grpc.health.v1.Health
  nodes: [metrics]
  edges: [metrics]
`,
    );
    const call = await nodeClient(serving.address, graph);
    const ada = { authorization: `Bearer ${await issuer.sign()}` };
    const bob = { authorization: `Bearer ${await issuer.sign({ sub: 'bob', scope: 'read write' })}` };

    expect(await call('default.hello', 'x', { ...ada, 'x-request-id': 'request-1', traceparent })).toBe('HELLO');
    await expect(call('default.hello', 'x')).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
    await expect(call('default.hello', 'x', { authorization: 'Bearer a.b.c' })).rejects.toMatchObject({
      code: Code.UNAUTHENTICATED,
    });
    await expect(call('default.hello', 'x', bob)).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
    await expect(call('default.shout', 'x', ada)).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
    expect(await call('default.shout', 'x', bob)).toBe('HELLO');
    expect((await flowrpc(['health', serving.address, 'default.hello'])).stdout).toBe('SERVING\n');
    expect((await flowrpc(['list', serving.address])).stderr).toMatch(/UNAUTHENTICATED/);

    // The policy is replaced as tools do it, by a rename.
    await writeFile(join(own, 'next.json'), policy('/default.*'));
    await rename(join(own, 'next.json'), join(own, 'policy.json'));
    await expect.poll(() => codeOf(call('default.shout', 'x', ada)), { timeout: 20_000 }).toBe(Code.OK);

    expect(serving.log()).toContainEqual(
      expect.objectContaining({
        level: 'info',
        message: 'server call ended',
        method: '/default.hello/In',
        code: 'OK',
        requestId: 'request-1',
        traceId,
      }),
    );
    expect(serving.log()).toContainEqual(
      expect.objectContaining({ message: 'authorization', principal: 'jwt:bob', allowed: false }),
    );
    const url = /metrics on (\S+)/.exec(serving.stderr())![1];
    const text = await (await fetch(`http://${url}`)).text();
    expect(text).toMatch(/^grpc_server_handled_total\{.*grpc_service="default\.hello".*grpc_code="OK".*\} 1$/m);
    expect(text).toMatch(/^grpc_server_handled_total\{.*"default\.hello".*grpc_code="Unauthenticated".*\} 2$/m);
    expect(text).toMatch(/^flowrpc_node_calls_total\{.*shout.*\} [2-9]/m);
    expect(text).toMatch(/^flowrpc_edge_calls_total\{.*default\.hello\/out.*default\.shout\/in.*\} 1$/m);
    expect(text).toMatch(/^network_connections_active [1-9]/m);
    expect(await serving.stop()).toBe(0);
    await expect(fetch(`http://${url}`)).rejects.toThrow();
  });

  test('lets trace and request id travel on over edges to other processes, without an OpenTelemetry SDK', async () => {
    const back = await serveBy(dir, 'listen: 127.0.0.1:0\ninterceptors: { server: [tracing, logging] }\n');
    const front = `- { kind: snippet, name: front, language: text, code: x, ports: { out: [{ target: "${back.address}", name: default.shout, port: In }] } }`;
    await writeFile(join(dir, 'front.yaml'), front);
    const serving = await serveBy(
      dir,
      'listen: 127.0.0.1:0\ninterceptors: { server: [requestId, tracing, logging], edges: [requestId, tracing] }\n',
      { graph: 'front.yaml' },
    );
    const call = await nodeClient(serving.address, front);

    expect(await call('default.front', 'x', { 'x-request-id': 'request-2', traceparent })).toBe('HELLO');

    for (const { log } of [serving, back]) {
      await expect
        .poll(() => log().filter(({ method }) => String(method).startsWith('/default.')), { timeout: 20_000 })
        .toEqual([expect.objectContaining({ requestId: 'request-2', traceId, code: 'OK' })]);
    }
    expect(serving.stderr()).toContain('no OpenTelemetry SDK is registered');
  });

  test('records spans with an SDK that --import brings, one trace over server, node and edge', async () => {
    const exporter = new URL('print-spans.mjs', import.meta.url).pathname;
    const serving = await serveBy(
      dir,
      'listen: 127.0.0.1:0\ninterceptors: { server: [tracing], nodes: [tracing], edges: [tracing] }\n',
      { before: ['--import', exporter] },
    );
    const call = await nodeClient(serving.address, graph);

    await call('default.hello', 'x', { traceparent });

    await expect.poll(() => serving.log().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
    const spans = serving.log() as { name: string; traceId: string; spanId: string; parent: string; kind: number }[];
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const [edge] = spans.filter(({ kind }) => kind === 2);
    const [inner] = spans.filter(({ parent }) => parent === edge!.spanId);
    const [outer] = spans.filter(({ spanId }) => spanId === edge!.parent);
    expect([outer!.name, edge!.name, inner!.name]).toEqual([
      'default.hello/In',
      'default.shout/In',
      'default.shout/In',
    ]);
    expect(outer!.parent).toBe(traceparent.split('-')[2]);
    expect(serving.stderr()).not.toContain('no OpenTelemetry SDK');
  });

  test('serves TLS, takes only the clients of its authority, and knows them by their certificates', async () => {
    const ca = await authority();
    const server = await ca.issue({ name: 'localhost', alternatives: [{ type: 'dns', value: 'localhost' }] });
    const shop = await ca.issue({ name: 'shop', alternatives: [{ type: 'url', value: 'spiffe://shop.example/web' }] });
    const other = await ca.issue({ name: 'x', alternatives: [{ type: 'url', value: 'spiffe://x.example/web' }] });
    const own = await folderOf({ 'graph.yaml': graph, 'ca.pem': ca.cert, 's.pem': server.cert, 's.key': server.key });
    const serving = await serveBy(
      own,
      `
listen: localhost:0
tls: { certFile: s.pem, keyFile: s.key, caFile: ca.pem, clientCertificate: require, minVersion: TLSv1.3 }
interceptors: { server: [{ auth: { tlsIdentity: { spiffe: ["spiffe://shop.example/*"] } } }] }
`,
    );
    const tls = { ca: ca.cert, serverName: 'localhost' };
    const callers = await Promise.all(
      [shop, other, {}].map((pair) => nodeClient(serving.address, graph, { tls: { ...tls, ...pair } })),
    );

    const [right, stranger, nobody] = await Promise.all(callers.map((call) => codeOf(call('default.hello', 'x'))));

    expect([right, stranger, nobody]).toEqual([Code.OK, Code.UNAUTHENTICATED, Code.UNAVAILABLE]);
    expect(await serving.stop()).toBe(0);
  });

  test('bounds calls by its limits, and by interceptors for the methods they are for', async () => {
    const serving = await serveBy(
      dir,
      `
listen: 127.0.0.1:0
limits: { maxReceiveBytes: 1KiB }
reflection: off
interceptors:
  server:
    - rateLimit: { perSecond: 0.001, burst: 1, key: { metadata: x-tenant } }
      only: { service: default.shout }
    - faults: { rules: [{ metadata: { x-fault: "yes" }, abort: { code: ABORTED, message: as asked } }] }
`,
    );
    const call = await nodeClient(serving.address, graph);
    const of = (tenant: string) => codeOf(call('default.shout', 'x', { 'x-tenant': tenant }));

    expect(await codeOf(call('default.hello', 'x'.repeat(2_000)))).toBe(Code.RESOURCE_EXHAUSTED);
    expect([await of('a'), await of('a'), await of('b')]).toEqual([Code.OK, Code.RESOURCE_EXHAUSTED, Code.OK]);
    expect([await codeOf(call('default.hello', 1)), await codeOf(call('default.hello', 1))]).toEqual([0, 0]);
    await expect(call('default.hello', 'x', { 'x-fault': 'yes' })).rejects.toThrow('as asked');
    expect((await flowrpc(['list', serving.address])).stderr).toContain('UNIMPLEMENTED');
  });

  test('sends credentials along edges, and callers are told apart by API keys, with secrets from outside', async () => {
    const key = 'key_abcdefghijklmnopqrstuvwxyz0123456789';
    const secret = 'canary-secret-of-more-than-32-bytes';
    const token = await new SignJWT({ iss: 'i', aud: 'a', exp: seconds(60) })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(secret));
    const { hashApiKey } = await import('flowrpc/interceptors');
    const back = await serveBy(
      dir,
      `
listen: 127.0.0.1:0
interceptors:
  server:
    - logging: { metadata: true }
    - auth:
        jwt: { issuer: i, audience: a, secret: { env: JWT_SECRET } }
        apiKeys: { keys: [{ hash: "${hashApiKey(key)}", identity: front }] }
      except: { service: [grpc.reflection.v1.ServerReflection] }
`,
      { env: { JWT_SECRET: secret } },
    );
    const front = `- { kind: snippet, name: front, language: text, code: x, ports: { out: [{ target: "${back.address}", name: default.shout, port: In }] } }`;
    await writeFile(join(dir, 'keyed.yaml'), front);
    const serving = await serveBy(
      dir,
      'listen: 127.0.0.1:0\ninterceptors: { edges: [{ apiKey: { key: { env: BACK_KEY }, plaintext: true } }, retry, circuitBreaker] }\n',
      { graph: 'keyed.yaml', env: { BACK_KEY: key } },
    );
    const call = await nodeClient(serving.address, front);

    expect(await call('default.front', 'x')).toBe('HELLO');
    expect(await codeOf((await nodeClient(back.address, graph))('default.shout', 'x'))).toBe(Code.UNAUTHENTICATED);
    const direct = await nodeClient(back.address, graph);
    expect(await direct('default.shout', 'x', { authorization: `Bearer ${token}` })).toBe('HELLO');
    expect(await codeOf(direct('default.shout', 'x', { authorization: `Bearer ${token}x` }))).toBe(16);
    for (const hidden of [key, secret, token]) expect(serving.stderr() + back.stderr()).not.toContain(hidden);
  });

  test('counts calls by who auth found, and by the address that realIp found', async () => {
    const { hashApiKey } = await import('flowrpc/interceptors');
    const keys = ['ada', 'bob'].map((name) => [name, `key_of_${name}_0123456789abcdefghijklmnop`] as const);
    const serving = await serveBy(
      dir,
      `
listen: 127.0.0.1:0
interceptors:
  server:
    - realIp: { trusted: [127.0.0.1] }
    - rateLimit: { perSecond: 0.001, burst: 1, key: ip }
      only: /default.shout/*
    - auth: { apiKeys: { keys: [${keys.map(([name, key]) => `{ identity: ${name}, hash: "${hashApiKey(key)}" }`)}] } }
      only: default.hello
    - rateLimit: { perSecond: 0.001, burst: 1, key: caller }
      only: { service: default.hello, kind: unary }
`,
    );
    const call = await nodeClient(serving.address, graph);
    const by = (key: string) => codeOf(call('default.hello', 'x', { 'x-api-key': key }));
    const from = (ip: string) => codeOf(call('default.shout', 'x', { 'x-forwarded-for': ip }));
    const [[, ada], [, bob]] = keys as [(typeof keys)[number], (typeof keys)[number]];

    expect([await by(ada), await by(ada), await by(bob)]).toEqual([Code.OK, Code.RESOURCE_EXHAUSTED, Code.OK]);
    expect([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.2')]).toEqual([
      Code.OK,
      Code.RESOURCE_EXHAUSTED,
      Code.OK,
    ]);
  });

  test('reaches targets outside over TLS, with what it says of them', async () => {
    const ca = await authority();
    const server = await ca.issue({ name: 'back', alternatives: [{ type: 'dns', value: 'back.test' }] });
    const client = await ca.issue({ name: 'front', alternatives: [{ type: 'dns', value: 'front.test' }] });
    const own = await folderOf({
      'graph.yaml': graph,
      'ca.pem': ca.cert,
      's.pem': server.cert,
      's.key': server.key,
      'c.pem': client.cert,
      'c.key': client.key,
    });
    const back = await serveBy(
      own,
      'listen: 127.0.0.1:0\ntls: { certFile: s.pem, keyFile: s.key, caFile: ca.pem, clientCertificate: require }\nreflection: on\n',
    );
    const front = `- { kind: snippet, name: front, language: text, code: x, ports: { out: [{ target: "${back.address}", name: default.shout, port: In }] } }`;
    await writeFile(join(own, 'front.yaml'), front);
    const serving = await serveBy(
      own,
      'listen: 127.0.0.1:0\ntargets: { tls: { caFile: ca.pem, certFile: c.pem, keyFile: c.key, serverName: back.test } }\n',
      { graph: 'front.yaml' },
    );

    expect(await (await nodeClient(serving.address, front))('default.front', 'x')).toBe('HELLO');
  });

  test('is overruled by the command line', async () => {
    const serving = await serveBy(dir, 'listen: unix:/nowhere/at/all.sock\nreflection: on\ngraceMs: 1s\n', {
      args: ['--listen', '127.0.0.1:0', '--reflection', 'off', '--grace', '3s'],
    });

    expect(serving.address).toMatch(/^127\.0\.0\.1:/);
    expect((await flowrpc(['list', serving.address])).stderr).toContain('UNIMPLEMENTED');
    expect(await serving.stop()).toBe(0);
    expect(serving.stderr()).toContain('for 3 s');
  });

  test('fails when the metrics cannot be served, and nothing stays open', async () => {
    const serving = await serveBy(dir, 'listen: 127.0.0.1:0\n');
    const config = `listen: 127.0.0.1:0\ninterceptors: { server: [{ metrics: { listen: "${serving.address}" } }] }\n`;

    await expect(serveBy(dir, config)).rejects.toThrow(/Cannot serve metrics on .*in use/);
  });
});

async function codeOf(call: Promise<unknown>): Promise<Code> {
  try {
    await call;
    return Code.OK;
  } catch (error) {
    if (error instanceof StatusError) return error.code;
    throw error;
  }
}
