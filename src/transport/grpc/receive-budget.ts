import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

/** Bounds the bytes of messages that are half received or wait for their handler, over all calls together. */
export class ReceiveBudget {
  readonly #maxBytes: number;
  #used = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get used(): number {
    return this.#used;
  }

  /** Throws RESOURCE_EXHAUSTED when the budget is spent. */
  take(bytes: number, path: string): void {
    if (this.#used + bytes > this.#maxBytes) {
      throw new StatusError(
        Code.RESOURCE_EXHAUSTED,
        `Cannot receive a message on ${path}: this server is receiving ${this.#used} bytes already, the limit is ${this.#maxBytes}`,
      );
    }
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}
