/** Buckets grow by this factor: a quantile is at most 5 % off. */
const growth = 1.1;
/** In the unit of what is observed: for seconds from a microsecond to about three hours. */
const least = 1e-6;
const bucketCount = 244;
const perGrowth = 1 / Math.log(growth);

export interface WindowOptions {
  windowMs: number;
  slices: number;
  now(): number;
}

/**
 * Quantiles of what was observed in the last `windowMs`, in a fixed amount of memory: a ring of histograms, of which the oldest is
 * emptied as time goes on. `sum` and `count` are of all time.
 */
export class Summary {
  readonly quantiles: readonly number[];
  sum = 0;
  count = 0;
  readonly #rings: readonly Uint32Array[];
  readonly #sliceMs: number;
  readonly #now: () => number;
  /** Number of the slice of time that is being filled. */
  #slice: number;

  constructor(quantiles: readonly number[], { windowMs, slices, now }: WindowOptions) {
    this.quantiles = quantiles;
    this.#rings = Array.from({ length: slices }, () => new Uint32Array(bucketCount));
    this.#sliceMs = windowMs / slices;
    this.#now = now;
    this.#slice = this.#current();
  }

  observe(value: number): void {
    this.#turn();
    this.#rings[this.#slice % this.#rings.length]![bucketOf(value)]! += 1;
    this.sum += value;
    this.count += 1;
  }

  /** The value under which each share of the window's observations lies; NaN when there were none. */
  values(): readonly number[] {
    this.#turn();
    const merged = new Float64Array(bucketCount);
    let total = 0;
    for (const ring of this.#rings) {
      for (let index = 0; index < bucketCount; index++) {
        const count = ring[index]!;
        merged[index]! += count;
        total += count;
      }
    }
    return this.quantiles.map((quantile) => valueAt(merged, total * quantile, total));
  }

  #current(): number {
    return Math.floor(this.#now() / this.#sliceMs);
  }

  #turn(): void {
    const slice = this.#current();
    if (slice <= this.#slice) return;
    const passed = Math.min(slice - this.#slice, this.#rings.length);
    for (let step = 0; step < passed; step++) this.#rings[(slice - step) % this.#rings.length]!.fill(0);
    this.#slice = slice;
  }
}

function bucketOf(value: number): number {
  if (!(value > least)) return 0;
  return Math.min(Math.ceil(Math.log(value / least) * perGrowth), bucketCount - 1);
}

function valueAt(buckets: Float64Array, rank: number, total: number): number {
  if (total === 0) return Number.NaN;
  let seen = 0;
  for (let index = 0; index < buckets.length; index++) {
    seen += buckets[index]!;
    // The middle of the bucket, on its logarithmic scale.
    if (seen > 0 && seen >= rank) return least * growth ** (index - 0.5);
  }
  return Number.NaN;
}
