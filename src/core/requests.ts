import { Code } from './code.ts';
import { snapshot } from './current.ts';
import { StatusError } from './status-error.ts';

/** Where the request messages of a call come from. */
export interface Requests {
  /** The one message when it is there now; throws a TypeError when it is not. */
  value(): unknown;
  /** The one message, awaited where a map is async. */
  first(): unknown;
  iterate(): AsyncIterable<unknown>;
}

/** The message of a unary or server-streaming call; may be read any number of times. */
export class OneRequest implements Requests {
  readonly #message: unknown;

  constructor(message: unknown) {
    this.#message = message;
  }

  value(): unknown {
    return this.#message;
  }

  first(): unknown {
    return this.#message;
  }

  iterate(): AsyncIterable<unknown> {
    return once(this.#message);
  }
}

/** A stream, read at most once. */
export class StreamRequests implements Requests {
  readonly #source: AsyncIterable<unknown>;
  readonly #path: string;
  #taken = false;

  constructor(source: AsyncIterable<unknown>, path: string) {
    this.#source = source;
    this.#path = path;
  }

  value(): unknown {
    throw new TypeError(`Cannot read the request of ${this.#path}: it is a stream, iterate over requests`);
  }

  async first(): Promise<unknown> {
    let count = 0;
    let message: unknown;
    for await (const item of this.iterate()) {
      message = item;
      count += 1;
    }
    if (count !== 1)
      throw new StatusError(Code.INTERNAL, `Cannot send ${count} requests to ${this.#path}: wanted exactly one`);
    return message;
  }

  iterate(): AsyncIterable<unknown> {
    if (!this.#taken) {
      this.#taken = true;
      return this.#source;
    }
    const error = new StatusError(
      Code.INTERNAL,
      `Cannot read the requests of ${this.#path} twice: derive the call with replayable(maxBytes)`,
    );
    return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
  }
}

/** The requests of an outer call, each through a map that runs in the async context it was given in. */
export class MappedRequests implements Requests {
  readonly #outer: Requests;
  readonly #map: (message: unknown) => unknown;
  readonly #fail: (thrown: unknown) => unknown;
  readonly #enter = snapshot();
  #done = false;
  #mapped: unknown;

  constructor(outer: Requests, map: (message: unknown) => unknown, fail: (thrown: unknown) => unknown) {
    this.#outer = outer;
    this.#map = map;
    this.#fail = fail;
  }

  value(): unknown {
    if (!this.#done) {
      this.#mapped = this.#apply(this.#outer.value());
      this.#done = true;
    }
    if (isPromise(this.#mapped))
      throw new TypeError('Cannot read the request here: a map in front of it is async, iterate over requests');
    return this.#mapped;
  }

  first(): unknown {
    if (!this.#done) {
      const first = this.#outer.first();
      this.#mapped = isPromise(first) ? first.then((message) => this.#apply(message)) : this.#apply(first);
      this.#done = true;
    }
    return this.#mapped;
  }

  iterate(): AsyncIterable<unknown> {
    const outer = this.#outer.iterate();
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = outer[Symbol.asyncIterator]();
        return {
          next: async () => {
            const { done, value } = await iterator.next();
            return done ? { done, value } : { done: false, value: await this.#apply(value) };
          },
          // Straight through, unlike a generator's, which would wait behind an unfinished `next()`.
          return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
        };
      },
    };
  }

  #apply(message: unknown): unknown {
    try {
      const mapped = this.#enter(() => this.#map(message));
      if (!isPromise(mapped)) return mapped;
      return mapped.then(undefined, (thrown: unknown) => {
        throw this.#fail(thrown);
      });
    } catch (thrown) {
      throw this.#fail(thrown);
    }
  }
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

async function* once(message: unknown): AsyncGenerator<unknown> {
  yield message;
}
