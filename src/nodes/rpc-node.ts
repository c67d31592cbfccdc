import type { CallOptions } from '../client/call-options.ts';
import type { StreamCall } from '../client/stream-call.ts';
import type { UnaryCall } from '../client/unary-call.ts';
import { Code } from '../core/code.ts';
import { streamsRequests, streamsResponses } from '../core/method.ts';
import { StatusError } from '../core/status-error.ts';
import { replyKey } from './hop.ts';
import { nodeCallOptions } from './node-call-options.ts';
import type { NodeContext, NodeInstance } from './node-context.ts';
import { sendOutputOf } from './one-to-one.ts';
import { sendError, sendOut } from './outlet.ts';
import type { Packet } from './packet.ts';
import { listed, type RemoteExchange } from './remote-exchange.ts';
import type { RemoteMethod } from './remote-method.ts';
import { asError, none, type Reply } from './reply.ts';
import { metadataValue } from './rpc-metadata.ts';
import { isMapping } from './schema.ts';

/** How an `rpc` node calls its method. */
export interface RpcOptions {
  readonly timeoutMs: number | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly forward: readonly string[] | undefined;
  /** Every response is a packet of its own. */
  readonly each: boolean;
  /** Responses in a list at most. */
  readonly maxResponses: number;
  /** Payloads are `{ request, metadata }`, and outputs have header and trailer. */
  readonly withMetadata: boolean;
}

/** Calls a method of any gRPC service with its packets. */
export class RpcNode implements NodeInstance {
  readonly #remote: RemoteMethod;
  readonly #options: RpcOptions;
  /** What calls of `InStream` that are not edges get: requests and responses pass as they come. */
  readonly #passing = (packets: AsyncIterable<Packet>, context: NodeContext): AsyncIterable<unknown> =>
    this.#pass(packets, context);

  constructor(remote: RemoteMethod, options: RpcOptions) {
    this.#remote = remote;
    this.#options = options;
  }

  process({ payload }: Packet, context: NodeContext): Reply | Promise<Reply> {
    const { each, withMetadata } = this.#options;
    if (each) return this.#each(payload, context);
    return sendOutputOf(
      () => (withMetadata ? this.#enveloped(payload, context) : this.#plain(payload, context)),
      context,
    );
  }

  /** Undefined while the method is not known to stream. */
  get stream(): NodeInstance['stream'] {
    const { kind } = this.#remote;
    return kind === undefined || kind === 'unary' ? undefined : this.#passing;
  }

  async #plain(payload: unknown, context: NodeContext): Promise<Reply> {
    const { kind } = this.#remote;
    const { maxResponses } = this.#options;
    // The way of nearly all calls: no more than one promise for message and trailer.
    if (kind === 'unary') return (await this.#remote.call(payload, this.#callOptions(context))).reply;
    const exchange = await this.#remote.begin(payload, this.#callOptions(context));
    if (streamsResponses(exchange.kind)) return await listed(exchange, maxResponses, this.#remote.label);
    return await single(exchange);
  }

  async #enveloped(payload: unknown, context: NodeContext): Promise<Reply> {
    if (!isMapping(payload, ['request', 'metadata']))
      throw new StatusError(Code.INVALID_ARGUMENT, 'Cannot call with this payload: wanted { request, metadata }');
    const { request = {}, metadata = {} } = payload as { request?: unknown; metadata?: Record<string, string> };
    const exchange = await this.#remote.begin(request, this.#callOptions(context, metadata));
    const { call } = exchange;
    const streams = streamsResponses(exchange.kind);
    const answer = streams
      ? { responses: await listed(exchange, this.#options.maxResponses, this.#remote.label) }
      : await single(exchange).then((reply) => ({ response: reply === none ? null : reply }));
    return { ...answer, header: metadataValue(await call.header), trailer: metadataValue(await call.trailer) };
  }

  /** Sends every response to `out` as it comes, no faster than they are handled. The reply is how many there were. */
  async #each(payload: unknown, context: NodeContext): Promise<Reply> {
    let count = 0;
    let failure: Error | undefined;
    const unanswered = new Set<Promise<void>>();
    try {
      const { kind, call, response } = await this.#remote.begin(payload, this.#callOptions(context));
      const fail = (error: unknown): void => {
        failure ??= asError(error);
        call.cancel();
      };
      const messages = streamsResponses(kind) ? (call as StreamCall<unknown>) : [await (call as UnaryCall<unknown>)];
      for await (const message of messages) {
        await context.ready('out');
        count += 1;
        const sent = context
          .send('out', response(message))
          .then(({ reply }) => reply instanceof Error && fail(reply), fail)
          .then(() => void unanswered.delete(sent));
        unanswered.add(sent);
      }
      await Promise.all(unanswered);
    } catch (thrown) {
      failure ??= asError(thrown);
    }
    return failure === undefined ? count : await sendError(context, failure);
  }

  async *#pass(packets: AsyncIterable<Packet>, context: NodeContext): AsyncGenerator<Reply> {
    try {
      if (this.#remote.kind !== undefined && streamsRequests(this.#remote.kind)) {
        yield* this.#answers(await this.#remote.begin(payloadsOf(packets), this.#callOptions(context)), context);
      } else {
        for await (const { payload } of packets)
          yield* this.#answers(await this.#remote.begin(payload, this.#callOptions(context)), context);
      }
    } catch (thrown) {
      yield await sendError(context, thrown);
    }
  }

  async *#answers(exchange: RemoteExchange, context: NodeContext): AsyncGenerator<Reply> {
    const { kind, call, response } = exchange;
    if (!streamsResponses(kind)) return yield await sendOut(context, await single(exchange));
    for await (const message of call as StreamCall<unknown>) yield await sendOut(context, response(message));
  }

  #callOptions(context: NodeContext, more?: Readonly<Record<string, unknown>>): CallOptions {
    const fields =
      more === undefined
        ? this.#options
        : { ...this.#options, metadata: { ...this.#options.metadata, ...more } as never };
    // A stream may be meant to go on.
    const single = this.#remote.kind === undefined || !streamsResponses(this.#remote.kind);
    return nodeCallOptions(context, fields, single ? 30_000 : undefined);
  }
}

async function single({ call, response }: RemoteExchange): Promise<Reply> {
  const unary = call as UnaryCall<unknown>;
  const message = await unary;
  const absent = message === none || (await unary.trailer).get(replyKey) === 'none';
  return absent ? none : response(message);
}

async function* payloadsOf(packets: AsyncIterable<Packet>): AsyncGenerator<unknown> {
  for await (const { payload } of packets) yield payload;
}
