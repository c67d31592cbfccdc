/** A bounded bridge from a producer that pushes to a consumer that iterates. */
export class Queue<T> implements AsyncIterableIterator<T> {
  readonly #capacity: number;
  readonly #onStop: (() => void) | undefined;
  #items: T[] = [];
  #waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = [];
  #room: { promise: Promise<void>; resolve(): void } | undefined;
  #end: { error?: unknown } | undefined;

  /** `onStop` is called when the consumer leaves before the end. */
  constructor({ capacity = 1, onStop }: { capacity?: number; onStop?: () => void } = {}) {
    this.#capacity = capacity;
    this.#onStop = onStop;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Takes an item. A promise comes back when the queue is full: push again once it resolves. Ignored after the end. */
  push(item: T): void | Promise<void> {
    if (this.#end !== undefined) return undefined;
    const reader = this.#waiting.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: item });
      return undefined;
    }
    this.#items.push(item);
    if (this.size < this.#capacity) return undefined;
    if (this.#room === undefined) {
      let resolve!: () => void;
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#room = { promise, resolve };
    }
    return this.#room.promise;
  }

  /** Items pushed before are still read, then iteration ends, with the error when there is one. */
  end(...failure: [error?: unknown]): void {
    if (this.#end !== undefined) return;
    this.#end = failure.length > 0 ? { error: failure[0] } : {};
    this.#free();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const reader of waiting) this.#finish(reader);
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#items.length > 0) {
      // Never more than the capacity and what was pushed unawaited, so shifting is cheap.
      const value = this.#items.shift()!;
      if (this.size < this.#capacity) this.#free();
      return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve, reject) => {
      if (this.#end === undefined) this.#waiting.push({ resolve, reject });
      else this.#finish({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<T>> {
    const early = this.#end === undefined;
    this.#items = [];
    this.end();
    if (early) this.#onStop?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish({ resolve, reject }: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }): void {
    const end = this.#end!;
    if (!('error' in end)) return resolve({ done: true, value: undefined });
    const { error } = end;
    // Like a generator: an error is told once, then the stream is over.
    this.#end = {};
    reject(error);
  }

  #free(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
