import type { CallNode, ResponseSink } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import type { Invoke } from '../core/context.ts';
import { Metadata } from '../core/metadata.ts';
import { checkSingleResponse } from '../core/response-count.ts';
import type { Status } from '../core/status.ts';
import { StatusError, statusOf } from '../core/status-error.ts';

/** A call that gives one message: a promise of it, which rejects with a StatusError. */
export interface UnaryCall<O> extends Promise<O> {
  /** The response header; empty when the call ended without one. Never rejects. */
  readonly header: Promise<Metadata>;
  /** The trailer that came with the status. Never rejects. */
  readonly trailer: Promise<Metadata>;
  /** How the call ended. Never rejects. */
  readonly status: Promise<Status>;
  /** Ends the call with CANCELLED, if it has not ended yet. */
  cancel(reason?: unknown): void;
}

/** Takes header and message as they arrive. Promises are made only for those that ask. */
export class SingleResponse implements ResponseSink {
  received: Metadata | undefined;
  value: unknown;
  #header: { promise: Promise<Metadata>; resolve(header: Metadata): void } | undefined;

  get headerPromise(): Promise<Metadata> {
    if (this.#header === undefined) {
      let resolve!: (header: Metadata) => void;
      const promise = new Promise<Metadata>((settle) => {
        resolve = settle;
      });
      this.#header = { promise, resolve };
      if (this.received !== undefined) resolve(this.received);
    }
    return this.#header.promise;
  }

  header(header: Metadata): void {
    this.received ??= header;
    this.#header?.resolve(this.received);
  }

  message(message: unknown): void {
    this.value = message;
  }

  /** No header will come any more. */
  end(): void {
    if (this.received === undefined) this.header(new Metadata());
  }
}

export class PendingUnary<O> implements UnaryCall<O> {
  readonly [Symbol.toStringTag] = 'UnaryCall';
  readonly #call: CallNode;
  readonly #response: SingleResponse;
  readonly #path: string;
  readonly #status: Promise<Status>;
  #value: Promise<O> | undefined;

  constructor(call: CallNode, response: SingleResponse, invoke: Invoke, onEnd: (call: CallNode) => void) {
    this.#call = call;
    this.#response = response;
    this.#path = call.method.path;
    const end = (outcome: Status): Status => {
      const status = checkSingleResponse(call, outcome);
      call.end(status);
      response.end();
      onEnd(call);
      return status;
    };
    this.#status = invoke(call).then(end, (thrown) => end(statusOf(thrown)));
  }

  get header(): Promise<Metadata> {
    return this.#response.headerPromise;
  }

  get trailer(): Promise<Metadata> {
    return this.#status.then(({ trailer }) => trailer);
  }

  get status(): Promise<Status> {
    return this.#status;
  }

  cancel(reason?: unknown): void {
    this.#call.cancellation.cancel(new CancelReason('cancelled', undefined, { cause: reason }));
  }

  then<A = O, B = never>(
    onMessage?: ((message: O) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#message().then(onMessage, onError);
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<O | B> {
    return this.#message().catch(onError);
  }

  finally(onEnd?: (() => void) | null): Promise<O> {
    return this.#message().finally(onEnd);
  }

  /** The message of a call that ended with this status. Throws as awaiting it would. */
  result(status: Status): O {
    if (status.code !== Code.OK) throw status.rejection ?? StatusError.of(status, this.#path);
    return this.#response.value as O;
  }

  /** Made when somebody waits for the message, so that reading only `status` leaves no rejection unhandled. */
  #message(): Promise<O> {
    this.#value ??= this.#status.then((status) => this.result(status));
    return this.#value;
  }
}
