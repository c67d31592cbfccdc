import { checkOptions } from 'flowrpc';
import type { JWTPayload } from 'jose';
import { type JwtKeys, type JwtKeysOptions, jwtKeys } from './auth/jwt-keys.ts';
import { clockRules, type JWTVerifyOptions, verifiedClaims } from './auth/jwt-verification.ts';
import { tokenDigest, VerifiedTokens } from './auth/verified-tokens.ts';
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
  /**
   * How many tokens that were verified are remembered, so that the next call with one costs no signature; `false` for none. They are
   * forgotten when the issuer's keys change; times are checked at each call. Default 1,000.
   */
  cache?: { maxTokens?: number } | false;
}

/** Who a token speaks for, once it was verified. */
export interface JwtIdentity {
  readonly kind: 'jwt';
  readonly issuer: string;
  /** Unique within the issuer; undefined when the token names none. */
  readonly subject: string | undefined;
  /** All that the token says; frozen, since calls with the same token share it. */
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
  'cache',
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
  cache = {},
  ...rest
}: JwtOptions): Verifier<JwtIdentity> {
  checkOptions('jwt', rest, optionNames);
  if (!named(issuer))
    throw new TypeError('Cannot verify tokens without issuer: wanted the "iss" of those that are good');
  if (audience !== false && !named(audience))
    throw new TypeError('Cannot verify tokens without audience: wanted the "aud" that stands for this server');
  checkMs({ clockToleranceMs, maxAgeMs, timeoutMs: rest.timeoutMs, cacheMs: rest.cacheMs });
  checkMs({ staleMs: rest.staleMs, cooldownMs: rest.cooldownMs });
  const maxTokens = maxTokensOf(cache);
  const keys = jwtKeys(rest);
  const times = {
    clockTolerance: clockToleranceMs / 1_000,
    ...(maxAgeMs === undefined ? {} : { maxTokenAge: maxAgeMs / 1_000 }),
  };
  const options: JWTVerifyOptions = {
    issuer: typeof issuer === 'string' ? issuer : [...issuer],
    ...(audience === false ? {} : { audience: typeof audience === 'string' ? audience : [...audience] }),
    algorithms: [...keys.algorithms],
    ...times,
    ...(type === undefined ? {} : { typ: type }),
    requiredClaims: ['exp', ...requiredClaims],
  };
  const identify = async (token: string): Promise<JwtIdentity> =>
    identityOf(await verifiedClaims(token, keys.key, options));
  const holds = clockRules(times);
  const judge =
    maxTokens === 0
      ? identify
      : remembering(identify, keys, new VerifiedTokens(maxTokens, ({ claims }) => holds(claims)));
  return function jwt(context) {
    const token = bearer(context);
    return token === undefined || token.length > maxTokenLength ? undefined : judge(token);
  };
}

function identityOf(claims: Readonly<JWTPayload>): JwtIdentity {
  return Object.freeze({ kind: 'jwt', issuer: claims.iss ?? '', subject: claims.sub, claims });
}

/** Only what was accepted is remembered: refusals all cost the same, whatever came before. */
function remembering(
  identify: (token: string) => Promise<JwtIdentity>,
  { inForce }: JwtKeys,
  tokens: VerifiedTokens<JwtIdentity>,
): (token: string) => JwtIdentity | Promise<JwtIdentity> {
  async function remember(token: string, digest: string, keys: object): Promise<JwtIdentity> {
    const identity = await identify(token);
    // While it was looked at, other keys may have come: who knows which of them said yes.
    if (inForce() === keys) tokens.add(digest, keys, identity);
    return identity;
  }

  return function judge(token) {
    const keys = inForce();
    if (keys === undefined) return identify(token);
    const digest = tokenDigest(token);
    return tokens.find(digest, keys) ?? remember(token, digest, keys);
  };
}

/** 0 for none. */
function maxTokensOf(cache: JwtOptions['cache']): number {
  if (cache === false) return 0;
  if (typeof cache !== 'object' || cache === null)
    throw new TypeError(`Cannot use cache ${String(cache)} of jwt: wanted { maxTokens } or false`);
  const { maxTokens = 1_000, ...rest } = cache;
  checkOptions('cache of jwt', rest, ['maxTokens']);
  if (Number.isInteger(maxTokens) && maxTokens > 0) return maxTokens;
  throw new RangeError(`Cannot remember ${String(maxTokens)} tokens: wanted a whole number above 0, or cache: false`);
}

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
