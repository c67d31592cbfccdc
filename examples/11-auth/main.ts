// Callers prove who they are by a token or an API key; whatever is wrong with one reads the same.
import { connect, createServer, type Interceptor, key } from 'flowrpc';
import { anyOf, apiKey, apiKeys, auth, bearerToken, cachedToken, jwt, makeApiKey } from 'flowrpc/interceptors';
import { SignJWT } from 'jose';
import { Greeter } from '../gen/greeter.js';

// With an identity provider: jwt({ issuer, audience, jwks: 'https://…/.well-known/jwks.json' }).
const secret = new TextEncoder().encode('at least thirty-two bytes, out of a vault');
const issuer = 'https://issuer.example';
const nightly = makeApiKey('nightly'); // the caller gets .key, the server keeps .hash

const verify = anyOf(
  jwt({ issuer, audience: 'greeter', secret }),
  apiKeys({ keys: [{ hash: nightly.hash, identity: { kind: 'key', subject: 'nightly' } }] }),
);
const user = key<{ kind: string; subject?: string }>('user');
const server = createServer({ interceptors: [auth(verify, { as: user })] }).add(Greeter, {
  sayHello: (_request, ctx) => ({ message: `Hello, ${ctx.get(user)?.subject}, by ${ctx.get(user)?.kind}` }),
});
const { address } = await server.listen('127.0.0.1:0');

// The first token is for somebody else: the server refuses it, and the call is repeated with another.
let issued = 0;
const issue = async () => {
  issued += 1;
  const token = new SignJWT({ iss: issuer, aud: issued === 1 ? 'billing' : 'greeter', sub: 'ada' });
  const signed = await token.setProtectedHeader({ alg: 'HS256' }).setExpirationTime('5m').sign(secret);
  return { token: signed, expiresAt: Date.now() + 300_000 };
};
const tokens = cachedToken(issue, { pauseMs: 0 });

async function greet(...credentials: Interceptor[]): Promise<void> {
  await using channel = connect(address, { interceptors: credentials });
  const call = channel.client(Greeter).sayHello({});
  console.log((await call.status).message || (await call).message);
}
await greet(bearerToken(tokens));
await greet(apiKey(nightly.key));
await greet(bearerToken('forged'));
await greet();
console.log(`${issued} tokens issued`);
await server.close();
