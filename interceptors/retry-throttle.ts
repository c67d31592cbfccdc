export interface ThrottleOptions {
  /** Where the bucket starts, and its rim. */
  maxTokens?: number;
  /** What a success puts back; a failure takes one. */
  tokenRatio?: number;
}

/** A bucket of tokens that failures empty: while it is no more than half full nothing is repeated (gRFC A6, "Throttling"). */
export interface Throttle {
  succeeded(): void;
  /** True when another attempt is allowed. */
  failed(): boolean;
}

/** Makes a full bucket. One for each server name keeps an outage from being multiplied by those who wait for its end. */
export function throttle({ maxTokens = 10, tokenRatio = 0.1 }: ThrottleOptions = {}): Throttle {
  if (!(maxTokens > 0 && maxTokens <= 1_000))
    throw new RangeError(`Cannot throttle with maxTokens ${maxTokens}: wanted more than 0, 1000 at most`);
  if (!(tokenRatio > 0)) throw new RangeError(`Cannot throttle with tokenRatio ${tokenRatio}: wanted more than 0`);
  let tokens = maxTokens;
  return {
    succeeded() {
      tokens = Math.min(maxTokens, tokens + tokenRatio);
    },
    failed() {
      tokens = Math.max(0, tokens - 1);
      return tokens > maxTokens / 2;
    },
  };
}
