import { Code, type Context, checkOptions, type Interceptor, type Key, StatusError, statusOf } from 'flowrpc';
import { evenly, unauthenticated } from './auth/auth-refusal.ts';
import { isPromise } from './calls/is-promise.ts';
import { untilCancelled } from './calls/until-cancelled.ts';

/** Who calls; nothing (or `false`) when the call proves nobody. */
export type Verified<T> = T | undefined | null | false;

/** Says who makes a call, by its metadata or its peer: `jwt()`, `apiKeys()`, `tlsIdentity()`, `anyOf()` or your own function. */
export type Verifier<T> = (context: Context) => Verified<T> | PromiseLike<Verified<T>>;

export interface AuthOptions<T> {
  /** Where handlers and interceptors further in find the identity: `ctx.get(user)`. */
  as?: Key<T>;
  /**
   * UNAUTHENTICATED is sent at whole multiples of this many milliseconds after the call came, so that its time does not tell
   * what was wrong. 0 sends it at once. Default 5.
   */
  refusalStepMs?: number;
}

/**
 * Lets a call pass once the verifier has said who makes it, for methods that nobody registered too. Whatever was wrong, the
 * caller reads the same UNAUTHENTICATED; what the verifier threw stays here as the status's `cause`. To refuse somebody it
 * knows, it throws a StatusError such as PERMISSION_DENIED: any code but UNAUTHENTICATED goes through as it is. A call
 * with two `authorization` values is refused whoever verifies: which of them counts must not depend on who looks.
 */
export function auth<T>(verify: Verifier<T>, { as, refusalStepMs = 5, ...rest }: AuthOptions<T> = {}): Interceptor {
  checkOptions('auth', rest, ['as', 'refusalStepMs']);
  if (typeof verify !== 'function')
    throw new TypeError(`Cannot authenticate by ${typeof verify}: wanted a function of the call's context`);
  if (!(typeof refusalStepMs === 'number' && refusalStepMs >= 0 && refusalStepMs <= 10_000))
    throw new RangeError(`Cannot use refusalStepMs ${String(refusalStepMs)}: wanted 0 to 10000 milliseconds`);
  return async function auth(call, next) {
    const start = performance.now();
    let identity: T;
    try {
      identity = await identify(verify, call);
    } catch (thrown) {
      if (thrown instanceof StatusError && thrown.code !== Code.UNAUTHENTICATED) throw thrown;
      return (await evenly(start, refusalStepMs, call.signal)) ?? statusOf(unauthenticated(thrown));
    }
    return next(as === undefined ? call : call.with(as, identity));
  };
}

async function identify<T>(verify: Verifier<T>, context: Context): Promise<T> {
  if (context.metadata.getAll('authorization').length > 1) throw new Error('The call has several authorization values');
  const verified = verify(context);
  const identity = isPromise(verified) ? await untilCancelled(verified, context.signal) : verified;
  if (identity === undefined || identity === null || identity === false)
    throw new Error('The verifier found no credentials that it accepts');
  return identity;
}

const credentials = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The token of `authorization: Bearer …` (RFC 6750, 2.1); undefined when there is none or it is not one.
 * Two `authorization` values are refused with UNAUTHENTICATED.
 */
export function bearer(context: Context): string | undefined {
  const values = context.metadata.getAll('authorization');
  if (values.length > 1) throw unauthenticated();
  return credentials.exec(values[0] ?? '')?.[1];
}
