/** What a feed gives: an item, and how many were lost before it because the reader was too slow. */
export interface Fed<T> {
  readonly item: T;
  readonly missed: number;
}

export interface FeedOptions<T> {
  /** Items that may wait for the reader. */
  readonly capacity: number;
  /** Ends the feed. */
  readonly signal?: AbortSignal | undefined;
  /** What the reader wants to see. Default: everything. */
  readonly wanted?: (item: T) => boolean;
  /** Called once, however the feed ends. */
  readonly onEnd?: () => void;
}

/** Items for one reader who may be slow: beyond the capacity the oldest go, and are counted. */
export class Feed<T> implements AsyncIterableIterator<Fed<T>> {
  readonly #options: FeedOptions<T>;
  readonly #items = new Map<number, T>();
  readonly #waiting: ((result: IteratorResult<Fed<T>>) => void)[] = [];
  readonly #stop = (): void => this.end();
  #pushed = 0;
  #missed = 0;
  #ended = false;

  constructor(options: FeedOptions<T>) {
    const { capacity, signal } = options;
    if (!Number.isInteger(capacity) || capacity < 1)
      throw new RangeError(`Cannot feed with capacity ${String(capacity)}: wanted a whole number, 1 or more`);
    this.#options = options;
    if (signal?.aborted) this.#ended = true;
    else signal?.addEventListener('abort', this.#stop, { once: true });
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(item: T): void {
    const { capacity, wanted } = this.#options;
    if (this.#ended || wanted?.(item) === false) return;
    const reader = this.#waiting.shift();
    if (reader !== undefined) return reader({ done: false, value: { item, missed: 0 } });
    this.#items.set(this.#pushed++, item);
    if (this.#items.size <= capacity) return;
    this.#items.delete(this.#pushed - capacity - 1);
    this.#missed += 1;
  }

  /** What was pushed before is still read. */
  end(): void {
    if (this.#ended) return;
    const { signal, onEnd } = this.#options;
    this.#ended = true;
    signal?.removeEventListener('abort', this.#stop);
    for (const reader of this.#waiting.splice(0)) reader({ done: true, value: undefined });
    onEnd?.();
  }

  next(): Promise<IteratorResult<Fed<T>>> {
    for (const [key, item] of this.#items) {
      this.#items.delete(key);
      const missed = this.#missed;
      this.#missed = 0;
      return Promise.resolve({ done: false, value: { item, missed } });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<Fed<T>>> {
    this.#items.clear();
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
