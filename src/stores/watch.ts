import { matches } from './filter.ts';
import type { Change, History } from './history.ts';
import type { Document, Filter, StoreEvent } from './store.ts';
import { compacted } from './store-error.ts';

/** What a watch reads from. */
export interface Watched {
  readonly revision: number;
  readonly history: History;
  readonly closed: boolean;
  /** Calls back once, at the next change or when the store closes; returns what takes that back. */
  onNext(listener: () => void): () => void;
}

/**
 * One reader of a store's changes. It keeps a place in the store's own history and no queue, so however slow it is it costs nothing, and
 * a reader too slow for the history is told so.
 */
export class Watch<D extends Document> implements AsyncIterableIterator<StoreEvent<D>> {
  readonly #store: Watched;
  readonly #filter: Filter;
  readonly #signal: AbortSignal | undefined;
  readonly #left = new AbortController();
  #revision: number;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: Watched, fromRevision: number, filter: Filter, signal?: AbortSignal) {
    this.#store = store;
    this.#revision = fromRevision;
    this.#filter = filter;
    this.#signal = signal;
  }

  next(): Promise<IteratorResult<StoreEvent<D>>> {
    const next = this.#turn.then(() => this.#take());
    this.#turn = next.catch(() => {});
    return next;
  }

  async return(): Promise<IteratorResult<StoreEvent<D>>> {
    this.#left.abort();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get #ended(): boolean {
    return this.#store.closed || this.#left.signal.aborted || this.#signal?.aborted === true;
  }

  async #take(): Promise<IteratorResult<StoreEvent<D>>> {
    while (!this.#ended) {
      if (this.#revision === this.#store.revision) {
        await this.#change();
        continue;
      }
      const change = this.#store.history.at(this.#revision + 1);
      if (change === undefined) {
        this.#left.abort();
        throw compacted(this.#revision, this.#store.revision);
      }
      this.#revision += 1;
      const value = eventOf<D>(change, this.#filter);
      if (value !== undefined) return { done: false, value };
    }
    return { done: true, value: undefined };
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const signals = [this.#left.signal, ...(this.#signal === undefined ? [] : [this.#signal])];
      const wake = (): void => {
        forget();
        for (const signal of signals) signal.removeEventListener('abort', wake);
        resolve();
      };
      const forget = this.#store.onNext(wake);
      for (const signal of signals) signal.addEventListener('abort', wake, { once: true });
    });
  }
}

function eventOf<D extends Document>({ before, after, revision }: Change, filter: Filter): StoreEvent<D> | undefined {
  if (after !== undefined && matches(after, filter)) return { type: 'put', document: after as D, revision };
  // Gone, or gone from what was asked for.
  if (before !== undefined && matches(before, filter)) return { type: 'delete', document: before as D, revision };
  return undefined;
}
