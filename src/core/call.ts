import { Cancellation } from './cancellation.ts';
import type { Call, Context, Peer, ResponseTarget } from './context.ts';
import { earliest } from './deadline.ts';
import { type CallInit, Exchange, type ResponseSink } from './exchange.ts';
import type { Key } from './key.ts';
import type { LateAnswer } from './late-answer.ts';
import { lateResponse, maxUnawaited, tooManyUnawaited } from './late-response.ts';
import { MappedResponses } from './mapped-responses.ts';
import type { Metadata, ReadonlyMetadata } from './metadata.ts';
import { type Method, streamsRequests } from './method.ts';
import { maskedStatus } from './outcome.ts';
import { ReplayRequests } from './replay.ts';
import { MappedRequests, OneRequest, type Requests, StreamRequests } from './requests.ts';
import type { Status } from './status.ts';
import { StatusError } from './status-error.ts';
import { targetSink } from './target-sink.ts';
import type { Traffic } from './traffic.ts';

export type { CallInit, ResponseSink } from './exchange.ts';

interface Values {
  readonly key: Key<unknown>;
  readonly value: unknown;
  readonly outer: Values | undefined;
}

interface Layer {
  requests?: Requests;
  sink?: ResponseSink;
  cancellation?: Cancellation;
  metadata?: ReadonlyMetadata;
  values?: Values;
}

/** The class behind `Call`. Internal: transports and the two faces use what the interface does not show. */
export class CallNode implements Call {
  readonly method: Method;
  readonly exchange: Exchange;
  readonly cancellation: Cancellation;
  readonly source: Requests;
  readonly sink: ResponseSink;
  readonly #outer: CallNode | undefined;
  readonly #metadata: ReadonlyMetadata | undefined;
  readonly #values: Values | undefined;
  #failure: Status | undefined;

  constructor(exchange: Exchange, outer: CallNode | undefined, layer: Layer) {
    this.exchange = exchange;
    this.method = exchange.init.method;
    this.#outer = outer;
    this.source = layer.requests ?? outer!.source;
    // Straight to whoever changes something: nodes without a sink of their own are skipped.
    this.sink = layer.sink ?? (outer!.sink === exchange.init.sink ? outer! : outer!.sink);
    this.cancellation = layer.cancellation ?? outer!.cancellation;
    this.#metadata = layer.metadata ?? (outer === undefined ? undefined : outer.#metadata);
    this.#values = layer.values ?? (outer === undefined ? undefined : outer.#values);
  }

  get side(): 'client' | 'server' {
    return this.exchange.init.side;
  }

  get peer(): Peer {
    const { exchange } = this;
    const { peer } = exchange.init;
    return (exchange.peer ??= typeof peer === 'function' ? peer() : peer);
  }

