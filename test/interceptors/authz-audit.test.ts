import { Code } from 'flowrpc';
import { type AuthzPolicy, authz } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { watchProcess } from './watch-process.ts';

const transport = transports[0] as TestTransport;
const policy: AuthzPolicy = {
  name: 'p',
  allow_rules: [{ name: 'all', request: { paths: ['*'] } }],
  audit_logging_options: { audit_condition: 'ON_DENY_AND_ALLOW', audit_loggers: [{ name: 'store' }] },
};

test('authz({ audit }) that rejects is a warning: neither the call nor the process ends by it', async () => {
  const { warnings, strays, stop } = watchProcess();
  const audit = async (): Promise<never> => {
    throw new Error('the store is down');
  };
  {
    const check = authz(policy, { audit, auditLoggers: { store: audit } });
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide('server', check) });

    for (const kind of kinds) expect((await run(probe.client, kind)).status.code).toBe(Code.OK);
  }

  await expect.poll(() => warnings.length).toBe(8);
  stop();
  expect(strays).toEqual([]);
  expect(new Set(warnings)).toEqual(new Set(['An audit of authz() failed: the store is down']));
});

test('authz({ audit }) that throws fails the call', async () => {
  const audit = (): never => {
    throw new Error('the store is down');
  };
  await using probe = await setup(transport, {
    handlers: everyKind(shout),
    ...onSide('server', authz(policy, { audit, auditLoggers: { store: () => {} } })),
  });

  expect((await run(probe.client, 'unary')).status.code).not.toBe(Code.OK);
});
