/**
 * Yields what `look` gives now, and then each time that `changed()` finds another value, until the signal aborts.
 * One who reads slowly misses what was in between: nothing is kept but the value last yielded.
 */
export class StatusWatch<T> {
  readonly #look: () => T;
  readonly #signal: AbortSignal;
  #told: { readonly value: T } | undefined;
  #wake: () => void = () => {};

  constructor(look: () => T, signal: AbortSignal) {
    this.#look = look;
    this.#signal = signal;
  }

  /** To be called after every change that may matter; cheap when the value is still the same. */
  changed(): void {
    if (this.#told?.value !== this.#look()) this.#wake();
  }

  async *values(): AsyncGenerator<T> {
    const stop = (): void => this.#wake();
    this.#signal.addEventListener('abort', stop);
    try {
      while (!this.#signal.aborted) {
        const value = this.#look();
        if (this.#told?.value !== value) {
          this.#told = { value };
          yield value;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.#signal.removeEventListener('abort', stop);
    }
  }
}
