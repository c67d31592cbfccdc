// The recommended order of policies, one call for each side: behind a proxy, with keys, limits, metrics and one line for each call.
import { codeName, connect, createServer, key, type Logger, silentLogger } from 'flowrpc';
import {
  apiKey,
  apiKeys,
  auth,
  clientDefaults,
  createRegistry,
  makeApiKey,
  rateLimit,
  realIpKey,
  serverDefaults,
} from 'flowrpc/interceptors';
import { Greeter } from '../gen/greeter.js';

const ada = makeApiKey('ada');
const user = key<string>('user');
const registry = createRegistry();
const tell: Logger['info'] = (_message, fields) => print(fields as Record<string, unknown>);
const lines: Logger = { ...silentLogger, info: tell, warn: tell };

function print({ method, code, requestId, realIp, error }: Record<string, unknown>): void {
  console.log(`log: ${method} ${code}, request ${requestId}, from ${realIp}${error ? `: ${error}` : ''}`);
}

const policies = serverDefaults({
  realIp: { trusted: ['127.0.0.0/8'] },
  logging: { logger: lines, fields: (call) => ({ realIp: call.get(realIpKey) }) },
  metrics: { registry },
  rateLimit: rateLimit({ perSecond: 0.001, burst: 2 }),
  auth: auth(apiKeys({ keys: [{ hash: ada.hash, identity: 'ada' }] }), { as: user }),
  deadline: { maxMs: 5_000 },
});
const server = createServer({ interceptors: [policies] }).add(Greeter, {
  sayHello: (_request, ctx) => ({ message: `Hello, ${ctx.get(user)}` }),
});
const { address } = await server.listen('127.0.0.1:0');

const quiet = { logging: false, deadline: 500 } as const;
const behindProxy = { 'x-forwarded-for': '203.0.113.7', 'x-request-id': 'checkout-1' };
for (const secret of [ada.key, makeApiKey('eve').key, ada.key]) {
  await using channel = connect(address, { interceptors: [clientDefaults({ ...quiet, credentials: apiKey(secret) })] });
  const { code, message } = await channel.client(Greeter).sayHello({}, { metadata: behindProxy }).status;
  console.log(codeName(code), message || 'and a greeting');
}
console.log(/^grpc_server_handled_total.*ResourceExhausted.*$/m.exec(registry.text())?.[0]);
await server.close();
