import { snapshot } from './current.ts';
import type { ResponseSink } from './exchange.ts';
import type { Metadata } from './metadata.ts';
import { isPromise } from './requests.ts';

/** Responses on their way out, each through a map that runs in the async context it was given in; their order is kept. */
export class MappedResponses implements ResponseSink {
  readonly #outer: ResponseSink;
  readonly #map: (message: unknown) => unknown;
  readonly #fail: (thrown: unknown) => unknown;
  readonly #enter = snapshot();
  /** The last message whose async map, or the one before it, is not through yet. */
  #tail: Promise<void> | undefined;

  constructor(outer: ResponseSink, map: (message: unknown) => unknown, fail: (thrown: unknown) => unknown) {
    this.#outer = outer;
    this.#map = map;
    this.#fail = fail;
  }

  header(header: Metadata): void {
    this.#outer.header(header);
  }

  flush(): void {
    this.#outer.flush?.();
  }

  message(message: unknown): void | Promise<void> {
    let mapped: unknown;
    try {
      mapped = this.#enter(() => this.#map(message));
    } catch (thrown) {
      return Promise.reject(this.#fail(thrown));
    }
    if (this.#tail === undefined && !isPromise(mapped)) return this.#outer.message(mapped);
    const tail = this.#deliver(this.#tail, mapped);
    this.#tail = tail;
    const clear = (): void => {
      if (this.#tail === tail) this.#tail = undefined;
    };
    tail.then(clear, clear);
    return tail;
  }

  async #deliver(before: Promise<void> | undefined, mapped: unknown): Promise<void> {
    await before?.catch(() => {});
    let message: unknown;
    try {
      message = await mapped;
    } catch (thrown) {
      throw this.#fail(thrown);
    }
    await this.#outer.message(message);
  }
}
