import type { RawData, WebSocket } from 'ws';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { incomingMessage, type Outgoing, type WebsocketMessage } from './message.ts';

/** How long the other side has to answer our close. */
const closeMs = 1_000;
/** Messages that are handled without a pause: as many as came at once would keep all others waiting. */
const turnMessages = 64;

export interface ConnectionOptions {
  /** How often the other side must show that it is there; 0: never. */
  heartbeatMs: number;
  /** Bytes that may wait to be sent. */
  maxBufferedBytes: number;
}

/** An open connection. Messages are handled one after the other; while one is, no more are read. */
export class WebsocketConnection {
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  /** Resolves once it is closed: with an Error when it was not closed by word of either side. */
  readonly closed: Promise<StatusError | undefined>;
  #drained: (() => void) | undefined;
  #queue: WebsocketMessage[] = [];
  #handling = false;
  /** Since all others had their turn. */
  #handled = 0;
  #handler: ((message: WebsocketMessage) => Promise<unknown>) | undefined;
  #alive = true;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #closer: ReturnType<typeof setTimeout> | undefined;
  #error: Error | undefined;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.binaryType = 'nodebuffer';
    const seen = (): void => {
      this.#alive = true;
    };
    socket.on('pong', seen);
    socket.on('ping', seen);
    socket.on('message', (data: RawData, binary: boolean) => {
      this.#alive = true;
      this.#queue.push(incomingMessage(data as Buffer, binary));
      this.#next();
    });
    // Told by `closed`.
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#release();
        resolve(code === 1006 || this.#error !== undefined ? lost(this.#error, code, reason.toString()) : undefined);
      });
    });
    const { heartbeatMs } = options;
    if (heartbeatMs > 0) this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs).unref();
  }

  /** Has each message handled, those too that came before. The handler must not reject. */
  listen(handler: (message: WebsocketMessage) => Promise<unknown>): void {
    this.#handler = handler;
    this.#next();
  }

  /** Resolves once no message waits any more that came before the end. */
  drained(): Promise<void> {
    if (!this.#handling || this.#closer !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Resolves once it is handed to the network. Rejects with UNAVAILABLE on a closed connection, RESOURCE_EXHAUSTED when too much waits. */
  send(outgoing: Outgoing): Promise<void> {
    if ('close' in outgoing) {
      this.close(outgoing.close.code, outgoing.close.reason);
      return Promise.resolve();
    }
    if (!this.open) return Promise.reject(new StatusError(Code.UNAVAILABLE, 'Cannot send: the connection is closed'));
    const { data } = outgoing;
    const { maxBufferedBytes } = this.#options;
    if (this.#socket.bufferedAmount > 0 && this.#socket.bufferedAmount + data.length > maxBufferedBytes)
      return Promise.reject(
        new StatusError(
          Code.RESOURCE_EXHAUSTED,
          `Cannot send: ${maxBufferedBytes} bytes wait on the connection already`,
        ),
      );
    return new Promise((resolve, reject) => {
      this.#socket.send(data, { binary: typeof data !== 'string' }, (cause) => {
        if (cause == null) resolve();
        else reject(new StatusError(Code.UNAVAILABLE, 'Cannot send: the connection is closed', { cause }));
      });
    });
  }

  /** Says goodbye; when the other side does not answer, the connection is cut. */
  close(code: number, reason = ''): void {
    if (this.#closer !== undefined) return;
    this.#queue = [];
    this.#drained?.();
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    this.#closer = setTimeout(() => this.#socket.terminate(), closeMs).unref();
    // Its answer must be read.
    this.#socket.resume();
    this.#socket.close(code, reason);
  }

  #next(): void {
    if (this.#handling || this.#handler === undefined || this.#closer !== undefined) return this.#hold();
    const message = this.#queue.shift();
    if (message === undefined) {
      this.#alive = true;
      this.#drained?.();
      this.#socket.resume();
      return;
    }
    this.#handling = true;
    const next = (): void => {
      this.#handling = false;
      this.#next();
    };
    const done = (): void => {
      this.#handled += 1;
      if (this.#handled < turnMessages) return next();
      this.#handled = 0;
      setImmediate(next);
    };
    this.#handler(message).then(done, done);
    this.#hold();
  }

  /** What comes faster than it is handled waits at the sender. */
  #hold(): void {
    if (this.#queue.length > 0 && this.#closer === undefined) this.#socket.pause();
  }

  #beat(): void {
    // Its pong would not be read while nothing is; and before it is open there is none.
    if (this.#socket.isPaused || !this.open) return;
    if (!this.#alive) {
      this.#error ??= new Error('the other side does not answer pings');
      this.#socket.terminate();
      return;
    }
    this.#alive = false;
    this.#socket.ping();
  }

  #release(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#closer);
  }
}

function lost(error: Error | undefined, code: number, reason: string): StatusError {
  const why = error?.message ?? (reason === '' ? `code ${code}` : reason);
  return new StatusError(Code.UNAVAILABLE, `The connection was lost: ${why}`, { cause: error });
}
