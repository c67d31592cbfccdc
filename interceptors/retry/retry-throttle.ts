import { checkOptions } from 'flowrpc';
import { atOnce, harmless } from '../calls/harmless.ts';

export interface ThrottleOptions {
  /** Where the bucket starts, and its rim. */
  maxTokens?: number;
  /** What a success puts back; a failure takes one. */
  tokenRatio?: number;
}

/** A bucket of tokens that failures empty: while it is no more than half full nothing is repeated (gRFC A6, "Throttling"). */
export interface RetryThrottle {
  /** Whether another attempt is allowed now. */
  readonly open: boolean;
  /** What it throws, or rejects with, is a warning of the process. */
  succeeded(): void;
  /** True when another attempt is allowed. */
  failed(): boolean;
}

/**
 * Makes a full bucket. One for each server name keeps an outage from being multiplied by those who wait for its end;
 * `retry()` and `hedging()` for the same server share it when both are given it.
 */
export function retryThrottle({ maxTokens = 10, tokenRatio = 0.1, ...rest }: ThrottleOptions = {}): RetryThrottle {
  checkOptions('a retry throttle', rest, ['maxTokens', 'tokenRatio']);
  if (!(maxTokens > 0 && maxTokens <= 1_000))
    throw new RangeError(`Cannot throttle with maxTokens ${maxTokens}: wanted more than 0, 1000 at most`);
  if (!(tokenRatio > 0)) throw new RangeError(`Cannot throttle with tokenRatio ${tokenRatio}: wanted more than 0`);
  let tokens = maxTokens;
  return {
    get open() {
      return tokens > maxTokens / 2;
    },
    succeeded() {
      tokens = Math.min(maxTokens, tokens + tokenRatio);
    },
    failed() {
      tokens = Math.max(0, tokens - 1);
      return tokens > maxTokens / 2;
    },
  };
}

/** The throttle that an option stands for; undefined for none. */
export function throttleOf(option: ThrottleOptions | RetryThrottle | false): RetryThrottle | undefined {
  if (option === false) return undefined;
  if (!('failed' in option)) return retryThrottle(option);
  return {
    get open() {
      return atOnce('open of a retry throttle', option.open);
    },
    succeeded: () => harmless('succeeded() of a retry throttle', () => option.succeeded()),
    failed: () => atOnce('failed() of a retry throttle', option.failed()),
  };
}
