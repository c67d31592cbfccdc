import { ValueMap } from '../cache/value-map.ts';
import { copyValue } from '../copy-value.ts';
import { TokenBucket, type TokenBucketOptions } from './token-bucket.ts';

const maxBuckets = 10_000;
/** How many are looked at to find those that can be forgotten. */
const maxLooked = 64;

/** A bucket for each key, compared by value. Those that are full again are forgotten when there are many. */
export class Buckets {
  readonly #options: TokenBucketOptions;
  readonly #byKey = new ValueMap<TokenBucket>();
  /** In the order in which they are looked at. */
  readonly #keys = new Map<TokenBucket, unknown>();

  constructor(options: TokenBucketOptions) {
    this.#options = options;
  }

  /** The bucket of a key; undefined when there are too many that are in use. */
  at(key: unknown): TokenBucket | undefined {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#keys.size >= maxBuckets) this.#sweep();
    if (this.#keys.size >= maxBuckets) return undefined;
    const bucket = new TokenBucket(this.#options);
    const kept = copyValue(key);
    const gone = this.#byKey.set(kept, bucket);
    if (gone !== undefined) this.#keys.delete(gone);
    this.#keys.set(bucket, kept);
    return bucket;
  }

  close(): void {
    for (const bucket of this.#keys.keys()) bucket.close();
  }

  /** Some at a time, so that nobody who comes pays for all; the next one goes on there. */
  #sweep(): void {
    let looked = 0;
    for (const [bucket, key] of this.#keys) {
      if (++looked > maxLooked) return;
      this.#keys.delete(bucket);
      if (bucket.idle) this.#byKey.delete(key, bucket);
      else this.#keys.set(bucket, key);
    }
  }
}
