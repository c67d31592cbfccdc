import fc from 'fast-check';
import { Code, type Context, connect, createServer, key, type ServerOptions, silentLogger } from 'flowrpc';
import { auth, bearer, bearerToken } from 'flowrpc/interceptors';
import { authz } from 'flowrpc/interceptors/authz';
import type { AuthzEvent } from 'flowrpc/interceptors/authz/authz-audit';
import { uncovered } from 'flowrpc/interceptors/authz/authz-coverage';
import type { AuthzPolicy, AuthzRule } from 'flowrpc/interceptors/authz/authz-policy';
import { health, reflection } from 'flowrpc/services';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grpcFrame, HttpPeer } from '../hostile/raw-http2.ts';
import { openTarget, unaryPath } from '../hostile/target.ts';
import { outcome } from '../suites/kinds.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { setup, type TestTransport, transports } from '../suites/transports.ts';
import { type Authority, authority, type Certificate } from '../transport/grpc/certificates.ts';

const allow = (...paths: string[]): AuthzRule => ({ name: paths.join(), request: { paths } });
const allowing = (...allow_rules: AuthzRule[]): AuthzPolicy => ({ name: 'p', allow_rules });

/** Stands where the control service of a runtime stands. */
const Control = {
  name: 'flowrpc.v1.Control',
  files: [],
  methods: { stop: { ...ProbeService.methods.unary, service: 'flowrpc.v1.Control', path: '/flowrpc.v1.Control/Stop' } },
};

describe('T-06', () => {
  const house = (interceptors: ServerOptions['interceptors'] = []) =>
    createServer({ logger: silentLogger, interceptors })
      .add(ProbeService, echo)
      .add(Control, { stop: (request) => request })
      .add(health())
      .add(reflection());

  test('uncovered() finds every method of a server that no rule speaks of, health, reflection and control included', () => {
    const policy = allowing(
      allow(unaryPath, '/suite.Probe/Bidi'),
      allow('/grpc.health.*'),
      { name: 'all' },
      allow('*'),
    );

    expect(uncovered(policy, house().services)).toEqual([
      '/suite.Probe/ServerStream',
      '/suite.Probe/ClientStream',
      '/flowrpc.v1.Control/Stop',
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
    ]);
  });

  test('uncovered() takes deny rules for an answer, and with exact no pattern', () => {
    const policy: AuthzPolicy = {
      name: 'p',
      deny_rules: [allow('/suite.Probe/Bidi')],
      allow_rules: [allow('/suite.Probe/U*', '*ServerStream', '/suite.Probe/ClientStream')],
    };

    expect(uncovered(policy, [ProbeService])).toEqual([]);
    expect(uncovered(policy, [ProbeService], { exact: true })).toEqual([unaryPath, '/suite.Probe/ServerStream']);
  });

  test('a method without a rule is refused, whichever service it belongs to', async () => {
    await using server = house([authz(allowing(allow(unaryPath)))]);
    const { address } = await server.listen('127.0.0.1:0');
    await using channel = connect(address);
    const methods = [...server.services.values()].flatMap((service) => Object.values(service.methods));

    const codes = new Map<string, Code>();
    for (const { path } of methods) {
      codes.set(path, (await channel.call(path, new TextEncoder().encode('{"text":"a","n":1}')).status).code);
    }

    expect(methods.length).toBe(10);
    expect(codes.get(unaryPath)).toBe(Code.OK);
    codes.delete(unaryPath);
    expect(new Set(codes.values())).toEqual(new Set([Code.PERMISSION_DENIED]));
  });
});

