import { Code, type Context, checkOptions, detached, type Interceptor, StatusError } from 'flowrpc';
import { checkKeyHeader } from './api-keys.ts';
import { type CredentialOptions, plaintextRefusal } from './auth/credentials.ts';
import { untilCancelled } from './calls/until-cancelled.ts';

/** A key, or a function that gives the one to send now. */
export type ApiKeySource = string | ((context: Context) => string | PromiseLike<string>);

export interface ApiKeyOptions extends CredentialOptions {
  /** The metadata key that the server reads. For `authorization: Bearer …` use `bearerToken()`. Default `x-api-key`. */
  header?: string;
}

/**
 * Sends an API key with each call, in place of what was there. On a connection that others could read the call ends with
 * FAILED_PRECONDITION, and nothing is sent. A function that fails ends it with UNAUTHENTICATED unless it threw a StatusError.
 */
export function apiKey(
  key: ApiKeySource,
  { header = 'x-api-key', plaintext = false, ...rest }: ApiKeyOptions = {},
): Interceptor {
  checkOptions('apiKey', rest, ['header', 'plaintext']);
  checkKeyHeader(header);
  if (header.toLowerCase() === 'authorization')
    throw new TypeError('Cannot send an API key as "authorization": use bearerToken()');
  if (typeof key === 'string') check(key);
  else if (typeof key !== 'function')
    throw new TypeError(`Cannot send a ${typeof key} as an API key: wanted a string or a function`);
  return async function apiKey(call, next) {
    const refusal = plaintextRefusal(call, plaintext, 'an API key', 'apiKey');
    if (refusal !== undefined) return refusal;
    const value = typeof key === 'string' ? key : await obtain(key, call);
    return next(call.withMetadata((metadata) => metadata.set(header as 'x-api-key', value)));
  };
}

async function obtain(source: Exclude<ApiKeySource, string>, context: Context): Promise<string> {
  try {
    const key = detached(() => source(context));
    return check(typeof key === 'object' ? await untilCancelled(key, context.signal) : key);
  } catch (thrown) {
    if (thrown instanceof StatusError) throw thrown;
    throw new StatusError(Code.UNAUTHENTICATED, `Cannot get an API key for ${context.method.path}`, { cause: thrown });
  }
}

/** Never quotes what it refuses. */
function check(key: unknown): string {
  if (typeof key === 'string' && /^[\x21-\x7e]+$/.test(key)) return key;
  throw new TypeError('Cannot send the API key: wanted printable ASCII without spaces');
}
