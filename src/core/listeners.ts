import { isPromise } from './requests.ts';

/** Tells one who wants to be told. What it throws, at once or in a promise that nobody waits for, goes to `failed`. */
export function tellOne<T>(tell: (value: T) => unknown, value: T, failed: (thrown: unknown) => void): void {
  try {
    const given = tell(value);
    if (isPromise(given)) Promise.resolve(given).catch(failed);
  } catch (thrown) {
    failed(thrown);
  }
}

/** Those who want to be told of something. One that throws or rejects is a warning and harms neither the others nor who tells. */
export class Listeners<T> {
  readonly #what: string;
  readonly #listeners = new Set<{ readonly tell: (value: T) => void }>();
  readonly #failed = (thrown: unknown): void => {
    process.emitWarning(`A listener of ${this.#what} threw: ${thrown instanceof Error ? thrown.message : thrown}`, {
      type: 'FlowrpcWarning',
      code: 'FLOWRPC_LISTENER',
    });
  };

  /** `what` names in the warning what was listened to. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Gives back what ends it. */
  add(tell: (value: T) => void): () => void {
    const listener = { tell };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(value: T): void {
    for (const listener of [...this.#listeners]) {
      if (this.#listeners.has(listener)) tellOne(listener.tell, value, this.#failed);
    }
  }
}