describe('W-13 the path that authz() looks at is the path that is routed', () => {
  const body = [grpcFrame('{"text":"a","n":1}')];

  test.each([
    '//suite.Probe/Unary',
    '/suite.Probe//Unary',
    'suite.Probe/Unary',
    '/suite.Probe/Unary/',
    '/suite.Probe/Unary?x=1',
    '/suite.Probe/Unary#x',
    '/suite.Probe/%55nary',
    '/suite.probe/unary',
    '/SUITE.PROBE/UNARY',
    '/suite.Probe/../suite.Probe/Unary',
    '/suite.Probe/./Unary',
    '/suite.Probe/Unary%00',
    '*',
    'http://localhost/suite.Probe/Unary',
  ])('%s gets around no deny rule', async (path) => {
    const events: AuthzEvent[] = [];
    const policy: AuthzPolicy = { ...allowing({ name: 'all' }), deny_rules: [allow(unaryPath)] };
    const check = authz(policy, { audit: (event) => events.push(event) });
    await using target = await openTarget({}, { interceptors: [check] });
    await using peer = new HttpPeer(target.port);

    const reply = await peer.call(path, { body }).catch(() => undefined);

    // Either it is no path at all, or it was looked at as it came, and leads nowhere.
    expect(target.started).toEqual([]);
    expect([undefined, Code.UNIMPLEMENTED]).toContain(reply?.code);
    expect(events.map(({ method }) => method)).toEqual(events.length === 0 ? [] : [path]);
  });

  test('a handler runs only for a path that was allowed by its own name, whatever is sent', async () => {
    const events: AuthzEvent[] = [];
    const check = authz(allowing(allow(unaryPath)), { audit: (event) => events.push(event) });
    await using target = await openTarget({}, { interceptors: [check] });
    await using peer = new HttpPeer(target.port);
    const part = fc.constantFrom('/', '//', 'suite', '.', 'Probe', 'probe', 'Unary', 'Bidi', '?', '%2F', '..', 'a');
    const path = fc.oneof(
      fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
      fc.constantFrom(unaryPath, '/suite.Probe/Bidi', '/suite.Probe/Unary/'),
    );

    await fc.assert(
      fc.asyncProperty(path, async (sent) => {
        events.length = target.started.length = 0;
        const reply = await peer.call(sent, { body }).catch(() => undefined);

        expect(target.started).toEqual(sent === unaryPath ? ['unary'] : []);
        for (const { method, allowed } of events) expect([method, allowed]).toEqual([sent, sent === unaryPath]);
        if (sent !== unaryPath) expect(reply?.code).not.toBe(Code.OK);
      }),
      { numRuns: 150 },
    );
  });

  test('in process it is the same', async () => {
    const events: AuthzEvent[] = [];
    const policy: AuthzPolicy = { ...allowing({ name: 'all' }), deny_rules: [allow(unaryPath)] };
    const check = authz(policy, { audit: (event) => events.push(event) });
    await using probe = await setup(transports[0] as TestTransport, { server: { interceptors: [check] } });
    const paths = [
      '/suite.Probe/Unary?x',
      '/suite.Probe/%55nary',
      '/suite.probe/unary',
      '/suite.Probe/Unary ',
      unaryPath,
    ];

    const codes = [];
    for (const path of paths) {
      const sent = new TextEncoder().encode('{"text":"a","n":1}');
      codes.push((await probe.channel.call(path, sent).status).code);
    }

    const { UNIMPLEMENTED, PERMISSION_DENIED } = Code;
    expect(codes).toEqual([UNIMPLEMENTED, UNIMPLEMENTED, UNIMPLEMENTED, UNIMPLEMENTED, PERMISSION_DENIED]);
    expect(events.map(({ method, allowed }) => [method, allowed])).toEqual(
      paths.map((path) => [path, path !== unaryPath]),
    );
  });
});

