import { Code, type Context, checkOptions, type Interceptor, type Key, StatusError } from 'flowrpc';
import { untilCancelled } from './until-cancelled.ts';

/** Who calls; nothing (or `false`) when the call proves nobody. */
export type Verified<T> = T | undefined | null | false;

export interface AuthOptions<T> {
  /** Where handlers and interceptors further in find the identity: `ctx.get(user)`. */
  as?: Key<T>;
}

/**
 * Lets a call pass once your function has said who makes it, for methods that nobody registered too. Whatever was wrong, the
 * caller reads the same UNAUTHENTICATED; what `verify` threw stays here as the status's `cause`. To refuse somebody it
 * knows, `verify` throws a StatusError such as PERMISSION_DENIED: any code but UNAUTHENTICATED goes through as it is.
 */
export function auth<T>(
  verify: (context: Context) => Verified<T> | PromiseLike<Verified<T>>,
  { as, ...rest }: AuthOptions<T> = {},
): Interceptor {
  checkOptions('auth', rest, ['as']);
  if (typeof verify !== 'function')
    throw new TypeError(`Cannot authenticate by ${typeof verify}: wanted a function of the call's context`);
  return async function auth(call, next) {
    const identity = await identify(verify, call);
    return next(as === undefined ? call : call.with(as, identity));
  };
}

async function identify<T>(
  verify: (context: Context) => Verified<T> | PromiseLike<Verified<T>>,
  context: Context,
): Promise<T> {
  let identity: Verified<T>;
  try {
    const verified = verify(context);
    // Not `instanceof Promise`: a client's call is a promise too, and would pass as an identity.
    identity = isPromise(verified) ? await untilCancelled(verified, context.signal) : verified;
  } catch (thrown) {
    if (thrown instanceof StatusError && thrown.code !== Code.UNAUTHENTICATED) throw thrown;
    throw unauthenticated(thrown);
  }
  if (identity === undefined || identity === null || identity === false) throw unauthenticated();
  return identity;
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}

/** One text for all: a caller must not learn what it got right. */
function unauthenticated(cause?: unknown): StatusError {
  return new StatusError(Code.UNAUTHENTICATED, 'The call has no valid credentials', { cause });
}

const credentials = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The token of `authorization: Bearer …` (RFC 6750, 2.1); undefined when there is none or it is not one.
 * Two `authorization` values are refused with UNAUTHENTICATED: which of them counts must not depend on who looks.
 */
export function bearer(context: Context): string | undefined {
  const values = context.metadata.getAll('authorization');
  if (values.length > 1) throw unauthenticated();
  return credentials.exec(values[0] ?? '')?.[1];
}
