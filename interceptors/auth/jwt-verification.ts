import { StatusError } from 'flowrpc';
import type { JWTPayload } from 'jose';
import { JOSEError, JWKSMultipleMatchingKeys, JWTClaimValidationFailed } from 'jose/errors';
import { type JWTVerifyOptions, jwtVerify } from 'jose/jwt/verify';
import type { JwtKeys } from './jwt-keys.ts';

export type { JWTVerifyOptions } from 'jose/jwt/verify';

/** What a token claims, frozen, once it was verified. Rejects with an Error that holds nothing of the token, or a StatusError. */
export async function verifiedClaims(
  token: string,
  key: JwtKeys['key'],
  options: JWTVerifyOptions,
): Promise<Readonly<JWTPayload>> {
  try {
    return frozen(await verified(token, key, options));
  } catch (thrown) {
    if (thrown instanceof StatusError) throw thrown;
    throw refusal(thrown);
  }
}

/** Whether the times in claims that were verified before still hold: the rules of verification itself, seconds by the same clock. */
export function clockRules({ clockTolerance, maxTokenAge }: { clockTolerance: number; maxTokenAge?: number }) {
  return function holds({ exp = 0, nbf, iat = 0 }: Readonly<JWTPayload>): boolean {
    const now = Math.floor(Date.now() / 1_000);
    if (exp <= now - clockTolerance || (nbf !== undefined && nbf > now + clockTolerance)) return false;
    if (maxTokenAge === undefined) return true;
    const age = now - iat;
    return age - clockTolerance <= maxTokenAge && age >= -clockTolerance;
  };
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

/** Calls share what a token says: none of them may change it for the others. */
function frozen<T>(claims: T): T {
  const values: unknown[] = [claims];
  // Not by recursion: how deep a token goes is up to its issuer.
  for (const value of values) {
    if (typeof value === 'object' && value !== null) values.push(...Object.values(Object.freeze(value)));
  }
  return claims;
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
