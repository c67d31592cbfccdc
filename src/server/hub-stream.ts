import { callOf } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import type { HandlerContext } from '../core/context.ts';
import { Queue } from '../core/queue.ts';
import type { Session } from '../core/session.ts';

/** What a hub needs to know of its streams. */
export interface HubStreamInit<T> {
  readonly capacity: number;
  readonly overflow: 'drop-oldest' | 'end';
  readonly onDrop: () => void;
  readonly onEnd: (stream: HubStream<T>) => void;
}

/** An open stream of a hub, with the messages that wait for its reader. Return it from the handler. */
export class HubStream<T> implements AsyncIterableIterator<T> {
  readonly context: HandlerContext;
  readonly #init: HubStreamInit<T>;
  readonly #queue: Queue<T>;
  #ended = false;

  constructor(context: HandlerContext, init: HubStreamInit<T>) {
    this.context = context;
    this.#init = init;
    this.#queue = new Queue<T>({ capacity: Number.POSITIVE_INFINITY, onStop: () => this.end() });
    context.signal.addEventListener('abort', this.#onAbort, { once: true });
    // The signal says nothing of a call that ended by itself, and a handler may fail before it returns the stream.
    const exchange = callOf(context)?.exchange;
    if (exchange !== undefined) (exchange.derived ??= []).push({ close: () => this.end() });
    if (context.signal.aborted) this.#onAbort();
  }

  /** The connection it came over; none in process. */
  get session(): Session | undefined {
    return this.context.peer.session;
  }

  /** Messages its reader has not taken yet. */
  get waiting(): number {
    return this.#queue.size;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Puts a message in line; false when the stream has ended, or ends because its reader is too slow. */
  send(message: T): boolean {
    if (this.#ended) return false;
    const { capacity, overflow, onDrop } = this.#init;
    if (this.waiting >= capacity) {
      onDrop();
      if (overflow === 'end') return this.#tooSlow(capacity);
      // Takes the oldest out.
      void this.#queue.next();
    }
    void this.#queue.push(message);
    return true;
  }

  /** What is in line is still read, then the call ends: with OK, or with what is given. */
  end(...failure: [thrown?: unknown]): void {
    if (this.#ended) return;
    this.#ended = true;
    this.context.signal.removeEventListener('abort', this.#onAbort);
    this.#init.onEnd(this);
    this.#queue.end(...failure);
  }

  next(): Promise<IteratorResult<T>> {
    return this.#queue.next();
  }

  return(): Promise<IteratorResult<T>> {
    return this.#queue.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #onAbort = (): void => {
    void this.#queue.return();
    this.end();
  };

  /** The call is cancelled rather than asked: its handler may be stuck behind a message that nobody reads. */
  #tooSlow(capacity: number): false {
    const slow = new CancelReason('limit', `The stream was read too slowly: ${capacity} messages wait`);
    this.end(slow);
    callOf(this.context)?.cancellation.cancel(slow);
    return false;
  }
}
