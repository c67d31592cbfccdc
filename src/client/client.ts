import type { Interceptor } from '../core/context.ts';
import type { Init } from '../core/init.ts';
import type { Method, Methods } from '../core/method.ts';
import type { CallOptions } from './call-options.ts';
import type { StreamCall } from './stream-call.ts';
import type { UnaryCall } from './unary-call.ts';

type Stream<T> = AsyncIterable<T> | Iterable<T>;

/** How a method is called, by kind. */
interface CallByKind<I, O> {
  unary: (request: Init<I>, options?: CallOptions) => UnaryCall<O>;
  serverStream: (request: Init<I>, options?: CallOptions) => StreamCall<O>;
  clientStream: (requests: Stream<Init<I>>, options?: CallOptions) => UnaryCall<O>;
  bidi: (requests: Stream<Init<I>>, options?: CallOptions) => StreamCall<O>;
}

export type ClientMethod<M extends Method> = M extends Method<infer I, infer O, infer K> ? CallByKind<I, O>[K] : never;

/** The methods of a service as functions. */
export type Client<M extends Methods> = { readonly [N in keyof M]: ClientMethod<M[N]> };

export interface ClientOptions {
  /** Inside those of the channel; the first is the outermost. */
  interceptors?: readonly Interceptor[];
  /** Milliseconds for unary and client-streaming calls that say nothing; default the channel's. */
  timeoutMs?: number;
}
