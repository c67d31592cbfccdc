import { createPublicKey, KeyObject } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import { createLocalJWKSet } from 'jose/jwks/local';
import type { JWTVerifyGetKey } from 'jose/jwt/verify';
import { trustedUrl } from './fetch-json.ts';
import { type RemoteKeysOptions, remoteKeys } from './jwt-remote-keys.ts';

/** A signature algorithm of JSON Web Tokens (RFC 7518, 3.1; RFC 8037). `none` is not one. */
export type JwtAlgorithm = (typeof asymmetric)[number] | keyof typeof secretBytes;

export interface JwtKeysOptions extends RemoteKeysOptions {
  /** Where the issuer serves its public keys, or those keys. One of `jwks`, `key` and `secret` is wanted. */
  jwks?: string | URL | JSONWebKeySet;
  /** One public key: PEM (SPKI or a certificate), JWK or KeyObject. */
  key?: string | JWK | KeyObject;
  /** A secret that issuer and server share: at least as long as the hash. Text counts as UTF-8. */
  secret?: string | Uint8Array;
  /** Which algorithms are good. Default: those that fit the key; for `jwks` all with public keys, for `secret` HS256. */
  algorithms?: readonly JwtAlgorithm[];
}

export interface JwtKeys {
  readonly key: JWTVerifyGetKey | KeyObject | Uint8Array;
  readonly algorithms: readonly JwtAlgorithm[];
  /**
   * Stands for the keys that tokens are judged by now: the same object while they are the same. Undefined when they are to be fetched
   * before anything is judged.
   */
  inForce(): object | undefined;
}

const rsa = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const pss = ['PS256', 'PS384', 'PS512'] as const;
const edwards = ['EdDSA', 'Ed25519'] as const;
const asymmetric = [...rsa, 'ES256', 'ES384', 'ES512', ...edwards] as const;
/** The least that RFC 7518, 3.2 asks of a secret. */
const secretBytes = { HS256: 32, HS384: 48, HS512: 64 } as const;
const curves: Readonly<Record<string, readonly JwtAlgorithm[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
};

/**
 * What tokens are checked by. The kind of key decides which algorithms can be asked for at all, so that a public key is never
 * taken for a secret. Throws for keys that are missing, weak, private or of no use.
 */
export function jwtKeys({ jwks, key, secret, algorithms, ...remote }: JwtKeysOptions): JwtKeys {
  const given = Object.entries({ jwks, key, secret }).filter(([, value]) => value !== undefined);
  if (given.length !== 1) {
    const got = given.length === 0 ? 'none' : given.map(([name]) => name).join(' and ');
    throw new TypeError(`Cannot verify tokens: wanted one of jwks, key and secret, got ${got}`);
  }
  const unread = Object.entries(remote).find(([, value]) => value !== undefined);
  if (unread !== undefined && (jwks === undefined || isKeySet(jwks)))
    throw new TypeError(
      `Cannot use option "${unread[0]}" of jwt: it is for keys that are fetched, wanted a URL as jwks`,
    );
  if (jwks !== undefined) {
    const set = isKeySet(jwks) ? fixed(localKeys(jwks)) : remoteKeys(trustedUrl('jwks', jwks), remote);
    return { ...set, algorithms: among('jwks', asymmetric, algorithms) };
  }
  if (key !== undefined) {
    const publicKey = publicKeyOf(key);
    return { ...fixed(publicKey), algorithms: among('this key', fitting(publicKey), algorithms) };
  }
  return secretKeys(secret ?? '', algorithms);
}

/** Keys that stay. */
function fixed<K extends object>(key: K): { key: K; inForce: () => K } {
  return { key, inForce: () => key };
}

function isKeySet(jwks: string | URL | JSONWebKeySet): jwks is JSONWebKeySet {
  return typeof jwks === 'object' && !(jwks instanceof URL);
}

function localKeys(jwks: JSONWebKeySet): JWTVerifyGetKey {
  try {
    return createLocalJWKSet(jwks);
  } catch (cause) {
    throw new TypeError('Cannot use jwks: wanted a URL or an object with a list of keys', { cause });
  }
}

function publicKeyOf(key: string | JWK | KeyObject): KeyObject {
  const secret = key instanceof KeyObject ? key.type !== 'public' : holdsSecret(key);
  if (secret) throw new TypeError('Cannot verify tokens with a private or secret key: wanted the public one under key');
  try {
    if (key instanceof KeyObject) return key;
    return typeof key === 'string' ? createPublicKey(key) : createPublicKey({ key: { ...key }, format: 'jwk' });
  } catch (cause) {
    throw new TypeError('Cannot verify tokens with this key: wanted a public key as PEM, JWK or KeyObject', { cause });
  }
}

function holdsSecret(key: string | JWK): boolean {
  return typeof key === 'string' ? key.includes('PRIVATE KEY') : key.d !== undefined || key.k !== undefined;
}

function fitting({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): readonly JwtAlgorithm[] {
  const { modulusLength = 2_048, namedCurve = '' } = details;
  if (modulusLength < 2_048)
    throw new RangeError(`Cannot verify tokens with an RSA key of ${modulusLength} bits: wanted 2048 or more`);
  if (type === 'rsa') return rsa;
  if (type === 'rsa-pss') return pss;
  if (type === 'ed25519') return edwards;
  const found = type === 'ec' ? curves[namedCurve] : undefined;
  if (found !== undefined) return found;
  throw new TypeError(
    `Cannot verify tokens with a key of type ${type} ${namedCurve}: wanted RSA, EC (P-256, P-384, P-521) or Ed25519`,
  );
}

function secretKeys(secret: string | Uint8Array, algorithms: readonly JwtAlgorithm[] = ['HS256']): JwtKeys {
  const key = typeof secret === 'string' ? new TextEncoder().encode(secret) : Uint8Array.from(secret);
  const chosen = among('a secret', Object.keys(secretBytes) as (keyof typeof secretBytes)[], algorithms);
  for (const algorithm of chosen) {
    const wanted = secretBytes[algorithm as keyof typeof secretBytes];
    if (key.byteLength >= wanted) continue;
    throw new RangeError(
      `Cannot verify tokens with a secret of ${key.byteLength} bytes: ${algorithm} wants ${wanted} or more (RFC 7518, 3.2)`,
    );
  }
  return { ...fixed(key), algorithms: chosen };
}

function among(
  what: string,
  possible: readonly JwtAlgorithm[],
  chosen: readonly JwtAlgorithm[] = possible,
): readonly JwtAlgorithm[] {
  if (!Array.isArray(chosen) || chosen.length === 0)
    throw new TypeError('Cannot verify tokens without algorithms: wanted a list of one or more');
  for (const algorithm of chosen) {
    if (possible.includes(algorithm)) continue;
    throw new TypeError(
      `Cannot verify tokens of algorithm ${JSON.stringify(algorithm)} by ${what}: wanted ${possible.join(', ')}`,
    );
  }
  return [...chosen];
}
