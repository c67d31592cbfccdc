import type { CallOptions } from '../../client/call-options.ts';
import type { Channel } from '../../client/connect.ts';
import type { StreamCall } from '../../client/stream-call.ts';
import type { UnaryCall } from '../../client/unary-call.ts';
import { streamsResponses } from '../../core/method.ts';
import type { TypedMethod } from './binding.ts';

type Start = (input: unknown, options: CallOptions) => unknown;

/** The methods of a channel as functions, made when first called. */
export class MethodCalls {
  readonly #channel: Channel;
  readonly #starts = new WeakMap<TypedMethod, Start>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** A call with one response. `input` is a message, or messages where the method takes a stream. */
  unary(method: TypedMethod, input: unknown, options: CallOptions): UnaryCall<unknown> {
    if (streamsResponses(method.kind)) throw new TypeError(`${method.path} streams responses`);
    return this.#start(method)(input, options) as UnaryCall<unknown>;
  }

  stream(method: TypedMethod, input: unknown, options: CallOptions): StreamCall<unknown> {
    if (!streamsResponses(method.kind)) throw new TypeError(`${method.path} has one response`);
    return this.#start(method)(input, options) as StreamCall<unknown>;
  }

  #start(method: TypedMethod): Start {
    let start = this.#starts.get(method);
    if (start === undefined) {
      const service = { name: method.service, methods: { method }, files: [] };
      start = this.#channel.client(service).method as unknown as Start;
      this.#starts.set(method, start);
    }
    return start;
  }
}
