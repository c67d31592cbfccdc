import { detached } from '../../core/current.ts';
import { maxTimerMs } from '../../core/deadline.ts';

export interface TokenBucketOptions {
  readonly ratePerMs: number;
  /** Tokens that it holds at most. It begins full. */
  readonly burst: number;
}

/** Gives a token to one after the other, as time makes them, by the monotonic clock. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  #tokens: number;
  #at = performance.now();
  /** In the order of coming. */
  readonly #waiting = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TokenBucketOptions) {
    this.#options = options;
    this.#tokens = options.burst;
  }

  /** Those who wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether it is as it was at first, so that a new one would do. */
  get idle(): boolean {
    this.#fill();
    return this.#waiting.size === 0 && this.#tokens >= this.#options.burst;
  }

  /** Takes a token if one is there and nobody waits for it. */
  take(): boolean {
    this.#fill();
    if (this.#waiting.size > 0 || this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Milliseconds until whoever comes now would have a token. */
  get waitMs(): number {
    this.#fill();
    return Math.max(0, (this.#waiting.size + 1 - this.#tokens) / this.#options.ratePerMs);
  }

  /** Calls back once there is a token, in turn. Gives what leaves the queue. */
  enter(callback: () => void): () => void {
    this.#waiting.add(callback);
    this.#wait();
    return () => {
      this.#waiting.delete(callback);
      if (this.#waiting.size === 0) this.#stop();
    };
  }

  /** All who wait go on at once. */
  close(): void {
    this.#stop();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of waiting) callback();
  }

  #fill(): void {
    const now = performance.now();
    const { ratePerMs, burst } = this.#options;
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#at) * ratePerMs);
    this.#at = now;
  }

  #wait(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0) return;
    this.#fill();
    const ms = Math.ceil(Math.max(0, 1 - this.#tokens) / this.#options.ratePerMs);
    this.#timer = detached(() => setTimeout(() => this.#wake(), Math.min(Math.max(1, ms), maxTimerMs)));
  }

  #wake(): void {
    this.#timer = undefined;
    this.#fill();
    for (const callback of this.#waiting) {
      if (this.#tokens < 1) break;
      this.#tokens -= 1;
      this.#waiting.delete(callback);
      callback();
    }
    this.#wait();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
