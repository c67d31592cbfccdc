import type { CallOptions } from '../../client/call-options.ts';
import type { Channel } from '../../client/connect.ts';
import type { StreamCall } from '../../client/stream-call.ts';
import type { UnaryCall } from '../../client/unary-call.ts';
import type { TypedMethod } from './binding.ts';

type Start = (input: unknown, options: CallOptions) => UnaryCall<unknown> | StreamCall<unknown>;

/** The methods of a channel as functions, made when first called. */
export class MethodCalls {
  readonly #channel: Channel;
  readonly #starts = new WeakMap<TypedMethod, Start>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Begins a call, a stream where the method streams responses. `input` is a message, or messages where it takes a stream. */
  start(method: TypedMethod, input: unknown, options: CallOptions): UnaryCall<unknown> | StreamCall<unknown> {
    let start = this.#starts.get(method);
    if (start === undefined) {
      const service = { name: method.service, methods: { method }, files: [] };
      start = this.#channel.client(service).method as unknown as Start;
      this.#starts.set(method, start);
    }
    return start(input, options);
  }
}
