/**
 * Starts the packets of one process and port in order: the next one starts when the handler of the one before first sends or
 * settles. Made only when a packet has to be held for that.
 */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  #open = true;

  get idle(): boolean {
    return this.#open && this.#waiting.length === 0;
  }

  /** A handler is at work and has sent nothing yet. */
  close(): void {
    this.#open = false;
  }

  /** Runs the function in its turn. */
  enter<T>(start: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(start());
        } catch (thrown) {
          reject(thrown as Error);
        }
      });
    });
  }

  /** The next ones may start, up to the one that closes the gate again. */
  open(): void {
    this.#open = true;
    while (this.#open) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
  }
}