describe('certificates', () => {
  let ca: Authority;
  let serverPair: Certificate;
  const local = [
    { type: 'dns' as const, value: 'localhost' },
    { type: 'ip' as const, value: '127.0.0.1' },
  ];
  const workload = (name: string) =>
    ca.issue({
      name,
      alternatives: [
        { type: 'url', value: `spiffe://shop/${name}` },
        { type: 'dns', value: `${name}.internal` },
      ],
    });
  beforeAll(async () => {
    ca = await authority();
    serverPair = await ca.issue({ name: 'localhost', alternatives: local });
  });
  const closing: { close(): Promise<unknown> }[] = [];
  afterAll(() => Promise.all(closing.map((each) => each.close())));

  async function serve(options: ServerOptions, handlers = echo, clientCertificates: 'require' | 'request' = 'require') {
    const server = createServer({ logger: silentLogger, ...options }).add(ProbeService, handlers);
    closing.push(server);
    const { port } = await server.listen('127.0.0.1:0', {
      tls: { ...serverPair, ca: ca.cert, clientCertificate: clientCertificates },
    });
    return `127.0.0.1:${port}`;
  }

  test('a principal is what the certificate proves: URI, DNS and common name, or nobody', async () => {
    const seen: string[][] = [];
    const policyOf = (...principals: string[]) =>
      authz(allowing({ name: 'known', source: { principals } }), {
        audit: ({ rule, principal }) => seen.push([rule, principal]),
      });
    const billing = await workload('billing');
    const codes: Code[] = [];
    for (const principal of [
      'spiffe://shop/billing',
      'spiffe://shop/*',
      'billing.internal',
      'CN=billing',
      'billing',
      'spiffe://shop/ops',
      '',
    ]) {
      const address = await serve({ interceptors: [policyOf(principal)] });
      await using channel = connect(address, { tls: { ca: ca.cert, ...billing } });
      codes.push((await channel.client(ProbeService).unary({ text: '', n: 1 }).status).code);
    }

    const { OK, PERMISSION_DENIED } = Code;
    expect(codes).toEqual([OK, OK, OK, OK, PERMISSION_DENIED, PERMISSION_DENIED, PERMISSION_DENIED]);
    expect(new Set(seen.map(([, principal]) => principal))).toEqual(new Set(['spiffe://shop/billing']));
  });

  test('a common name passes for no SPIFFE id and no DNS name, and of several URIs none counts', async () => {
    const admin = { type: 'url' as const, value: 'spiffe://shop/admin' };
    const guest = { type: 'url' as const, value: 'spiffe://shop/guest' };
    const principals = ['spiffe://shop/admin', '*/admin', '*.internal', 'billing.internal'];
    const seen: string[] = [];
    const address = await serve({
      interceptors: [
        authz(allowing({ name: 'known', source: { principals } }), { audit: ({ principal }) => seen.push(principal) }),
      ],
    });
    const callers = [
      { name: admin.value },
      { name: admin.value, alternatives: [guest] },
      { name: 'billing.internal' },
      { name: 'x', alternatives: [guest, admin] },
      { name: 'x', alternatives: [{ type: 'dns' as const, value: admin.value }] },
      { name: 'x', alternatives: [admin] },
    ];

    const codes: Code[] = [];
    for (const caller of callers) {
      await using channel = connect(address, { tls: { ca: ca.cert, ...(await ca.issue(caller)) } });
      codes.push((await channel.client(ProbeService).unary({ text: '', n: 1 }).status).code);
    }

    const { OK, PERMISSION_DENIED: denied } = Code;
    expect(codes).toEqual([denied, denied, denied, denied, denied, OK]);
    expect(seen).toEqual(['', guest.value, '', 'CN=x', 'CN=x', admin.value]);
  });

  test('a TLS peer without a certificate is the empty principal; one without TLS is nobody', async () => {
    const policy = allowing({ name: 'anonymous', source: { principals: [''] } });
    const address = await serve({ interceptors: [authz(policy)] }, echo, 'request');
    await using anonymous = connect(address, { tls: { ca: ca.cert } });
    await using plain = createServer({ logger: silentLogger, interceptors: [authz(policy)] }).add(ProbeService, echo);
    const listening = await plain.listen('127.0.0.1:0');
    await using nobody = connect(listening.address);

    const codes = [];
    for (const channel of [anonymous, nobody])
      codes.push((await channel.client(ProbeService).unary({ text: '', n: 1 }).status).code);

    expect(codes).toEqual([Code.OK, Code.PERMISSION_DENIED]);
  });

  test('T-10 a node lends nobody its own rights: the next one knows the node by its certificate, or the caller by its token', async () => {
    const user = key<string>('user');
    const byToken = auth((call) => bearer(call), { as: user });
    const forged = { 'x-user': 'ops', 'x-forwarded-client-cert': 'URI=spiffe://shop/ops' };
    const rules = (...principals: string[]) =>
      allowing(
        { name: 'reads', source: { principals: ['*'] }, request: { paths: [unaryPath] } },
        { name: 'admin', source: { principals }, request: { paths: ['/suite.Probe/ServerStream'] } },
      );
    const backend = (server: ServerOptions) => serve(server);
    // One looks at who connects, the other at who began: the caller's own token, which the node forwards.
    const byNode = await backend({ interceptors: [authz(rules('spiffe://shop/ops'))] });
    const byCaller = await backend({
      interceptors: [byToken, authz(rules('ops'), { principals: (call: Context) => call.get(user) })],
    });
    const node = await workload('node');
    const tls = { ca: ca.cert, ...node };
    const [toNode, toCaller] = [connect(byNode, { tls }), connect(byCaller, { tls })];
    closing.push(toNode, toCaller);

    /** A node that calls the other's admin method for whoever asks it to. */
    const deputy = await serve(
      { forward: ['authorization', 'x-user'] },
      {
        ...echo,
        unary: async ({ text, n }) => {
          const to = (text === 'by node' ? toNode : toCaller).client(ProbeService);
          const stream = to.serverStream(
            { text, n },
            { metadata: { 'x-forwarded-client-cert': 'URI=spiffe://shop/ops' } },
          );
          const { status } = await outcome(stream);
          return { text, n: status.code };
        },
      },
    );
    const answer = async (token: string, text: string): Promise<number> => {
      await using channel = connect(deputy, { tls, interceptors: [bearerToken(token)] });
      return (await channel.client(ProbeService).unary({ text, n: 1 }, { metadata: forged })).n;
    };

    expect(await answer('guest', 'by node')).toBe(Code.PERMISSION_DENIED);
    expect(await answer('ops', 'by node')).toBe(Code.PERMISSION_DENIED);
    expect(await answer('guest', 'by caller')).toBe(Code.PERMISSION_DENIED);
    expect(await answer('ops', 'by caller')).toBe(Code.OK);
  });
});
