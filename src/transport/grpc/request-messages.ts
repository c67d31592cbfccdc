import type { ServerHttp2Stream } from 'node:http2';
import type { Route } from '../../core/acceptor.ts';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { TrafficCount } from '../../core/traffic.ts';
import { FrameReader, type FrameTaker } from './frame-reader.ts';
import { inflate } from './inflate.ts';
import type { ReceiveBudget } from './receive-budget.ts';

export interface Receiver {
  message(bytes: Uint8Array): void;
  /** The peer has sent everything, and all of it was whole. */
  end(): void;
  /** The peer broke a rule or a limit; nothing follows. */
  fail(error: StatusError): void;
}

export interface RequestMessagesOptions {
  readonly route: Route;
  readonly encoding: string;
  readonly budget: ReceiveBudget;
  readonly receiver: Receiver;
  readonly traffic: TrafficCount;
}

/** Turns the bytes of a stream into messages, unpacks them in order, and tells the receiver. */
export class RequestMessages implements FrameTaker {
  readonly #stream: ServerHttp2Stream;
  readonly #route: Route;
  readonly #encoding: string;
  readonly #receiver: Receiver;
  readonly #traffic: TrafficCount;
  readonly #reader: FrameReader;
  /** Set while a compressed message is unpacked: what follows waits for it. */
  #unpacking: Promise<void> | undefined;
  #over = false;

  constructor(stream: ServerHttp2Stream, { route, encoding, budget, receiver, traffic }: RequestMessagesOptions) {
    this.#stream = stream;
    this.#route = route;
    this.#encoding = encoding;
    this.#receiver = receiver;
    this.#traffic = traffic;
    this.#reader = new FrameReader(route, budget, this);
  }

  push(chunk: Buffer): void {
    if (this.#over) return;
    try {
      this.#reader.push(chunk);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  end(): void {
    if (this.#over) return;
    if (this.#unpacking !== undefined) {
      void this.#unpacking.then(() => this.end());
    } else if (this.#reader.partial) {
      // A caller that gives up in the middle of a message ends it, too: what closes the stream then says why.
      setImmediate(() => this.#endPartial());
    } else if (!this.#stream.aborted) {
      this.#over = true;
      this.#receiver.end();
    }
  }

  #endPartial(): void {
    if (this.#stream.aborted) return;
    const { path } = this.#route.method;
    this.#fail(new StatusError(Code.INTERNAL, `The requests of ${path} end in the middle of a message`));
  }

  /** Reads no further; true the first time. */
  discard(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#reader.close();
    return true;
  }

  decode(bytes: Uint8Array): unknown {
    const { path, request } = this.#route.method;
    try {
      return request.decode(bytes);
    } catch (cause) {
      const why = cause instanceof StatusError ? cause.statusMessage : (cause as Error).message;
      throw new StatusError(Code.INTERNAL, `malformed request of ${path}: ${why}`, { cause });
    }
  }

  take(bytes: Uint8Array, compressed: boolean): void {
    if (this.#over) return;
    this.#traffic.received(bytes.byteLength);
    if (!compressed && this.#unpacking === undefined) this.#receiver.message(bytes);
    else this.#unpack(bytes, compressed);
  }

  #unpack(bytes: Uint8Array, compressed: boolean): void {
    this.#stream.pause();
    const current = this.#unpackAfter(this.#unpacking, bytes, compressed).then(() => {
      if (this.#unpacking !== current) return;
      this.#unpacking = undefined;
      this.#stream.resume();
    });
    this.#unpacking = current;
  }

  async #unpackAfter(before: Promise<void> | undefined, bytes: Uint8Array, compressed: boolean): Promise<void> {
    await before;
    if (this.#over) return;
    const { method, limits } = this.#route;
    try {
      const message = compressed
        ? await inflate(bytes, { encoding: this.#encoding, maxBytes: limits.maxReceiveBytes, path: method.path })
        : bytes;
      if (!this.#over) this.#receiver.message(message);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    const error =
      thrown instanceof StatusError
        ? thrown
        : new StatusError(Code.INTERNAL, `malformed request of ${this.#route.method.path}`, { cause: thrown });
    if (!this.#over) this.#receiver.fail(error);
  }
}
