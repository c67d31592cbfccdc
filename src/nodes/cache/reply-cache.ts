import { copyValue } from '../copy-value.ts';
import { measure } from '../measure.ts';
import { ValueMap } from './value-map.ts';

export interface ReplyCacheOptions {
  /** Replies that are kept at most. */
  readonly capacity: number;
  /** Bytes of them and their keys, as `measure` counts. */
  readonly bytes: number;
  /** How long each may be given, milliseconds. */
  readonly ttlMs: number;
}

interface Entry {
  readonly key: unknown;
  readonly reply: unknown;
  readonly bytes: number;
  /** By the monotonic clock. */
  readonly until: number;
}

/** Replies by what was asked, compared by value; the one that was not asked for longest leaves first. */
export class ReplyCache {
  readonly #options: ReplyCacheOptions;
  readonly #byKey = new ValueMap<Entry>();
  /** In the order of use, the last one last. */
  readonly #used = new Set<Entry>();
  #bytes = 0;

  constructor(options: ReplyCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#used.size;
  }

  /** A copy of what is kept, in a list of one; undefined when there is nothing, or nothing fresh. */
  get(key: unknown): readonly [reply: unknown] | undefined {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return undefined;
    this.#used.delete(entry);
    if (performance.now() >= entry.until) {
      this.#drop(entry);
      return undefined;
    }
    this.#used.add(entry);
    return [copyValue(entry.reply)];
  }

  /** Keeps the key, which must not change any more, and a copy of the reply. What is larger than all that may be kept is not. */
  set(key: unknown, reply: unknown): void {
    const { capacity, bytes: most, ttlMs } = this.#options;
    const bytes = measure(key) + measure(reply);
    if (bytes > most) return;
    const entry = { key, reply: copyValue(reply), bytes, until: performance.now() + ttlMs };
    const gone = this.#byKey.set(entry.key, entry);
    if (gone !== undefined) this.#forget(gone);
    this.#used.add(entry);
    this.#bytes += bytes;
    for (const oldest of this.#used) {
      if (this.#used.size <= capacity && this.#bytes <= most) return;
      this.#drop(oldest);
    }
  }

  #drop(entry: Entry): void {
    this.#byKey.delete(entry.key, entry);
    this.#forget(entry);
  }

  #forget(entry: Entry): void {
    this.#used.delete(entry);
    this.#bytes -= entry.bytes;
  }
}
