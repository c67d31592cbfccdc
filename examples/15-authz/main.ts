// Who may call what: a policy in the JSON of gRFC A43, for every method there is, health and reflection included.
import { codeName, connect, createServer, key } from 'flowrpc';
import { type AuthzPolicy, auth, authz, bearer, bearerToken, uncovered } from 'flowrpc/interceptors';
import { health, reflection } from 'flowrpc/services';
import { Greeter } from '../gen/greeter.js';

const policy: AuthzPolicy = {
  name: 'greeter',
  deny_rules: [{ name: 'no robots', request: { headers: [{ key: 'x-agent', values: ['robot*'] }] } }],
  allow_rules: [
    { name: 'probes', request: { paths: ['/grpc.health.v1.Health/*'] } },
    { name: 'anybody known', source: { principals: ['*'] }, request: { paths: ['/examples.Greeter/SayHello'] } },
    { name: 'admins', source: { principals: ['admin:*'] }, request: { paths: ['/examples.Greeter/*'] } },
  ],
};

const user = key<string>('user');
const names: Record<string, string> = { 't-ada': 'admin:ada', 't-bob': 'bob' };
const identify = auth((call) => names[bearer(call) ?? ''] ?? 'nobody', { as: user });
const decide = authz(policy, {
  principals: (call) => (call.get(user) === 'nobody' ? undefined : call.get(user)),
  audit: ({ allowed, method, principal, rule }) =>
    console.log(`${principal || 'nobody'} calls ${method}: ${allowed ? 'yes' : 'no'}, ${rule || 'no rule'}`),
});
const server = createServer({ interceptors: [identify, decide] })
  .add(Greeter, { sayHello: ({ name }) => ({ message: `Hello, ${name}` }), sum: () => ({ n: 0 }) })
  .add(health())
  .add(reflection());
const { address } = await server.listen('127.0.0.1:0');

async function call(path: string, token?: string, metadata = {}): Promise<void> {
  await using channel = connect(address, { interceptors: token === undefined ? [] : [bearerToken(token)] });
  const { code, message } = await channel.call(path, new Uint8Array(), { metadata }).status;
  console.log(`  ${codeName(code)}${message && `: ${message}`}`);
}
await call('/grpc.health.v1.Health/Check');
await call('/examples.Greeter/SayHello');
await call('/examples.Greeter/SayHello', 't-bob');
await call('/examples.Greeter/Sum', 't-bob');
await call('/examples.Greeter/Sum', 't-ada');
await call('/examples.Greeter/Sum', 't-ada', { 'x-agent': 'robot 7' });

console.log('Nobody thought of:', uncovered(policy, server.services));
await server.close();
