import { type Call, Code, type Context, checkOptions, detached, type Interceptor, StatusError } from 'flowrpc';
import { type CredentialOptions, plaintextRefusal } from './auth/credentials.ts';
import { legalToken } from './auth/legal-token.ts';
import { untilCancelled } from './calls/until-cancelled.ts';

/**
 * A token, or a function that gives the one to send now. After a server has refused one the function is asked again with it,
 * and should then give another, if there is any. `cachedToken()`, `clientCredentials()` and
 * `tokenFile()` make such functions.
 */
export type TokenSource = string | ((context: Context, refused?: string) => string | PromiseLike<string>);

export interface BearerTokenOptions extends CredentialOptions {
  /** Encoded requests of a stream kept for the second attempt; 0 never repeats streams of requests. Default 256 KiB. */
  maxBytes?: number;
  /**
   * Which calls are repeated. A handler that lets an upstream's UNAUTHENTICATED through has run already: where servers do that, say
   * `idempotent`. Default `all`.
   */
  repeat?: 'all' | 'idempotent' | 'none';
}

/**
 * Sends `authorization: Bearer …` with each call, in place of what was there. A call that the server ends with UNAUTHENTICATED before
 * anything reached the caller is repeated once, if the function then has another token. On a connection that others could read
 * the call ends with FAILED_PRECONDITION, and nothing is sent. A function runs outside of any call, so a refresh that several
 * calls wait for is not cancelled with the first of them; when it fails the call ends with UNAUTHENTICATED unless it threw a
 * StatusError.
 */
export function bearerToken(
  token: TokenSource,
  { plaintext = false, maxBytes = 256 * 1024, repeat = 'all', ...rest }: BearerTokenOptions = {},
): Interceptor {
  checkOptions('bearerToken', rest, ['plaintext', 'maxBytes', 'repeat']);
  if (typeof token === 'string') legalToken(token);
  else if (typeof token !== 'function')
    throw new TypeError(`Cannot send a ${typeof token} as a bearer token: wanted a string or a function`);
  if (!(typeof maxBytes === 'number' && maxBytes >= 0))
    throw new RangeError(`Cannot use maxBytes ${String(maxBytes)} of bearerToken: wanted 0 or more`);
  if (!['all', 'idempotent', 'none'].includes(repeat))
    throw new TypeError(`Cannot use repeat ${JSON.stringify(repeat)} of bearerToken: wanted all, idempotent or none`);
  return async function bearerToken(call, next) {
    const refusal = plaintextRefusal(call, plaintext, 'a bearer token', 'bearerToken');
    if (refusal !== undefined) return refusal;
    if (typeof token === 'string') return next(bearing(call, token));
    const streams = call.method.kind === 'clientStream' || call.method.kind === 'bidi';
    const wanted = repeat === 'all' || (repeat === 'idempotent' && call.method.idempotency !== 'unknown');
    const repeats = wanted && call.side === 'client' && (maxBytes > 0 || !streams);
    const repeatable = repeats ? call.replayable(maxBytes) : call;
    const first = await obtain(token, call);
    const status = await next(bearing(repeatable, first));
    if (status.code !== Code.UNAUTHENTICATED || status.origin !== 'peer' || !repeats || call.committed) return status;
    const second = await another(token, call, first);
    return second === undefined || call.committed ? status : next(bearing(repeatable, second));
  };
}

function bearing(call: Call, token: string): Call {
  return call.withMetadata((metadata) => metadata.set('authorization', `Bearer ${token}`));
}

type TokenFunction = Exclude<TokenSource, string>;

async function obtain(source: TokenFunction, context: Context, refused?: string): Promise<string> {
  try {
    const token = detached(() => source(context, refused));
    return legalToken(typeof token === 'object' ? await untilCancelled(token, context.signal) : token);
  } catch (thrown) {
    if (thrown instanceof StatusError) throw thrown;
    throw new StatusError(Code.UNAUTHENTICATED, `Cannot get a token for ${context.method.path}`, { cause: thrown });
  }
}

/** A token that was not refused; when there is none the server's answer stands. */
async function another(source: TokenFunction, context: Context, refused: string): Promise<string | undefined> {
  try {
    const token = await obtain(source, context, refused);
    return token === refused ? undefined : token;
  } catch {
    return undefined;
  }
}
