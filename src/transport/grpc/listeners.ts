/** Those who want to be told of something. One that throws is a warning and harms neither the others nor who tells. */
export class Listeners<T> {
  readonly #what: string;
  readonly #listeners = new Set<{ readonly tell: (value: T) => void }>();

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
      try {
        if (this.#listeners.has(listener)) listener.tell(value);
      } catch (thrown) {
        process.emitWarning(`A listener of ${this.#what} threw: ${thrown instanceof Error ? thrown.message : thrown}`, {
          type: 'FlowrpcWarning',
          code: 'FLOWRPC_LISTENER',
        });
      }
    }
  }
}
