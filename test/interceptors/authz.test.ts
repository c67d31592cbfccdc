import { Code, type Interceptor, key } from 'flowrpc';
import { authz } from 'flowrpc/interceptors/authz';
import type { AuthzEvent } from 'flowrpc/interceptors/authz/authz-audit';
import type { AuthzPolicy } from 'flowrpc/interceptors/authz/authz-policy';
import { describe, expect, test, vi } from 'vitest';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const wire = transports[2] as TestTransport;
const user = key<string>('user');
/** Stands for `auth()`: what it puts there was proved. */
const proved: Interceptor = (call, next) => next(call.with(user, call.metadata.get('x-user') as string));
const principals = (call: { get<T>(key: { name: string; initial?: T }): T | undefined }) => call.get(user);

const policy: AuthzPolicy = {
  name: 'probe',
  deny_rules: [{ name: 'nobody from mars', request: { headers: [{ key: 'X-Planet', values: ['mars', 'm*'] }] } }],
  allow_rules: [
    { name: 'ada may all', source: { principals: ['ada'] } },
    { name: 'known may stream', source: { principals: ['*'] }, request: { paths: ['*Stream', '/suite.Probe/Bidi'] } },
  ],
};

describe.each(kinds)('authz(), %s', (kind) => {
  test('deny first, then allow, and refused by default, before the handler runs', async () => {
    let handled = 0;
    await using probe = await setup(wire, {
      handlers: everyKind((requests, context) => {
        handled += 1;
        return shout(requests, context);
      }),
      ...onSide('server', proved, authz(policy, { principals })),
    });
    const call = async (metadata: Record<string, string>) => (await run(probe.client, kind, { metadata })).status;

    const ada = await call({ 'x-user': 'ada' });
    const eve = await call({ 'x-user': 'eve' });
    const nobody = await call({});
    const martian = await call({ 'x-user': 'ada', 'x-planet': 'mars' });

    const streams = kind !== 'unary';
    expect(ada.code).toBe(Code.OK);
    expect(eve.code).toBe(streams ? Code.OK : Code.PERMISSION_DENIED);
    const refused = { code: Code.PERMISSION_DENIED, message: 'The call is not allowed', details: [] };
    expect(nobody).toMatchObject(refused);
    expect(martian).toMatchObject(refused);
    expect(handled).toBe(streams ? 2 : 1);
  });
});

test('authz() joins values of a header with commas; a deny rule looks at each of them too, and between commas', async () => {
  const rules: AuthzPolicy = {
    name: 'p',
    deny_rules: [{ name: 'no guests', request: { headers: [{ key: 'x-role', values: ['guest'] }] } }],
    allow_rules: [
      { name: 'admin', request: { headers: [{ key: 'x-role', values: ['admin', 'root*'] }] } },
      { name: 'both', request: { headers: [{ key: 'x-role', values: ['one,two'] }] } },
    ],
  };
  await using probe = await setup(wire, onSide('server', authz(rules)));
  const call = async (...roles: string[]) =>
    (await run(probe.client, 'unary', { metadata: { 'x-role': roles } })).status.code;

  const { OK, PERMISSION_DENIED } = Code;
  expect(await call('admin')).toBe(OK);
  expect(await call('admin', 'user')).toBe(PERMISSION_DENIED);
  expect(await call('root', 'user')).toBe(OK);
  expect(await call('root', 'guest')).toBe(PERMISSION_DENIED);
  expect(await call('guest')).toBe(PERMISSION_DENIED);
  expect(await call('root, guest')).toBe(PERMISSION_DENIED);
  expect(await call('root', 'rooted ,guest , x')).toBe(PERMISSION_DENIED);
  expect(await call('root,guests')).toBe(OK);
  expect(await call('one', 'two')).toBe(OK);
  expect(await call()).toBe(PERMISSION_DENIED);
});

test('authz() answers for methods that nobody registered', async () => {
  await using probe = await setup(transport, onSide('server', proved, authz(policy, { principals })));
  const call = (metadata: Record<string, string>) =>
    probe.channel.call('/no.Such/Method', new Uint8Array(), { metadata }).status;

  const codes = [(await call({})).code, (await call({ 'x-user': 'ada' })).code];

  expect(codes).toEqual([Code.PERMISSION_DENIED, Code.UNIMPLEMENTED]);
});

