import type { CallOptions } from '../client/call-options.ts';
import type { StreamCall } from '../client/stream-call.ts';
import type { PendingUnary, UnaryCall } from '../client/unary-call.ts';
import { Code } from '../core/code.ts';
import { detached } from '../core/current.ts';
import type { Metadata } from '../core/metadata.ts';
import { type Method, type MethodKind, streamsRequests, streamsResponses } from '../core/method.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { anyByteStream } from './byte-stream.ts';
import type { Convert } from './conversion.ts';
import { type FoundRemote, findRemote, type RemoteTarget } from './find-remote.ts';
import { holdStreams } from './held-streams.ts';
import { replyKey } from './hop.ts';
import { noteLesson, type RemoteState } from './per-process.ts';
import { converted, isAsyncIterable, listed, type RemoteExchange } from './remote-exchange.ts';
import { none, type Reply } from './reply.ts';

/** A reply with the trailer that came with it. */
export interface RemoteReply {
  readonly reply: Reply;
  readonly trailer: Metadata;
}

/** Streams are read into a list; more messages than this end the call. */
const maxResponses = 10_000;

/**
 * Any gRPC method as a function of plain values: the payload is the request in protobuf's JSON mapping, and so is the reply; methods of nodes take and
 * give values as they are, and who has types gives and gets messages of them. A method that streams requests takes a list, one that streams responses gives one.
 */
export class RemoteMethod implements RemoteState {
  readonly #target: RemoteTarget;
  #finding: Promise<FoundRemote> | undefined;
  #found: FoundRemote | undefined;
  #perProcess: boolean | undefined;
  #start: Start | undefined;
  #open: Start | undefined;

  constructor(target: RemoteTarget) {
    this.#target = target;
  }

  /** `users.v1.Users/Get at dns:///users:50051` */
  get label(): string {
    const { service, method, channel } = this.#target;
    return `${service}/${method} at ${channel.target}`;
  }

  get address(): string {
    return this.#target.channel.target;
  }

  /** Whether its descriptor says that it may be asked the same thing twice; false until it was found. */
  get idempotent(): boolean {
    return this.#found !== undefined && this.#found.method.idempotency !== 'unknown';
  }

  /** Taken for a node, since its peer does not say what it is. */
  get assumed(): boolean {
    return this.#found?.assumed ?? false;
  }

  /** Whether it is a node's. */
  get isNode(): boolean {
    return this.#found?.isNode ?? false;
  }

  /**
   * Whether the packets of a process go to it over one stream: it, or what it reaches, keeps state for each process. Undefined until it was found;
   * true also for a node of whose peer nobody knows more.
   */
  get perProcess(): boolean | undefined {
    return this.#perProcess;
  }

  /** What the node itself says, after the descriptors. */
  learn(perProcess: boolean): void {
    if (this.#perProcess === perProcess || (perProcess && this.#found?.stream === undefined)) return;
    this.#perProcess = perProcess;
    noteLesson();
  }

  /** Whether nothing has to be asked any more. */
  get found(): boolean {
    return this.#found !== undefined;
  }

  /** Finds the descriptors, for all calls at once and so bounded by none of them. Asked again after a failure: a peer may come up later. */
  async resolve(): Promise<Method> {
    return (this.#found ?? (await this.#find())).method;
  }

  #find(): Promise<FoundRemote> {
    const begun = this.#finding;
    if (begun === undefined) return this.#begin();
    return begun.catch((thrown: unknown) => {
      // The look began before this call, and what was not there then may have come since.
      if (statusOf(thrown).code !== Code.NOT_FOUND) throw thrown;
      return this.#begin();
    });
  }

  #begin(): Promise<FoundRemote> {
    this.#finding ??= detached(() => this.#lookUp()).catch((thrown: unknown) => {
      this.#finding = undefined;
      throw thrown;
    });
    return this.#finding;
  }

  async #lookUp(): Promise<FoundRemote> {
    const found = await findRemote(this.#target, this.label);
    this.#found = found;
    this.learn(found.perProcess);
    return found;
  }

  /** The payload as a message of its requests. Throws a StatusError for one that does not fit. */
  request(payload: unknown): unknown {
    return (this.#found?.conversion?.request ?? unchanged)(payload);
  }

  /** Opens a stream of requests and of as many replies, once it was found to have one. */
  open(requests: AsyncIterable<unknown>, options: CallOptions): StreamCall<unknown> {
    this.#open ??= this.#starting(this.#found!.stream!);
    return this.#open(requests, options) as StreamCall<unknown>;
  }

  /** A message of such a stream as a reply: a value, `none`, or an Error. */
  reply(message: unknown): Reply {
    if (message === none) return none;
    if (!(message instanceof Error)) return (this.#found?.conversion?.reply ?? unchanged)(message);
    const { code, message: text, details } = statusOf(message);
    // As the error of a unary call would be.
    return new StatusError(code || Code.UNKNOWN, text, {
      details,
      origin: 'peer',
      path: this.#found?.stream?.path ?? '',
    });
  }

  /** Calls it. Rejects with a StatusError. */
  async call(payload: unknown, options: CallOptions): Promise<RemoteReply> {
    // Once it was found nothing is awaited for it.
    const { method, conversion } = this.#found ?? (await this.#find());
    this.#start ??= this.#starting(method);
    const convert = conversion?.request ?? unchanged;
    const sent: unknown = anyByteStream() ? await holdStreams(payload) : payload;
    const call = this.#start(requestOf(method, sent, convert), options);
    const back = conversion?.reply ?? unchanged;
    if (streamsResponses(method.kind)) {
      const reply = await listed({ call, response: back }, maxResponses, this.label);
      return { reply, trailer: await call.trailer };
    }
    const unary = call as PendingUnary<unknown>;
    // One promise instead of one for the message and one for the trailer.
    const status = await unary.status;
    const message = unary.result(status);
    const { trailer } = status;
    const absent = message === none || trailer.get(replyKey) === 'none';
    return { reply: absent ? none : back(message), trailer };
  }

  /**
   * Begins a call of which its caller reads messages and metadata. A method that streams requests takes payloads, as they come or in a list.
   * Rejects when the method is not found.
   */
  async begin(input: unknown, options: CallOptions): Promise<RemoteExchange> {
    const { method, conversion } = this.#found ?? (await this.#find());
    this.#start ??= this.#starting(method);
    const convert = conversion?.request ?? unchanged;
    let request: unknown;
    if (isAsyncIterable(input)) request = converted(input, convert);
    else request = requestOf(method, anyByteStream() ? await holdStreams(input) : input, convert);
    return { kind: method.kind, call: this.#start(request, options), response: conversion?.reply ?? unchanged };
  }

  /** Undefined until it was found. */
  get kind(): MethodKind | undefined {
    return this.#found?.method.kind;
  }

  #starting(method: Method): Start {
    const { channel, interceptors = [] } = this.#target;
    return channel.client(
      { name: method.service, methods: { method }, files: [] },
      { interceptors, timeoutMs: Number.POSITIVE_INFINITY },
    ).method as unknown as Start;
  }
}

type Start = (input: unknown, options: CallOptions) => UnaryCall<unknown> | StreamCall<unknown>;

/** A method that streams requests takes a list. */
function requestOf({ kind }: Method, payload: unknown, convert: Convert): unknown {
  if (!streamsRequests(kind)) return convert(payload);
  return (Array.isArray(payload) ? payload : [payload]).map(convert);
}

function unchanged(payload: unknown): unknown {
  return payload;
}
