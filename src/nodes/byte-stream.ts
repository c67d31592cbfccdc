import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import type { NodeProcess } from './node-context.ts';
import { asError } from './reply.ts';

/** How long one that is part of a reply waits for somebody to read it, milliseconds. */
const unreadMs = 30_000;
const defaultMaxBytes = 4 * 1024 * 1024;

let open = 0;

/** Whether there is any stream that has not ended: while there is none, nobody looks for them in payloads. */
export function anyByteStream(): boolean {
  return open > 0;
}

export interface ByteStreamOptions {
  /** Called once when nobody will read on, before the end: frees what the bytes come from. */
  cancel?(reason: Error): void;
}

/**
 * Bytes that are too many to hold, or not all there yet: a payload may have one, as the body of a request does. It is read once, as it comes;
 * asking a second time throws FAILED_PRECONDITION. Edges within a process hand it on; where a payload leaves the process it is read into
 * bytes, up to the size of a message.
 */
export class ByteStream implements AsyncIterable<Uint8Array> {
  readonly #chunks: AsyncIterable<Uint8Array>;
  readonly #cancel: ByteStreamOptions['cancel'];
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #over = false;
  #failure: Error | undefined;
  /** Frees whoever waits for the next bytes. */
  #fail: ((reason: Error) => void) | undefined;
  #handedOn = false;
  #unread: ReturnType<typeof setTimeout> | undefined;

  constructor(chunks: AsyncIterable<Uint8Array>, { cancel }: ByteStreamOptions = {}) {
    this.#chunks = chunks;
    this.#cancel = cancel;
    open += 1;
  }

  /** Whether somebody has begun to read it, or nobody can any more. */
  get used(): boolean {
    return this.#over || this.#iterator !== undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.used) throw new StatusError(Code.FAILED_PRECONDITION, 'Cannot read a byte stream twice');
    clearTimeout(this.#unread);
    this.#iterator = this.#chunks[Symbol.asyncIterator]();
    return {
      next: () => this.#next(),
      return: (value?: unknown) => {
        this.cancel(new StatusError(Code.CANCELLED, 'Nobody reads the byte stream any more'));
        return Promise.resolve({ done: true, value });
      },
    };
  }

  /** All of it. RESOURCE_EXHAUSTED, and the rest is cancelled, once it is more than `maxBytes`; default 4 MiB. */
  async bytes(maxBytes: number = defaultMaxBytes): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this) {
      size += chunk.byteLength;
      if (size > maxBytes)
        throw new StatusError(Code.RESOURCE_EXHAUSTED, `Cannot hold a byte stream of more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    const all = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.byteLength;
    }
    return all;
  }

  /** All of it, read as UTF-8; bounded like `bytes`. */
  async text(maxBytes?: number): Promise<string> {
    return new TextDecoder().decode(await this.bytes(maxBytes));
  }

  /** Ends it early; whoever reads it gets the reason. */
  cancel(reason: Error = new StatusError(Code.CANCELLED, 'The byte stream was cancelled')): void {
    if (this.#over) return;
    this.#failure = reason;
    this.#end();
    this.#cancel?.(reason);
    // Not awaited: it may stay pending behind an unfinished `next`.
    this.#iterator?.return?.().catch(() => {});
    this.#fail?.(reason);
  }

  /** Lets it end with a process: when nobody has begun to read it and it is not in the reply, or when the process fails. Gives itself. */
  until(process: NodeProcess): this {
    process.onExit((error) => {
      if (this.#handedOn || (error === undefined && this.used)) return;
      this.cancel(error ?? new StatusError(Code.CANCELLED, 'The process that the byte stream belongs to has ended'));
    });
    return this;
  }

  /** It is in a reply: whoever gets that reads it, soon. */
  handOn(): void {
    if (this.#handedOn || this.used) return;
    this.#handedOn = true;
    const late = (): void => this.cancel(new StatusError(Code.CANCELLED, 'Nobody has read the byte stream'));
    this.#unread = setTimeout(late, unreadMs).unref();
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#iterator!.next().then(
        (result) => {
          if (result.done) this.#end();
          resolve(result);
        },
        (thrown: unknown) => {
          this.#failure ??= asError(thrown);
          this.#end();
          reject(this.#failure);
        },
      );
    });
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#unread);
    open -= 1;
  }
}