describe('authz({ audit })', () => {
  const decisions = async (audited: AuthzPolicy) => {
    const events: AuthzEvent[] = [];
    const options = { principals, audit: (event: AuthzEvent) => events.push(event) };
    await using probe = await setup(transport, onSide('server', proved, authz(audited, options)));
    for (const name of ['ada', 'eve']) await run(probe.client, 'unary', { metadata: { 'x-user': name } });
    await run(probe.client, 'bidi', { metadata: { 'x-user': 'eve', 'x-planet': 'mars' } });
    return events;
  };

  test('tells every decision: method, principal, policy, rule', async () => {
    expect(await decisions(policy)).toEqual([
      { method: '/suite.Probe/Unary', principal: 'ada', policy: 'probe', rule: 'ada may all', allowed: true },
      { method: '/suite.Probe/Unary', principal: 'eve', policy: 'probe', rule: '', allowed: false },
      { method: '/suite.Probe/Bidi', principal: 'eve', policy: 'probe', rule: 'nobody from mars', allowed: false },
    ]);
  });

  test.each([
    ['NONE', []],
    [undefined, []],
    ['ON_DENY', [false, false]],
    ['ON_ALLOW', [true]],
    ['ON_DENY_AND_ALLOW', [true, false, false]],
  ] as const)('tells what the policy’s own condition %s wants (A59)', async (audit_condition, expected) => {
    const events = await decisions({ ...policy, audit_logging_options: { audit_condition } });

    expect(events.map(({ allowed }) => allowed)).toEqual(expected);
  });

  test('knows stdout_logger and those it is given; another is refused unless optional', async () => {
    const lines: string[] = [];
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const seen: unknown[] = [];
    const logging = (...names: object[]): AuthzPolicy => ({
      ...policy,
      audit_logging_options: {
        audit_condition: 'ON_ALLOW',
        audit_loggers: names as { name: string }[],
      },
    });
    const auditLoggers = {
      ours: (event: AuthzEvent, _call: unknown, config?: object) => seen.push([event.rule, config]),
    };
    const both = logging(
      { name: 'stdout_logger' },
      { name: 'ours', config: { topic: 'a' } },
      { name: 'x', is_optional: true },
    );
    await using probe = await setup(transport, onSide('server', proved, authz(both, { principals, auditLoggers })));

    await run(probe.client, 'unary', { metadata: { 'x-user': 'ada' } });
    stdout.mockRestore();

    expect(seen).toEqual([['ada may all', { topic: 'a' }]]);
    const ours = lines.filter((line) => line.includes('grpc_audit_log'));
    expect(ours.map((line) => JSON.parse(line).grpc_audit_log)).toEqual([
      {
        timestamp: expect.any(String),
        rpc_method: '/suite.Probe/Unary',
        principal: 'ada',
        policy_name: 'probe',
        matched_rule: 'ada may all',
        authorized: true,
      },
    ]);
    expect(() => authz(logging({ name: 'syslog' }))).toThrow('audit logger "syslog" is unknown, wanted stdout_logger');
  });

  test('a hook that throws lets nothing pass', async () => {
    const audit = (): never => {
      throw new Error('disk full');
    };
    await using probe = await setup(transport, onSide('server', proved, authz(policy, { principals, audit })));

    const { status } = await run(probe.client, 'unary', { metadata: { 'x-user': 'ada' } });

    expect(status.code).toBe(Code.UNKNOWN);
    expect(status.message).not.toContain('disk');
  });
});

test('authz() asks who calls only when a rule or the audit wants to know, and once', async () => {
  let asked = 0;
  const counting = () => {
    asked += 1;
    return ['eve'];
  };
  const open: AuthzPolicy = { name: 'p', allow_rules: [{ name: 'all' }] };
  await using free = await setup(transport, onSide('server', authz(open, { principals: counting })));
  await using asking = await setup(
    transport,
    onSide('server', authz(policy, { principals: counting, audit: () => {} })),
  );

  await run(free.client, 'unary');
  const before = asked;
  await run(asking.client, 'unary');

  expect([before, asked]).toEqual([0, 1]);
});

test.each([
  [[undefined as never], 'Cannot use the authorization policy: policy is undefined, wanted an object'],
  [['policy.json' as never], 'policy is "policy.json", wanted an object'],
  [[policy, { principals: 'x' as never }], 'Cannot authorize with principals x: wanted a function'],
  [[policy, { audit: true as never }], 'Cannot authorize with audit true: wanted a function'],
  [[policy, { principal: () => '' } as never], 'did you mean "principals"?'],
] as const)('authz%j is refused', (given, message) => {
  expect(() => authz(...(given as unknown as [AuthzPolicy]))).toThrow(message);
});
