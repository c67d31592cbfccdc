import { Code, type Context, detached, type Interceptor, StatusError } from 'flowrpc';
import { untilCancelled } from './until-cancelled.ts';

/** A token, or a function that gives the one to send now. Caching and refreshing are the function's. */
export type TokenSource = string | ((context: Context) => string | PromiseLike<string>);

const legalToken = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Sends `authorization: Bearer …` with each call, in place of what was there. A function runs outside of any call, so a
 * refresh that several calls wait for is not cancelled with the first of them; when it fails the call ends with UNAUTHENTICATED
 * unless it threw a StatusError.
 */
export function bearerToken(token: TokenSource): Interceptor {
  if (typeof token === 'string') check(token);
  else if (typeof token !== 'function')
    throw new TypeError(`Cannot send a ${typeof token} as a bearer token: wanted a string or a function`);
  return async function bearerToken(call, next) {
    const value = typeof token === 'string' ? token : await obtain(token, call);
    return next(call.withMetadata((metadata) => metadata.set('authorization', `Bearer ${value}`)));
  };
}

async function obtain(source: (context: Context) => string | PromiseLike<string>, context: Context): Promise<string> {
  try {
    const token = detached(() => source(context));
    return check(typeof token === 'object' ? await untilCancelled(token, context.signal) : token);
  } catch (thrown) {
    if (thrown instanceof StatusError) throw thrown;
    throw new StatusError(Code.UNAUTHENTICATED, `Cannot get a token for ${context.method.path}`, { cause: thrown });
  }
}

/** Never quotes what it refuses: half a secret is still one. */
function check(token: unknown): string {
  if (typeof token === 'string' && legalToken.test(token)) return token;
  throw new TypeError(
    'Cannot send the bearer token: wanted letters, digits and "-._~+/" with "=" at the end only (RFC 6750)',
  );
}
