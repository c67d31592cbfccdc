import { type Method, streamsRequests } from '../core/method.ts';
import type { MessageType } from '../wire/index.ts';
import { UsageError } from './exit.ts';
import { inputName, readInput } from './input.ts';
import { type JsonDocument, jsonDocuments } from './json-documents.ts';

/** The requests of a call as JSON: as text on the command line, or read from a file or stdin while the call runs. */
export interface RequestSource {
  readonly name: string;
  readonly documents: AsyncIterable<JsonDocument>;
}

/** What `-d` names: JSON text, `@file`, or `-` for stdin. Text that is not JSON is a UsageError at once. */
export async function requestSource(data: string): Promise<RequestSource> {
  const path = data === '-' || data === '@' ? '-' : data.startsWith('@') ? data.slice(1) : undefined;
  if (path !== undefined) {
    const name = inputName(path);
    return { name, documents: jsonDocuments(readInput(path), { source: name }) };
  }
  const documents: JsonDocument[] = [];
  try {
    for await (const document of jsonDocuments([Buffer.from(data)], { source: '-d' })) documents.push(document);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  return { name: '-d', documents: each(documents) };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/**
 * The requests of one call as messages. Streaming methods take them as they come; the others take exactly one, and an
 * empty message when no data was given. What is wrong with the data is thrown, and kept in `failure`: the call that
 * reads them ends with a status, which says less.
 */
export class Requests {
  failure: unknown;
  readonly #method: Method;
  readonly #source: RequestSource | undefined;

  constructor(method: Method, source: RequestSource | undefined) {
    this.#method = method;
    this.#source = source;
  }

  /** What the client's method takes: one message, or an iterable of them. */
  async input(): Promise<unknown> {
    if (streamsRequests(this.#method.kind)) return this.#messages();
    if (this.#source === undefined) return {};
    let message: unknown;
    let count = 0;
    for await (message of this.#messages()) {
      count += 1;
      if (count > 1) break;
    }
    if (count === 1) return message;
    const given = count === 0 ? 'none was' : 'several were';
    throw new Error(
      `Cannot call ${this.#method.path}: it takes one request and ${given} given in ${this.#source.name}`,
    );
  }

  async *#messages(): AsyncGenerator<unknown> {
    if (this.#source === undefined) return;
    const { jsonToMessage } = await import('../wire/index.ts');
    try {
      for await (const { value, line } of this.#source.documents) {
        try {
          yield jsonToMessage(this.#method.request as MessageType, value);
        } catch (error) {
          throw new Error(`Cannot send ${this.#source.name}, line ${line}: ${reasonOf(error)}`, { cause: error });
        }
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

function reasonOf(error: unknown): string {
  const { statusMessage, message } = error as { statusMessage?: string; message: string };
  return statusMessage ?? message;
}
