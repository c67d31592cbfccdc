import {
  type Call,
  Code,
  checkOptions,
  type Interceptor,
  jsonLogger,
  type Logger,
  remaining,
  type Status,
  StatusError,
  streamsRequests,
} from 'flowrpc';
import { longestTimerMs } from './calls/longest-timer.ts';
import { pause, untilCancelled } from './calls/until-cancelled.ts';
import { type LimitKey, limitKey } from './limits/rate-limit-key.ts';
import { inWords, refuse } from './limits/rate-limit-refusal.ts';
import { type SharedStoreOptions, sharedStore } from './limits/rate-limit-store.ts';
import { type RateStore, tokenBucket } from './limits/token-bucket.ts';

/** How fast, counted here; or a store that counts for several processes. */
export type Rate =
  | {
      /** Calls a second over time; fractions such as 0.2 too. */
      perSecond: number;
      /** Calls at once after a while without any. Default: those of one second, at least 1. */
      burst?: number;
      /** Keys remembered at once. Default 10,000. */
      maxKeys?: number;
      store?: undefined;
      shared?: undefined;
    }
  | {
      store: RateStore;
      /** What holds while the store does not answer. */
      shared?: SharedStoreOptions;
      perSecond?: undefined;
      burst?: undefined;
      maxKeys?: undefined;
    };

export type RateLimitOptions = Rate & {
  /** What calls are counted by. Default `peer`. */
  key?: LimitKey;
  /** How long a call may wait for its turn, if its deadline leaves it as much. Default 0: who comes too early is refused. */
  maxWaitMs?: number;
  /** Each message of a stream of requests costs a token as well as the call itself. */
  messages?: boolean;
  /** Told when a shared store fails. */
  logger?: Logger;
};

const optionNames = ['perSecond', 'burst', 'maxKeys', 'store', 'shared', 'key', 'maxWaitMs', 'messages', 'logger'];

/**
 * At most so many calls a second for each key, in a token bucket. Others end with RESOURCE_EXHAUSTED, carried out by nobody,
 * with QuotaFailure, RetryInfo and the trailer `grpc-retry-pushback-ms`, which `retry()` obeys. On a server it holds callers
 * off, on a client it paces its own calls. Several methods under one `rateLimit` share its tokens.
 */
export function rateLimit({
  perSecond,
  burst,
  maxKeys,
  store,
  shared,
  key = 'peer',
  maxWaitMs = 0,
  messages = false,
  logger = jsonLogger(),
  ...rest
}: RateLimitOptions): Interceptor {
  checkOptions('rateLimit', rest, optionNames);
  if (!(maxWaitMs >= 0)) throw new RangeError(`Cannot wait ${maxWaitMs} ms for a turn: wanted 0 or more`);
  if (store !== undefined && (perSecond ?? burst ?? maxKeys) !== undefined)
    throw new TypeError('Cannot limit by perSecond, burst or maxKeys and a store: the store knows its own rate');
  if (store === undefined && shared !== undefined)
    throw new TypeError('Cannot limit with shared but no store: wanted both, or perSecond');
  const keyOf = limitKey(key);
  const rate: RateStore =
    store === undefined
      ? tokenBucket({ perSecond: perSecond as number, burst, maxKeys })
      : sharedStore(store, shared ?? {}, logger);

  return async function rateLimit(call, next) {
    const name = keyOf(call);
    if (name === false) return next(call);
    const boundMs = bound(call);
    const taken = rate.take(name, 1, boundMs);
    const waitMs = typeof taken === 'number' ? taken : await untilCancelled(taken, call.signal);
    if (waitMs > boundMs) return tooMany(name, waitMs);
    const cancelled = waitMs > 0 ? await pause(waitMs, call.signal) : undefined;
    if (cancelled !== undefined) return cancelled;
    if (!messages || !streamsRequests(call.method.kind)) return next(call);
    return next(call.mapRequests((message) => paced(message, name, call)));
  };

  function bound({ deadline }: Call): number {
    return maxWaitMs === 0 ? 0 : Math.min(maxWaitMs, longestTimerMs, remaining(deadline));
  }

  function paced(message: unknown, name: string, call: Call): unknown {
    const boundMs = bound(call);
    const taken = rate.take(name, 1, boundMs);
    return taken === 0 ? message : inTurn(message, name, taken, boundMs, call.signal);
  }
}

/** The message, when it is its turn: until then whoever sends the stream is held back by flow control. */
async function inTurn(
  message: unknown,
  name: string,
  taken: number | PromiseLike<number>,
  boundMs: number,
  signal: AbortSignal,
): Promise<unknown> {
  const waitMs = typeof taken === 'number' ? taken : await untilCancelled(taken, signal);
  if (waitMs > boundMs) throw StatusError.of(tooMany(name, waitMs));
  const cancelled = waitMs > 0 ? await pause(waitMs, signal) : undefined;
  if (cancelled !== undefined) throw StatusError.of(cancelled);
  return message;
}

/** Names the kind of key, never the key: it may be a secret, and this text goes to logs. */
function tooMany(name: string, retryMs: number): Status {
  const by = name.split(':', 1)[0];
  const when = retryMs === Number.POSITIVE_INFINITY ? 'there is no later' : `come back in ${inWords(retryMs)}`;
  return refuse({
    code: Code.RESOURCE_EXHAUSTED,
    reason: 'RATE_LIMIT_EXCEEDED',
    text: `Too many calls: ${when}`,
    retryMs,
    quota: `calls by ${by}`,
  });
}
