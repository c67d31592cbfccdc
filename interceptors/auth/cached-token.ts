import { checkOptions } from 'flowrpc';
import type { TokenSource } from '../bearer-token.ts';

/** A token as whoever issues it gives it. */
export interface IssuedToken {
  readonly token: string;
  /** When it ends: a Date or epoch milliseconds. Left out: when a server refuses it. */
  readonly expiresAt?: number | Date;
}

export interface CachedTokenOptions {
  /** How long before its end a token is renewed, while calls go on with it; a quarter of its life at most. Default 1 min. */
  refreshBeforeMs?: number;
  /** How long the issuer is left alone after it failed, or after a new token; calls meanwhile get what there is. Default 1 s. */
  pauseMs?: number;
}

/**
 * Keeps a token for all calls and renews it: shortly before it ends, and when a server refuses it. However many calls want one,
 * there is one request for it at a time; no timer runs. A failed renewal is nobody's concern while the old token is good.
 */
export function cachedToken(
  issue: () => IssuedToken | PromiseLike<IssuedToken>,
  { refreshBeforeMs = 60_000, pauseMs = 1_000, ...rest }: CachedTokenOptions = {},
): Exclude<TokenSource, string> {
  checkOptions('cachedToken', rest, ['refreshBeforeMs', 'pauseMs']);
  if (typeof issue !== 'function')
    throw new TypeError(`Cannot get tokens from a ${typeof issue}: wanted a function that gives { token, expiresAt }`);
  for (const [name, ms] of Object.entries({ refreshBeforeMs, pauseMs })) {
    if (!(typeof ms === 'number' && ms >= 0))
      throw new RangeError(`Cannot use ${name} ${String(ms)} of cachedToken: wanted 0 or more milliseconds`);
  }
  let held: Held | undefined;
  let settledAt = Number.NEGATIVE_INFINITY;
  let failure: { readonly reason: unknown } | undefined;
  let renewing: Promise<string> | undefined;

  async function renew(): Promise<string> {
    try {
      held = holding(await issue(), refreshBeforeMs);
      failure = undefined;
      return held.token;
    } catch (reason) {
      failure = { reason };
      throw reason;
    } finally {
      settledAt = performance.now();
      renewing = undefined;
    }
  }

  return function cachedToken(_context, refused) {
    const now = Date.now();
    const good = held !== undefined && now < held.expiresAt ? held : undefined;
    if (good !== undefined && good.token !== refused && now < good.renewAt) return good.token;
    const resting = performance.now() - settledAt < pauseMs;
    if (resting && good !== undefined) return good.token;
    if (resting && failure !== undefined) return Promise.reject(failure.reason);
    // Not at once: an issuer that throws would be done before it is noted as under way.
    renewing ??= Promise.resolve().then(renew);
    if (good === undefined || good.token === refused) return renewing;
    renewing.catch(() => {});
    return good.token;
  };
}

interface Held {
  readonly token: string;
  readonly expiresAt: number;
  readonly renewAt: number;
}

function holding({ token, expiresAt }: IssuedToken, refreshBeforeMs: number): Held {
  const end = expiresAt === undefined ? Number.POSITIVE_INFINITY : Number(expiresAt);
  if (typeof token !== 'string' || Number.isNaN(end))
    throw new TypeError(
      'Cannot use the token that was issued: wanted { token, expiresAt }, a Date or epoch milliseconds',
    );
  return { token, expiresAt: end, renewAt: end - Math.min(refreshBeforeMs, Math.max(end - Date.now(), 0) / 4) };
}
