import type { CallNode, ResponseSink } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import type { Invoke } from '../core/context.ts';
import { Metadata } from '../core/metadata.ts';
import { Queue } from '../core/queue.ts';
import type { Status } from '../core/status.ts';
import { StatusError, statusOf } from '../core/status-error.ts';

/**
 * A call that gives a stream of messages. Iterate it once; leaving the loop early cancels the call. Reading slowly slows
 * the sender down. Ends with a StatusError thrown into the loop when the call fails.
 */
export interface StreamCall<O> extends AsyncIterableIterator<O>, AsyncDisposable {
  /** The response header; empty when the call ended without one. Never rejects. */
  readonly header: Promise<Metadata>;
  /** Settles when the responses were read to the end, or the call was cancelled. Never rejects. */
  readonly trailer: Promise<Metadata>;
  /** Settles like `trailer`. Never rejects. */
  readonly status: Promise<Status>;
  /** Stops reading, as leaving the loop does: cancels the call if it has not ended yet. */
  return(): Promise<IteratorResult<O>>;
  /** Ends the call with CANCELLED, if it has not ended yet. */
  cancel(reason?: unknown): void;
}

/** Messages that may wait unread before the sender is held back. */
const capacity = 8;

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

export class ReadableCall<O> implements StreamCall<O> {
  readonly #queue = new Queue<O>({ capacity, onStop: () => this.#cancel(new CancelReason('consumer-stopped')) });
  readonly #header = deferred<Metadata>();
  readonly #status = deferred<Status>();
  /** Where the call puts what arrives. */
  readonly sink: ResponseSink = {
    header: (header) => this.#header.resolve(header),
    message: (message) => this.#queue.push(message as O),
  };
  #call: CallNode | undefined;
  #final: Status | undefined;

  /** Starts the call, which was made with this one's sink. */
  start(call: CallNode, invoke: Invoke, onEnd: (call: CallNode) => void): this {
    this.#call = call;
    const end = (status: Status): void => {
      call.end(status);
      onEnd(call);
      this.#final = status;
      this.#header.resolve(new Metadata());
      if (status.code === Code.OK) this.#queue.end();
      else this.#queue.end(status.rejection ?? StatusError.of(status, call.method.path));
      this.#settle();
    };
    invoke(call).then(end, (thrown) => end(statusOf(thrown)));
    return this;
  }

  get header(): Promise<Metadata> {
    return this.#header.promise;
  }

  get status(): Promise<Status> {
    return this.#status.promise;
  }

  get trailer(): Promise<Metadata> {
    return this.#status.promise.then(({ trailer }) => trailer);
  }

  cancel(reason?: unknown): void {
    this.#cancel(new CancelReason('cancelled', undefined, { cause: reason }));
  }

  next(): Promise<IteratorResult<O>> {
    const next = this.#queue.next();
    this.#settle();
    return next;
  }

  return(): Promise<IteratorResult<O>> {
    const result = this.#queue.return();
    this.#settle();
    return result;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
    await this.#status.promise;
  }

  #cancel(reason: CancelReason): void {
    this.#call?.cancellation.cancel(reason);
  }

  /** A failure on this side may overtake messages that nobody reads any more; all else waits for its reader. */
  #settle(): void {
    const final = this.#final;
    if (final === undefined) return;
    const overtakes = final.origin === 'local' && final.code !== Code.OK;
    if (overtakes || this.#queue.size === 0) this.#status.resolve(final);
  }
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
