import { Code } from '../core/code.ts';
import { snapshot } from '../core/current.ts';
import { StatusError } from '../core/status-error.ts';

/**
 * Pulls the requests of a call and hands them to a transport, waiting only for its flow control. Made when the call starts,
 * so that the caller's iterable runs in the caller's own async context. Stops without waiting for a stuck iterable.
 */
export class RequestPump {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #write: (message: unknown) => void | Promise<void>;
  readonly #enter = snapshot();
  #stopped = false;

  constructor(requests: AsyncIterable<unknown>, write: (message: unknown) => void | Promise<void>) {
    this.#iterator = requests[Symbol.asyncIterator]();
    this.#write = write;
    if (typeof this.#iterator?.next !== 'function') {
      throw new StatusError(Code.INVALID_ARGUMENT, 'Cannot send the requests: wanted an iterable or async iterable');
    }
  }

  /** True when the requests came to their end, false when it was stopped; rejects with what the iterable or the write threw. */
  async run(): Promise<boolean> {
    while (!this.#stopped) {
      const { done, value } = await this.#iterator.next();
      if (this.#stopped) break;
      if (done) return true;
      try {
        const written = this.#write(value);
        if (written !== undefined) await written;
      } catch (thrown) {
        this.stop();
        throw thrown;
      }
    }
    return false;
  }

  /** The call is over: the iterable is told, not awaited. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    try {
      // Whoever stops it does so from elsewhere: a generator's `finally` must not run as part of another call.
      this.#enter(() => this.#iterator.return?.()?.catch(() => {}));
    } catch {
      // A hand-written iterator may throw at once; the call is over either way.
    }
  }
}
