import { checkOptions, StatusError } from 'flowrpc';
import type { JWTPayload } from 'jose';
import { JOSEError, JWKSMultipleMatchingKeys, JWTClaimValidationFailed } from 'jose/errors';
import { type JWTVerifyOptions, jwtVerify } from 'jose/jwt/verify';
import { type JwtKeys, type JwtKeysOptions, jwtKeys } from './auth/jwt-keys.ts';
import { bearer, type Verifier } from './auth.ts';

export interface JwtOptions extends JwtKeysOptions {
  /** Who makes the tokens: the exact `iss`, or several. */
  issuer: string | readonly string[];
  /** Whom the tokens are for: one of these must be in `aud`. `false` takes tokens made for anybody. */
  audience: string | readonly string[] | false;
  /** How far the clocks of issuer and server may be apart. Default 5 s. */
  clockToleranceMs?: number;
  /** Refuses tokens that were made longer ago than this; they must then say when (`iat`). Default: until they expire. */
  maxAgeMs?: number;
  /** The `typ` in the token's header, such as `at+jwt` (RFC 9068). Default: any. */
  type?: string;
  /** Claims that must be there beside `iss`, `aud` and `exp`. */
  requiredClaims?: readonly string[];
}

/** Who a token speaks for, once it was verified. */
export interface JwtIdentity {
  readonly kind: 'jwt';
  readonly issuer: string;
  /** Unique within the issuer; undefined when the token names none. */
  readonly subject: string | undefined;
  /** All that the token says. */
  readonly claims: Readonly<JWTPayload>;
}

const optionNames = [
  'issuer',
  'audience',
  'jwks',
  'key',
  'secret',
  'algorithms',
  'clockToleranceMs',
  'maxAgeMs',
  'type',
  'requiredClaims',
  'timeoutMs',
  'cacheMs',
  'staleMs',
  'cooldownMs',
];
/** Longer than any that fits into metadata. */
const maxTokenLength = 16_384;

/**
 * Identifies callers by the JSON Web Token in `authorization: Bearer …` (RFC 7519, with the advice of RFC 8725): signed by the
 * issuer, for this audience, with an `exp` that has not passed. Tokens that are refused are refused alike; while the issuer's keys
 * cannot be fetched calls end with UNAVAILABLE. For `auth()`.
 */
export function jwt({
  issuer,
  audience,
  clockToleranceMs = 5_000,
  maxAgeMs,
  type,
  requiredClaims = [],
  ...rest
}: JwtOptions): Verifier<JwtIdentity> {
  checkOptions('jwt', rest, optionNames);
  if (!named(issuer))
    throw new TypeError('Cannot verify tokens without issuer: wanted the "iss" of those that are good');
  if (audience !== false && !named(audience))
    throw new TypeError('Cannot verify tokens without audience: wanted the "aud" that stands for this server');
  checkMs({ clockToleranceMs, maxAgeMs, timeoutMs: rest.timeoutMs, cacheMs: rest.cacheMs });
  checkMs({ staleMs: rest.staleMs, cooldownMs: rest.cooldownMs });
  const { key, algorithms } = jwtKeys(rest);
  const options: JWTVerifyOptions = {
    issuer: typeof issuer === 'string' ? issuer : [...issuer],
    ...(audience === false ? {} : { audience: typeof audience === 'string' ? audience : [...audience] }),
    algorithms: [...algorithms],
    clockTolerance: clockToleranceMs / 1_000,
    ...(maxAgeMs === undefined ? {} : { maxTokenAge: maxAgeMs / 1_000 }),
    ...(type === undefined ? {} : { typ: type }),
    requiredClaims: ['exp', ...requiredClaims],
  };
  return function jwt(context) {
    const token = bearer(context);
    return token === undefined || token.length > maxTokenLength ? undefined : identify(token, key, options);
  };
}

async function identify(token: string, key: JwtKeys['key'], options: JWTVerifyOptions): Promise<JwtIdentity> {
  try {
    const claims = await verified(token, key, options);
    return { kind: 'jwt', issuer: claims.iss ?? '', subject: claims.sub, claims };
  } catch (thrown) {
    if (thrown instanceof StatusError) throw thrown;
    throw refusal(thrown);
  }
}

async function verified(token: string, key: JwtKeys['key'], options: JWTVerifyOptions): Promise<JWTPayload> {
  if (typeof key !== 'function') return (await jwtVerify(token, key, options)).payload;
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (thrown) {
    if (thrown instanceof JWKSMultipleMatchingKeys) return byAny(token, thrown, options);
    throw thrown;
  }
}

/** A token that names no key may be signed with any of those that fit; few, since each is a signature to check. */
async function byAny(token: string, keys: JWKSMultipleMatchingKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
  let reason: unknown = keys;
  let left = 8;
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (thrown) {
      reason = thrown;
    }
    if ((left -= 1) === 0) break;
  }
  throw reason;
}

/** Says what was wrong in words of ours: errors of the library carry what the token says. */
function refusal(thrown: unknown): Error {
  if (thrown instanceof JWTClaimValidationFailed)
    return new Error(
      `Cannot accept the token: "${thrown.claim}" is ${thrown.reason === 'missing' ? 'missing' : 'wrong'}`,
    );
  const code = thrown instanceof JOSEError ? thrown.code : 'ERR_JOSE_GENERIC';
  return new Error(`Cannot accept the token: ${reasons[code] ?? 'it cannot be verified'}`);
}

const reasons: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'it has expired',
  ERR_JWT_INVALID: 'it is malformed',
  ERR_JWS_INVALID: 'it is malformed',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'its signature is wrong',
  ERR_JOSE_ALG_NOT_ALLOWED: 'its algorithm is not allowed',
  ERR_JOSE_NOT_SUPPORTED: 'its algorithm is not allowed',
  ERR_JWKS_NO_MATCHING_KEY: 'its key is unknown',
};

function named(value: string | readonly string[] | undefined): value is string | readonly string[] {
  const names = typeof value === 'string' ? [value] : value;
  return Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string' && name !== '');
}

function checkMs(options: Readonly<Record<string, number | undefined>>): void {
  for (const [name, ms] of Object.entries(options)) {
    if (ms === undefined || (typeof ms === 'number' && ms >= 0)) continue;
    throw new RangeError(`Cannot use ${name} ${String(ms)} of jwt: wanted 0 or more milliseconds`);
  }
}
