import { Code } from './code.ts';
import type { Requests } from './requests.ts';
import { StatusError } from './status-error.ts';

/**
 * Requests that several attempts can read from the start, out of one shared buffer. One reader pulls, all read along.
 * Above `maxBytes` the buffer is freed and `overflow` called: attempts under way go on, new ones are refused.
 */
export class ReplayRequests implements Requests {
  readonly #outer: Requests;
  readonly #size: (message: unknown) => number;
  readonly #maxBytes: number;
  readonly #overflow: () => void;
  #source: AsyncIterator<unknown> | undefined;
  #first = 0;
  #messages: unknown[] = [];
  #bytes = 0;
  #readers = new Set<{ position: number }>();
  #overflowed = false;
  #end: { error?: unknown } | undefined;
  #pulling: Promise<void> | undefined;

  constructor(
    outer: Requests,
    { size, maxBytes, overflow }: { size(message: unknown): number; maxBytes: number; overflow(): void },
  ) {
    this.#outer = outer;
    this.#size = size;
    this.#maxBytes = maxBytes;
    this.#overflow = overflow;
  }

  value(): unknown {
    return this.#outer.value();
  }

  first(): unknown {
    return this.#outer.first();
  }

  iterate(): AsyncIterable<unknown> {
    return { [Symbol.asyncIterator]: () => this.#read() };
  }

  /** The call is over: the source is told, not awaited, and the buffer freed. */
  close(): void {
    this.#messages = [];
    if (this.#end !== undefined) return;
    this.#end = {};
    try {
      this.#source?.return?.()?.catch(() => {});
    } catch {
      // A hand-written iterator may throw at once; the call is over either way.
    }
  }

  #read(): AsyncIterator<unknown> {
    const reader = { position: 0 };
    if (!this.#overflowed) this.#readers.add(reader);
    const refused = this.#overflowed;
    let ended = refused;
    const next = async (): Promise<IteratorResult<unknown>> => {
      if (refused) throw new StatusError(Code.INTERNAL, 'Cannot replay the requests: they outgrew the replay buffer');
      while (!ended) {
        const message = this.#messages[reader.position - this.#first];
        if (reader.position - this.#first < this.#messages.length) {
          reader.position += 1;
          this.#trim();
          return { done: false, value: message };
        }
        if (this.#end !== undefined) {
          if ('error' in this.#end) throw this.#end.error;
          break;
        }
        await (this.#pulling ??= this.#pull());
      }
      return { done: true, value: undefined };
    };
    const stop = async (): Promise<IteratorResult<unknown>> => {
      ended = true;
      this.#readers.delete(reader);
      this.#trim();
      return { done: true, value: undefined };
    };
    return { next, return: stop };
  }

  async #pull(): Promise<void> {
    this.#source ??= this.#outer.iterate()[Symbol.asyncIterator]();
    try {
      const { done, value } = await this.#source.next();
      if (done) this.#end = {};
      else this.#keep(value);
    } catch (error) {
      this.#end = { error };
    } finally {
      this.#pulling = undefined;
    }
  }

  #keep(message: unknown): void {
    this.#messages.push(message);
    if (this.#overflowed) return;
    this.#bytes += this.#size(message);
    if (this.#bytes <= this.#maxBytes) return;
    this.#overflowed = true;
    this.#overflow();
    this.#trim();
  }

  /** Once nobody may start from the first message any more, what all readers have passed is dropped. */
  #trim(): void {
    if (!this.#overflowed) return;
    let slowest = this.#first + this.#messages.length;
    for (const { position } of this.#readers) slowest = Math.min(slowest, position);
    if (slowest > this.#first) {
      this.#messages.splice(0, slowest - this.#first);
      this.#first = slowest;
    }
  }
}
