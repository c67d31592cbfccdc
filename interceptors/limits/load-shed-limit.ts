import type { Method } from 'flowrpc';

export interface AdaptiveLimitOptions {
  initial: number;
  min: number;
  max: number;
  /** How many times longer than usual calls may take before the limit sinks. */
  tolerance: number;
}

const windowMs = 500;
const minSamples = 20;
/** More than this share of calls without an answer in time is too many, whatever the others took. */
const maxDropped = 0.1;
const steepest = 0.5;
/** What takes no longer is as good as at once: of so little, many times more is no overload. */
const fastMs = 5;
/**
 * How fast what is usual follows what is. While the limit is used, slowness may be its own doing, and must not become the rule. At the
 * lowest limit it cannot be: then something else has become slower for good.
 */
const paces = {
  idle: { up: 0.05, down: 0.05 },
  used: { up: 0.0005, down: 0.02 },
  lowest: { up: 0.05, down: 0.05 },
};

/** How long calls of a method take: as a rule, and in the window that is open. */
interface Latency {
  usualMs: number;
  windows: number;
  sumMs: number;
  count: number;
}

/**
 * A limit of calls in flight that finds itself. Every half second (and 20 calls) latencies are compared with what is usual for
 * their methods. Within the tolerance, and if it was used, the limit grows by its square root; beyond it it shrinks by
 * the factor that calls were too slow, to half at most.
 */
export class AdaptiveLimit {
  readonly #options: AdaptiveLimitOptions;
  #latencies = new WeakMap<Method, Latency>();
  #open = new Set<Latency>();
  #limit: number;
  #windowStart = performance.now();
  #dropped = 0;
  #samples = 0;
  #busiest = 0;

  constructor(options: AdaptiveLimitOptions) {
    this.#options = options;
    this.#limit = options.initial;
  }

  get limit(): number {
    return this.#limit;
  }

  /** A call was admitted as the n-th in flight. */
  started(inFlight: number): void {
    if (inFlight > this.#busiest) this.#busiest = inFlight;
  }

  /** A call succeeded. */
  succeeded(method: Method, ms: number): void {
    // Of what nobody registered there are as many as strangers can think of.
    if (!method.known) return;
    let latency = this.#latencies.get(method);
    if (latency === undefined) {
      latency = { usualMs: 0, windows: 0, sumMs: 0, count: 0 };
      this.#latencies.set(method, latency);
    }
    this.#open.add(latency);
    latency.sumMs += ms;
    latency.count += 1;
    this.#sampled();
  }

  /** How long calls of a method take as a rule; undefined before any has succeeded. What is shorter than can be told is rounded up. */
  usualMs(method: Method): number | undefined {
    const latency = this.#latencies.get(method);
    if (latency === undefined) return undefined;
    return Math.max(fastMs, latency.windows > 0 ? latency.usualMs : latency.sumMs / latency.count);
  }

  /** A call had no answer in time. */
  dropped(): void {
    this.#dropped += 1;
    this.#sampled();
  }

  #sampled(): void {
    this.#samples += 1;
    if (this.#samples < minSamples) return;
    const now = performance.now();
    if (now - this.#windowStart < windowMs) return;
    this.#adjust();
    this.#windowStart = now;
    this.#samples = this.#dropped = this.#busiest = 0;
  }

  #adjust(): void {
    const { min, max, tolerance } = this.#options;
    const slowness = this.#slowness();
    const dropped = this.#dropped > this.#samples * maxDropped;
    const gradient = Math.min(tolerance / slowness, dropped ? 0.9 : 1);
    const used = this.#busiest * 2 >= this.#limit;
    const pace = this.#limit <= min ? paces.lowest : !used ? paces.idle : paces.used;
    let next = this.#limit;
    if (gradient < 1) next *= Math.max(steepest, gradient);
    else if (used) next += Math.sqrt(next);
    this.#limit = Math.min(max, Math.max(min, next));
    for (const latency of this.#open) learn(latency, pace);
    this.#open.clear();
  }

  /** How many times longer than usual the calls of this window took, each against its own method. */
  #slowness(): number {
    let ratios = 0;
    let count = 0;
    for (const latency of this.#open) {
      if (latency.windows > 0) ratios += latency.sumMs / Math.max(latency.usualMs, fastMs);
      else ratios += latency.count;
      count += latency.count;
    }
    return count === 0 ? 1 : ratios / count;
  }
}

/** What is usual moves towards the mean of this window, by a share; faster when calls take less than half of it. */
function learn(latency: Latency, { up, down }: { up: number; down: number }): void {
  const mean = latency.sumMs / latency.count;
  latency.windows += 1;
  const share = mean * 2 < latency.usualMs ? 0.5 : mean < latency.usualMs ? down : up;
  latency.usualMs += (latency.windows === 1 ? 1 : share) * (mean - latency.usualMs);
  latency.sumMs = latency.count = 0;
}
