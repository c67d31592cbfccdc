import { Code, type Context, connect, createServer, type Peer, silentLogger } from 'flowrpc';
import { authz } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { callerKey, principalsOf } from '../../src/cli/configured-caller.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { authority } from '../transport/grpc/certificates.ts';

const claims = { scope: 'orders.read orders.write' };
const principals = principalsOf(['scope']);

test('principalsOf() gives the caller that auth found, and what its token says', () => {
  const call = { get: (key: object) => (key === callerKey ? { id: 'jwt:alice', claims } : undefined) };

  expect(principals(call as Context)).toEqual(['jwt:alice', 'scope:orders.read', 'scope:orders.write']);
});

test.each<[string, Peer, string[]]>([
  ['nothing', { address: 'a', security: 'none' }, []],
  ['a TLS peer without a certificate', { address: 'a', security: 'tls' }, ['']],
  [
    'a certificate',
    {
      address: 'a',
      security: 'tls',
      identity: { subject: 'shop', names: ['URI:scope:orders.read', 'DNS:shop.internal'], fingerprint: '' },
    },
    ['tls:scope:orders.read', 'tls:shop.internal', 'tls:CN=shop'],
  ],
])('principalsOf() names %s as such where auth did not run', (_what, peer, expected) => {
  expect(principals({ peer, get: () => undefined } as unknown as Context)).toEqual(expected);
});

test('a name in a certificate passes for no token', async () => {
  const ca = await authority();
  const alternatives = [{ type: 'dns' as const, value: 'localhost' }];
  const pair = await ca.issue({ name: 'localhost', alternatives });
  const forged = await ca.issue({ name: 'x', alternatives: [{ type: 'url', value: 'jwt:alice' }] });
  const rule = { name: 'alice', source: { principals: ['jwt:alice'] } };
  const policy = authz({ name: 'p', allow_rules: [rule] }, { principals });
  await using server = createServer({ logger: silentLogger, interceptors: [policy] }).add(ProbeService, echo);
  const { port } = await server.listen('127.0.0.1:0', { tls: { ...pair, ca: ca.cert, clientCertificate: 'require' } });
  await using channel = connect(`localhost:${port}`, { tls: { ca: ca.cert, ...forged } });

  const { code } = await channel.client(ProbeService).unary({ text: '', n: 1 }).status;

  expect(code).toBe(Code.PERMISSION_DENIED);
});