  get metadata(): ReadonlyMetadata {
    if (this.#metadata !== undefined) return this.#metadata;
    const { exchange } = this;
    const { metadata } = exchange.init;
    return (exchange.metadata ??= typeof metadata === 'function' ? metadata() : metadata);
  }

  get deadline(): number {
    return this.cancellation.deadline;
  }

  get signal(): AbortSignal {
    return this.cancellation.signal;
  }

  get request(): unknown {
    return this.source.value();
  }

  get requests(): AsyncIterable<unknown> {
    return this.source.iterate();
  }

  get authority(): string | undefined {
    return this.exchange.init.authority;
  }

  get parent(): Context | undefined {
    return this.exchange.init.parent;
  }

  get traffic(): Traffic {
    return this.exchange.traffic;
  }

  get unsettled(): Promise<LateAnswer | undefined> | undefined {
    return this.exchange.unsettled;
  }

  get committed(): boolean {
    return this.exchange.committed;
  }

  get<T>(key: Key<T>): T | undefined {
    for (let entry = this.#values; entry !== undefined; entry = entry.outer) {
      if (entry.key === key) return entry.value as T;
    }
    return key.initial ?? this.exchange.make(key);
  }

  sendHeader(header: Metadata): void {
    this.header(header);
  }

  respond(message: unknown): void | Promise<void> {
    return this.message(message);
  }

  /** As a sink: what an inner call hands outwards. */
  header(header: Metadata): void {
    const { exchange } = this;
    if (this.sink !== exchange.init.sink) return this.sink.header(header);
    if (this.side === 'client') exchange.committed = true;
    else if (exchange.committed || exchange.ended)
      throw new TypeError(`Cannot send a header on ${this.method.path}: it was sent already`);
    this.sink.header(header);
  }

  message(message: unknown): void | Promise<void> {
    const { exchange } = this;
    if (this.sink !== exchange.init.sink) return this.sink.message(message);
    if (exchange.final !== undefined) return Promise.reject(lateResponse(this.method.path, exchange.final));
    if (exchange.unawaited >= maxUnawaited) return Promise.reject(this.fail(tooManyUnawaited(this.method.path)));
    exchange.committed = true;
    exchange.responses += 1;
    const written = this.sink.message(message);
    if (written === undefined) return undefined;
    exchange.unawaited += 1;
    const settle = (): void => {
      exchange.unawaited -= 1;
    };
    written.then(settle, settle);
    return written;
  }

  /** Servers: a handler begins. What the one of an earlier attempt put into the header is forgotten, unless it was sent. */
  beginAttempt(): void {
    const { exchange } = this;
    const { sink } = exchange.init;
    if (exchange.begun) {
      if (!exchange.committed) sink.pending = exchange.collected?.clone();
      return;
    }
    exchange.begun = true;
    exchange.collected = sink.pending?.clone();
  }

  /** Servers: sends the header that was collected so far. */
  flush(): void {
    const { exchange } = this;
    if (this.sink !== exchange.init.sink) {
      this.sink.flush?.();
      return;
    }
    if (exchange.ended) throw new TypeError(`Cannot send a header on ${this.method.path}: the call has ended`);
    exchange.committed = true;
    this.sink.flush?.();
  }

  with<T>(key: Key<T>, value: T): Call {
    return new CallNode(this.exchange, this, { values: { key: key as Key<unknown>, value, outer: this.#values } });
  }

  withMetadata(edit: (copy: Metadata) => void): Call {
    const metadata = this.metadata.clone();
    edit(metadata);
    return new CallNode(this.exchange, this, { metadata });
  }

  withTimeout(ms: number): Call {
    if (typeof ms !== 'number' || Number.isNaN(ms))
      throw new RangeError(`Cannot bound a call by ${String(ms)} ms: wanted a number of milliseconds`);
    return this.#bounded(
      new Cancellation({ deadline: earliest(this.deadline, Date.now() + ms), parent: this.cancellation }),
    );
  }

  withSignal(signal: AbortSignal): Call {
    return this.#bounded(new Cancellation({ parent: this.cancellation, signal }));
  }

  withRequests(requests: AsyncIterable<unknown>): Call {
    return new CallNode(this.exchange, this, { requests: new StreamRequests(requests, this.method.path) });
  }

  withResponses(to: ResponseTarget): Call {
    return new CallNode(this.exchange, this, { sink: targetSink(to, this) });
  }

  mapRequests(map: (message: unknown) => unknown): Call {
    const requests = new MappedRequests(this.source, map, (thrown) => derived.fail(thrown));
    const derived = new CallNode(this.exchange, this, { requests });
    return derived;
  }

  mapResponses(map: (message: unknown) => unknown): Call {
    const derived: CallNode = new CallNode(this.exchange, this, {
      sink: new MappedResponses(this, map, (thrown) => derived.fail(thrown)),
    });
    return derived;
  }

  replayable(maxBytes: number): Call {
    if (!streamsRequests(this.method.kind)) return this;
    const { request } = this.method;
    const requests = new ReplayRequests(this.source, {
      size: (message) => request.encode(message).byteLength,
      maxBytes,
      overflow: () => {
        this.exchange.committed = true;
      },
    });
    (this.exchange.derived ??= []).push(requests);
    return new CallNode(this.exchange, this, { requests });
  }

  /** Remembers that a map threw: the call ends with that status whatever is returned further in. */
  fail(thrown: unknown): StatusError {
    this.#failure ??= maskedStatus(this, thrown);
    return thrown instanceof StatusError ? thrown : StatusError.of(this.#failure);
  }

  /** The status of a map that threw, here or further out. */
  get failure(): Status | undefined {
    return this.#failure ?? this.#outer?.failure;
  }

  get refusal(): Status | undefined {
    return this.exchange.init.refusal;
  }

  /** The status is with the caller: late responses are refused and nothing of the call stays behind. */
  end(status: Status): void {
    const { exchange } = this;
    if (exchange.final !== undefined) return;
    exchange.final = status;
    exchange.ended = true;
    if (exchange.derived !== undefined) for (const part of exchange.derived) part.close();
    exchange.init.cancellation.close();
  }

  /** Messages that reached the root so far. */
  get responses(): number {
    return this.exchange.responses;
  }

  /** True once the status was sent: the call bounds nothing any more. */
  get ended(): boolean {
    return this.exchange.ended;
  }

  #bounded(cancellation: Cancellation): Call {
    (this.exchange.derived ??= []).push(cancellation);
    return new CallNode(this.exchange, this, { cancellation });
  }
}

/** Makes the root of a call. For transports and the client face. */
export function createCall(init: CallInit): CallNode {
  const requests =
    init.requests === undefined ? new OneRequest(init.request) : new StreamRequests(init.requests, init.method.path);
  return new CallNode(new Exchange(init), undefined, { requests, sink: init.sink, cancellation: init.cancellation });
}

/** The node behind a call. A TypeError for anything that was not derived by the methods of `Call`. */
export function nodeOf(call: Call): CallNode {
  if (call instanceof CallNode) return call;
  throw new TypeError(
    'Cannot invoke: the call was not derived by its own methods, use call.with…(), call.mapRequests() and the like',
  );
}

/** Marks a context that stands for a call, such as the one a handler gets. */
export const callBehind: unique symbol = Symbol('flowrpc.callBehind');

/** The call that a context is or stands for; undefined for contexts made elsewhere. */
export function callOf(context: Context): CallNode | undefined {
  if (context instanceof CallNode) return context;
  return (context as { [callBehind]?: CallNode })[callBehind];
}
