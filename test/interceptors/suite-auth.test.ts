import { compose, type Interceptor, key } from 'flowrpc';
import {
  anyOf,
  apiKey,
  apiKeys,
  auth,
  bearerToken,
  cachedToken,
  jwt,
  makeApiKey,
  tlsIdentity,
} from 'flowrpc/interceptors';
import { interceptorSuite } from '../suites/interceptor.ts';
import { type TestTransport, transports } from '../suites/transports.ts';
import { audience, issuerName as issuer, keyServer } from './jwt-issuer.ts';

const two = [transports[0], transports[2]] as TestTransport[];
const made = makeApiKey();
const keys = [{ hash: made.hash, identity: 'ada' }];
const idp = await keyServer();
const token = await idp.sign({ exp: Math.floor(Date.now() / 1_000) + 3_600 });
const jwks = { keys: idp.keys };
await idp[Symbol.asyncDispose]();

interceptorSuite('auth()', () => auth(async () => 'ada', { as: key<string>('user') }));
interceptorSuite('bearerToken()', () => bearerToken(async () => 'secret'));
interceptorSuite(
  'bearerToken() with cachedToken()',
  () => bearerToken(cachedToken(async () => ({ token: 'secret' }))),
  {
    transports: two,
  },
);
interceptorSuite('bearerToken() and auth(jwt())', () => withToken(auth(jwt({ issuer, audience, jwks }))), {
  transports: two,
});
interceptorSuite('apiKey() and auth(apiKeys())', () => compose(apiKey(made.key), auth(apiKeys({ keys }))), {
  transports: two,
});
interceptorSuite(
  'auth(anyOf(tlsIdentity(), apiKeys(), jwt()))',
  () => withToken(auth(anyOf(tlsIdentity(), apiKeys({ keys }), jwt({ issuer, audience, jwks })))),
  { transports: two },
);

function withToken(guard: Interceptor): Interceptor {
  return compose(bearerToken(token), guard);
}
