import type { ServerHttp2Stream } from 'node:http2';
import type { Codec } from '../../core/method.ts';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status.ts';
import { type Frame, FrameReader } from './frame-reader.ts';
import { inflate } from './inflate.ts';
import type { ReceiveBudget } from './receive-budget.ts';

export interface ReceivingOptions {
  readonly path: string;
  readonly codec: Codec<unknown>;
  readonly encoding: string;
  readonly maxBytes: number;
  readonly budget: ReceiveBudget;
}

export interface Receiver {
  message(bytes: Uint8Array): void;
  /** The peer has sent everything, and all of it was whole. */
  end(): void;
  /** The peer broke a rule or a limit; nothing follows. */
  fail(error: StatusError): void;
}

/** Reads the messages of a stream, unpacks them in order, and tells the receiver. */
export class RequestMessages {
  readonly #stream: ServerHttp2Stream;
  readonly #options: ReceivingOptions;
  readonly #receiver: Receiver;
  readonly #reader: FrameReader;
  /** Set while a compressed message is unpacked: what follows waits for it. */
  #unpacking: Promise<void> | undefined;
  #over = false;

  constructor(stream: ServerHttp2Stream, options: ReceivingOptions, receiver: Receiver) {
    this.#stream = stream;
    this.#options = options;
    this.#receiver = receiver;
    this.#reader = new FrameReader(options);
    stream.on('data', this.#onData);
    stream.once('end', this.#onEnd);
  }

  /** True once the peer has finished sending. */
  get ended(): boolean {
    return this.#stream.readableEnded;
  }

  decode(bytes: Uint8Array): unknown {
    const { codec, path } = this.#options;
    try {
      return codec.decode(bytes);
    } catch (cause) {
      throw new StatusError(Code.INTERNAL, `malformed request of ${path}: ${(cause as Error).message}`, { cause });
    }
  }

  /** Drops what still comes, without holding up the connection. */
  discard(): void {
    if (this.#over) return;
    this.#over = true;
    this.#reader.close();
    this.#stream.removeListener('data', this.#onData);
    this.#stream.removeListener('end', this.#onEnd);
    this.#stream.resume();
  }

  #onData = (chunk: Buffer): void => {
    try {
      this.#reader.push(chunk, this.#take);
    } catch (thrown) {
      this.#fail(thrown);
    }
  };

  #onEnd = (): void => {
    if (this.#over) return;
    if (this.#unpacking !== undefined) {
      void this.#unpacking.then(this.#onEnd);
    } else if (this.#reader.partial) {
      this.#fail(new StatusError(Code.INTERNAL, `The requests of ${this.#options.path} end in the middle of a message`));
    } else if (!this.#stream.aborted) {
      this.#over = true;
      this.#receiver.end();
    }
  };

  #take = (frame: Frame): void => {
    if (this.#over) return;
    if (!frame.compressed && this.#unpacking === undefined) this.#receiver.message(frame.bytes);
    else this.#unpack(frame);
  };

  #unpack({ compressed, bytes }: Frame): void {
    const before = this.#unpacking;
    this.#stream.pause();
    const step = async (): Promise<void> => {
      try {
        await before;
        if (this.#over) return;
        const message = compressed ? await inflate(bytes, this.#options) : bytes;
        if (!this.#over) this.#receiver.message(message);
      } catch (thrown) {
        this.#fail(thrown);
      }
    };
    const current = step().then(() => {
      if (this.#unpacking !== current) return;
      this.#unpacking = undefined;
      this.#stream.resume();
    });
    this.#unpacking = current;
  }

  #fail(thrown: unknown): void {
    if (this.#over) return;
    this.discard();
    this.#receiver.fail(thrown instanceof StatusError ? thrown : new StatusError(Code.INTERNAL, `malformed request of ${this.#options.path}`, { cause: thrown }));
  }
}
