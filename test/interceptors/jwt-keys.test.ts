import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Metadata } from 'flowrpc';
import { type JwtOptions, jwt } from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { audience, issuerName as issuer, seconds } from './jwt-issuer.ts';

const secret = 'a secret of thirty-two bytes, or more';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const base = { issuer, audience };

test.each<[string, object, RegExp]>([
  ['no issuer', { audience, secret }, /^Cannot verify tokens without issuer: wanted the "iss" of those that are good$/],
  ['an empty issuer', { issuer: '', audience, secret }, /without issuer/],
  ['no issuers', { issuer: [], audience, secret }, /without issuer/],
  [
    'no audience',
    { issuer, secret },
    /^Cannot verify tokens without audience: wanted the "aud" that stands for this server$/,
  ],
  ['no key', base, /^Cannot verify tokens: wanted one of jwks, key and secret, got none$/],
  ['two keys', { ...base, secret, key: publicKey }, /got key and secret$/],
  ['a weak secret', { ...base, secret: 'secret' }, /a secret of 6 bytes: HS256 wants 32 or more \(RFC 7518, 3\.2\)$/],
  ['a secret too weak for its algorithm', { ...base, secret, algorithms: ['HS512'] }, /HS512 wants 64 or more/],
  [
    'algorithm none',
    { ...base, secret, algorithms: ['none'] },
    /algorithm "none" by a secret: wanted HS256, HS384, HS512$/,
  ],
  ['no algorithm', { ...base, secret, algorithms: [] }, /without algorithms/],
  [
    'a public key as a secret',
    { ...base, key: publicKey, algorithms: ['HS256'] },
    /algorithm "HS256" by this key: wanted ES256$/,
  ],
  [
    'a secret as keys that are served',
    { ...base, jwks: 'https://x.example', algorithms: ['HS256'] },
    /"HS256" by jwks/,
  ],
  [
    'an algorithm of another key',
    { ...base, key: publicKey, algorithms: ['RS256'] },
    /"RS256" by this key: wanted ES256$/,
  ],
  ['a private key', { ...base, key: privateKey }, /with a private or secret key: wanted the public one/],
  ['a private key in PEM', { ...base, key: pem(privateKey) }, /with a private or secret key/],
  ['a private JWK', { ...base, key: privateKey.export({ format: 'jwk' }) }, /with a private or secret key/],
  ['a secret KeyObject', { ...base, key: createSecretKey(Buffer.from(secret)) }, /with a private or secret key/],
  ['text that is no key', { ...base, key: 'letmein' }, /wanted a public key as PEM, JWK or KeyObject$/],
  ['a short RSA key', { ...base, key: shortRsa() }, /an RSA key of 1024 bits: wanted 2048 or more$/],
  ['an unfit key', { ...base, key: generateKeyPairSync('x25519').publicKey }, /type x25519 : wanted RSA, EC/],
  [
    'keys over plain HTTP',
    { ...base, jwks: 'http://keys.example/jwks' },
    /http:\/\/keys\.example\/jwks: wanted https, or http on this machine$/,
  ],
  ['no URL', { ...base, jwks: 'keys' }, /jwks "keys": wanted a URL$/],
  ['secrets in the URL', { ...base, jwks: 'https://u:canary@x.example' }, /wanted a URL without user and password$/],
  ['a set that is none', { ...base, jwks: { key: [] } }, /wanted a URL or an object with a list of keys$/],
  [
    'what only served keys have',
    { ...base, secret, cacheMs: 5 },
    /option "cacheMs" of jwt: it is for keys that are fetched/,
  ],
  ['a negative tolerance', { ...base, secret, clockToleranceMs: -1 }, /clockToleranceMs -1 of jwt: wanted 0 or more/],
  [
    'an unknown option',
    { ...base, secret, audiense: 'x' },
    /"audiense" of jwt: it is unknown, did you mean "audience"/,
  ],
])('jwt() cannot be made with %s', (_what, options, error) => {
  expect(() => jwt(options as JwtOptions)).toThrow(error);
});

test('jwt() never quotes a secret or a key', () => {
  for (const options of [{ secret: 'canary' }, { key: 'canary' }, { key: '-----BEGIN PRIVATE KEY-----canary' }]) {
    const thrown = caught(() => jwt({ ...base, ...options }));

    expect(thrown).toBeInstanceOf(Error);
    expect(`${thrown} ${(thrown as Error).stack}`).not.toContain('canary');
  }
});

describe('jwt() takes the algorithms that fit its key', () => {
  test.each([
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2_048 })],
    ['PS384', generateKeyPairSync('rsa', { modulusLength: 2_048 })],
    ['ES256', { publicKey, privateKey }],
    ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['EdDSA', generateKeyPairSync('ed25519')],
  ])('%s', async (alg, pair) => {
    const token = await new SignJWT({ iss: issuer, aud: audience, sub: 'ada', exp: seconds(60) })
      .setProtectedHeader({ alg })
      .sign(pair.privateKey);

    const identity = await jwt({ ...base, key: pair.publicKey })(
      fakeContext({ metadata: new Metadata({ authorization: `Bearer ${token}` }) }),
    );

    expect(identity).toMatchObject({ subject: 'ada' });
  });
});

function shortRsa(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey;
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function caught(action: () => unknown): unknown {
  try {
    return action();
  } catch (thrown) {
    return thrown;
  }
}
