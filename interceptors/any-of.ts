import { Code, type Context, StatusError } from 'flowrpc';
import type { Verified, Verifier } from './auth.ts';

type IdentityOf<V> = V extends (context: Context) => infer R ? Exclude<Awaited<R>, undefined | null | false> : never;

/**
 * Asks verifiers in turn; the first identity counts. One that refuses a caller it knows (a StatusError such as
 * PERMISSION_DENIED) ends the search. One that could not check (UNAVAILABLE) does not, but is what the caller reads when
 * nobody else vouches for it.
 */
export function anyOf<const V extends readonly Verifier<unknown>[]>(...verifiers: V): Verifier<IdentityOf<V[number]>> {
  if (verifiers.length === 0) throw new TypeError('Cannot authenticate by any of nothing: wanted one verifier or more');
  for (const verify of verifiers) {
    if (typeof verify !== 'function')
      throw new TypeError(`Cannot authenticate by ${typeof verify}: wanted a function of the call's context`);
  }
  return async function anyOf(context) {
    let reason: unknown;
    for (const verify of verifiers) {
      try {
        const identity = await verify(context);
        if (identity !== undefined && identity !== null && identity !== false)
          return identity as Verified<IdentityOf<V[number]>>;
      } catch (thrown) {
        const code = thrown instanceof StatusError ? thrown.code : Code.UNAUTHENTICATED;
        if (code !== Code.UNAUTHENTICATED && code !== Code.UNAVAILABLE) throw thrown;
        if (reason === undefined || code === Code.UNAVAILABLE) reason = thrown;
      }
    }
    if (reason !== undefined) throw reason;
    return undefined;
  };
}
