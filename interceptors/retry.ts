import {
  type Call,
  Code,
  checkOptions,
  type ErrorCode,
  type Interceptor,
  remaining,
  type Status,
  statusOf,
} from 'flowrpc';
import { type Throttle, type ThrottleOptions, throttle as throttling } from './retry-throttle.ts';
import { untilCancelled } from './until-cancelled.ts';

export interface RetryOptions {
  /** All tries of a call, the first included. */
  attempts?: number;
  /** The pause before the second attempt; each further one is `multiplier` times longer, up to `maxDelayMs`. */
  baseDelayMs?: number;
  maxDelayMs?: number;
  multiplier?: number;
  /** Each pause is longer or shorter by up to this share, at random, so that callers do not return in step. */
  jitter?: number;
  /** The codes worth another attempt. */
  codes?: readonly ErrorCode[];
  /**
   * Repeat methods too that are not marked with `idempotency_level` in their proto file. Without it they are repeated only when it is
   * certain that no server saw the call (`status.unseen`), since a failed attempt may have been carried out.
   */
  nonIdempotent?: boolean;
  /** Bounds each attempt; add DEADLINE_EXCEEDED to `codes` to try again after it. */
  attemptTimeoutMs?: number;
  /** Encoded requests of a stream kept for further attempts; a stream that outgrows it is not repeated. */
  maxBytes?: number;
  /** Stops repeating while most calls fail; `false` for never. Shared by all calls through this interceptor. */
  throttle?: ThrottleOptions | false;
}

const optionNames = [
  'attempts',
  'baseDelayMs',
  'maxDelayMs',
  'multiplier',
  'jitter',
  'codes',
  'nonIdempotent',
  'attemptTimeoutMs',
  'maxBytes',
  'throttle',
];

/**
 * Tries a failed call again (gRFC A6): not once a header or message reached the caller, not after a cancel, not when the
 * deadline would pass meanwhile, and not more often than the server allows by `grpc-retry-pushback-ms`. What no server saw is
 * repeated whatever the method. On a client it stands between caller and transport; on a server it repeats the handler.
 */
export function retry({
  attempts = 3,
  baseDelayMs = 50,
  maxDelayMs = 1_000,
  multiplier = 2,
  jitter = 0.2,
  codes = [Code.UNAVAILABLE],
  nonIdempotent = false,
  attemptTimeoutMs,
  maxBytes = 256 * 1024,
  throttle = {},
  ...rest
}: RetryOptions = {}): Interceptor {
  checkOptions('retry', rest, optionNames);
  if (!Number.isInteger(attempts) || attempts < 1)
    throw new RangeError(`Cannot retry ${attempts} times: attempts must be 1 or more`);
  checkNumbers({ baseDelayMs, maxDelayMs, jitter, maxBytes, attemptTimeoutMs });
  if (!(multiplier >= 1)) throw new RangeError(`Cannot retry with multiplier ${multiplier}: wanted 1 or more`);
  if (jitter > 1) throw new RangeError(`Cannot retry with jitter ${jitter}: wanted a share from 0 to 1`);
  const retryable = new Set<Code>(codes);
  const limiter: Throttle | undefined = throttle === false ? undefined : throttling(throttle);
  const backoff = (step: number): number => {
    return Math.min(baseDelayMs * multiplier ** step, maxDelayMs) * (1 + jitter * (2 * Math.random() - 1));
  };

  return async function retry(call, next) {
    if (attempts === 1) return next(bounded(call));
    const repeatsSeen = nonIdempotent || call.method.idempotency !== 'unknown';
    const repeatable = call.replayable(maxBytes);
    for (let attempt = 1, step = 0; ; attempt += 1) {
      const status = await next(bounded(numbered(repeatable, attempt)));
      if (status.code === Code.OK) limiter?.succeeded();
      if (!retryable.has(status.code) || !(repeatsSeen || status.unseen)) return status;
      const allowed = limiter === undefined || limiter.failed();
      const pushback = pushbackOf(status);
      if (!allowed || attempt >= attempts || pushback === 'stop' || call.committed) return status;
      const delayMs = pushback ?? backoff(step);
      // After the server set the pace, the next pause of our own starts from the shortest again.
      step = pushback === undefined ? step + 1 : 0;
      if (delayMs >= remaining(call.deadline)) return status;
      const cancelled = await pause(delayMs, call.signal);
      if (cancelled !== undefined) return cancelled;
      // The replay buffer may have overflowed meanwhile.
      if (call.committed) return status;
    }
  };

  function bounded(call: Call): Call {
    return attemptTimeoutMs === undefined ? call : call.withTimeout(attemptTimeoutMs);
  }
}

/** On the wire the server learns how often the call was tried before; a handler's metadata stays what its caller sent. */
function numbered(call: Call, attempt: number): Call {
  if (attempt === 1 || call.side === 'server') return call;
  return call.withMetadata((metadata) => metadata.set('grpc-previous-rpc-attempts', String(attempt - 1)));
}

/** When the server wants the next attempt, in milliseconds; `stop` when it wants none or cannot be understood (gRFC A6). */
function pushbackOf({ trailer }: Status): number | 'stop' | undefined {
  const value = trailer.get('grpc-retry-pushback-ms');
  if (value === undefined) return undefined;
  return /^\d{1,9}$/.test(value) ? Number(value) : 'stop';
}

/** Waits; the status to end with when the call is cancelled first. */
async function pause(ms: number, signal: AbortSignal): Promise<Status | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await untilCancelled(new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))), signal);
    return undefined;
  } catch (reason) {
    return statusOf(reason);
  } finally {
    clearTimeout(timer);
  }
}

function checkNumbers(options: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (typeof value === 'number' && value >= 0)) continue;
    throw new RangeError(`Cannot retry with ${name} ${String(value)}: wanted 0 or more`);
  }
}
