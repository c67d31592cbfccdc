import { checkOptions } from 'flowrpc';

/** Where the tokens of a rate limit are counted. One that several processes share is a few lines over a database. */
export interface RateStore {
  /**
   * Takes `tokens` of a key when they are there within `maxWaitMs`, and says in how many milliseconds that is: 0 for now. When
   * it says more than `maxWaitMs`, nothing was taken; `Infinity` when there can never be so many.
   */
  take(key: string, tokens: number, maxWaitMs: number): number | PromiseLike<number>;
}

export interface TokenBucketOptions {
  /** Tokens that come back each second; fractions such as 0.2 too. */
  perSecond: number;
  /** How many there are at most, and at first. Default: those of one second, at least 1. */
  burst?: number;
  /** Buckets kept at once. Beyond it those untouched for longest are forgotten, and full again. Default 10,000. */
  maxKeys?: number;
}

/** A `RateStore` in this process's memory. */
export interface TokenBucket extends RateStore {
  take(key: string, tokens: number, maxWaitMs: number): number;
  /** Keys remembered now. */
  readonly size: number;
}

/** A bucket of tokens for each key. Nothing runs between calls: a full bucket and an unknown key are the same. */
export function tokenBucket({
  perSecond,
  burst = Math.max(1, perSecond),
  maxKeys = 10_000,
  ...rest
}: TokenBucketOptions): TokenBucket {
  checkOptions('tokenBucket', rest, ['perSecond', 'burst', 'maxKeys']);
  if (!(perSecond > 0 && perSecond < Number.POSITIVE_INFINITY))
    throw new RangeError(`Cannot limit to ${perSecond} a second: wanted a number above 0`);
  if (!(burst >= 1 && burst < Number.POSITIVE_INFINITY))
    throw new RangeError(`Cannot limit with burst ${burst}: wanted 1 or more`);
  if (!(maxKeys >= 2)) throw new RangeError(`Cannot limit with maxKeys ${maxKeys}: wanted 2 or more`);
  return new Buckets(1_000 / perSecond, burst, Math.floor(maxKeys / 2));
}

/** Sums of milliseconds are not exact. */
const toleranceMs = 0.001;

/**
 * The generic cell rate algorithm (ITU-T I.371): of each bucket no more is kept than when it will be full. Keys stand in two
 * generations: who was not seen for a whole one has a full bucket by then, and goes with it.
 */
class Buckets implements TokenBucket {
  readonly #msPerToken: number;
  readonly #burst: number;
  readonly #perGeneration: number;
  #fullAt = new Map<string, number>();
  #older = new Map<string, number>();
  #turnedAt = performance.now();
  #longestWaitMs = 0;

  constructor(msPerToken: number, burst: number, perGeneration: number) {
    this.#msPerToken = msPerToken;
    this.#burst = burst;
    this.#perGeneration = perGeneration;
  }

  get size(): number {
    return this.#fullAt.size + this.#older.size;
  }

  take(key: string, tokens: number, maxWaitMs: number): number {
    if (tokens > this.#burst) return Number.POSITIVE_INFINITY;
    const now = performance.now();
    const fillMs = this.#burst * this.#msPerToken;
    this.#turn(now, fillMs);
    const fullAt = this.#fullAt.get(key) ?? this.#older.get(key) ?? now;
    const wouldBe = Math.max(fullAt, now) + tokens * this.#msPerToken;
    const wait = wouldBe - now - fillMs;
    const waitMs = wait <= toleranceMs ? 0 : wait;
    const taken = waitMs <= maxWaitMs;
    if (taken && waitMs > this.#longestWaitMs) this.#longestWaitMs = waitMs;
    // Who is refused is seen, too: asking on and on makes nobody forgotten.
    this.#fullAt.set(key, taken ? wouldBe : fullAt);
    return waitMs;
  }

  #turn(now: number, fillMs: number): void {
    if (this.#fullAt.size < this.#perGeneration && now - this.#turnedAt < fillMs + this.#longestWaitMs) return;
    this.#older = this.#fullAt;
    this.#fullAt = new Map();
    this.#turnedAt = now;
  }
}
