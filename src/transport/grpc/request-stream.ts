import type { ServerHttp2Stream } from 'node:http2';
import type { StatusError } from '../../core/status-error.ts';
import type { ReceiveBudget } from './receive-budget.ts';

/** Read ahead of the handler at most; with more the peer is held back by flow control. */
const maxMessages = 8;
const maxBytes = 64 * 1024;

type Waiting = { resolve(result: IteratorResult<unknown>): void; reject(error: unknown): void };

/** The requests of a stream as its handler iterates them. Decoded when they are read; what waits stays bytes. */
export class RequestStream implements AsyncIterableIterator<unknown> {
  readonly #stream: ServerHttp2Stream;
  readonly #budget: ReceiveBudget;
  readonly #path: string;
  readonly #decode: (bytes: Uint8Array) => unknown;
  readonly #discard: () => void;
  #messages: Uint8Array[] = [];
  #bytes = 0;
  #waiting: Waiting[] = [];
  #end: { error?: unknown } | undefined;

  constructor(options: {
    stream: ServerHttp2Stream;
    budget: ReceiveBudget;
    path: string;
    decode(bytes: Uint8Array): unknown;
    discard(): void;
  }) {
    this.#stream = options.stream;
    this.#budget = options.budget;
    this.#path = options.path;
    this.#decode = options.decode;
    this.#discard = options.discard;
  }

  push(bytes: Uint8Array): void {
    if (this.#end !== undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return this.#give(bytes, waiting);
    this.#budget.take(bytes.byteLength, this.#path);
    this.#messages.push(bytes);
    this.#bytes += bytes.byteLength;
    if (this.#full) this.#stream.pause();
  }

  /** What came before is still read, then iteration ends, with the error when there is one. */
  end(error?: StatusError): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    for (const waiting of this.#waiting.splice(0)) this.#finish(waiting);
  }

  /** The call is over: nothing is kept. */
  drop(error: StatusError): void {
    this.#forget();
    this.end(error);
  }

  next(): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      const bytes = this.#messages.shift();
      if (bytes === undefined) {
        if (this.#end === undefined) this.#waiting.push(waiting);
        else this.#finish(waiting);
        return;
      }
      const full = this.#full;
      this.#bytes -= bytes.byteLength;
      this.#budget.give(bytes.byteLength);
      if (this.#messages.length === 0 || (full && !this.#full)) this.#stream.resume();
      this.#give(bytes, waiting);
    });
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#forget();
    this.end();
    this.#discard();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get #full(): boolean {
    return this.#messages.length >= maxMessages || this.#bytes >= maxBytes;
  }

  #forget(): void {
    this.#budget.give(this.#bytes);
    this.#messages = [];
    this.#bytes = 0;
  }

  #give(bytes: Uint8Array, { resolve, reject }: Waiting): void {
    try {
      resolve({ done: false, value: this.#decode(bytes) });
    } catch (error) {
      reject(error);
    }
  }

  #finish({ resolve, reject }: Waiting): void {
    const end = this.#end!;
    this.#end = {};
    if ('error' in end) reject(end.error);
    else resolve({ done: true, value: undefined });
  }
}
