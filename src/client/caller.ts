import { type CallNode, createCall, nodeOf, type ResponseSink } from '../core/call.ts';
import { compressionKey, waitForReadyKey } from '../core/call-keys.ts';
import type { Interceptor, Invoke, Peer, Transport } from '../core/context.ts';
import type { Exchange } from '../core/exchange.ts';
import { fold } from '../core/interceptor.ts';
import { type Method, streamsRequests, streamsResponses } from '../core/method.ts';
import type { SlotList } from '../core/slot-list.ts';
import { unwound } from '../core/unwound.ts';
import { type CallDefaults, type CallOptions, outgoing } from './call-options.ts';
import { ReadableCall, type StreamCall } from './stream-call.ts';
import { PendingUnary, SingleResponse, type UnaryCall } from './unary-call.ts';

/** What the calls of a channel share. */
export interface Caller {
  readonly transport: Transport;
  readonly peer: Peer;
  readonly authority: string | undefined;
  readonly defaults: CallDefaults;
  /** The calls under way, so that closing the channel can end them. */
  readonly open: SlotList<Exchange>;
}

export type Start = (input: unknown, options?: CallOptions) => UnaryCall<unknown> | StreamCall<unknown>;

/** The function that calls a method: its chain is folded here, once. */
export function callerOf(
  method: Method,
  caller: Caller,
  interceptors: readonly Interceptor[],
  defaults: CallDefaults,
): Start {
  const chain = fold(interceptors, method, caller.transport.invoke);
  // An interceptor that never settles must not hold a call that was cancelled or whose deadline has passed.
  const invoke: Invoke = interceptors.length === 0 ? chain : (call) => unwound(nodeOf(call), chain(call));
  const single = !streamsResponses(method.kind);
  const onEnd = (call: CallNode): void => {
    caller.open.delete(call.exchange);
  };
  return function start(input, options = none) {
    if (single) {
      const response = new SingleResponse();
      const call = root(method, input, options, caller, defaults, response);
      return new PendingUnary(derive(call, options), response, invoke, onEnd);
    }
    const stream = new ReadableCall<unknown>();
    const call = root(method, input, options, caller, defaults, stream.sink);
    return stream.start(derive(call, options), invoke, onEnd);
  };
}

const none: CallOptions = {};

function root(
  method: Method,
  input: unknown,
  options: CallOptions,
  caller: Caller,
  defaults: CallDefaults,
  sink: ResponseSink,
): CallNode {
  const { cancellation, metadata, parent } = outgoing(method.kind, options, defaults);
  const streams = streamsRequests(method.kind);
  const call = createCall({
    method,
    side: 'client',
    peer: caller.peer,
    authority: caller.authority,
    parent,
    metadata,
    cancellation,
    request: streams ? undefined : input,
    requests: streams ? asAsync(input, method) : undefined,
    sink,
  });
  caller.open.add(call.exchange);
  return call;
}

function derive(call: CallNode, { waitForReady, compression, values }: CallOptions): CallNode {
  let derived = call;
  if (waitForReady) derived = derived.with(waitForReadyKey, true) as CallNode;
  if (compression !== undefined) derived = derived.with(compressionKey, compression) as CallNode;
  for (const [key, value] of values ?? []) derived = derived.with(key, value) as CallNode;
  return derived;
}

function asAsync(input: unknown, method: Method): AsyncIterable<unknown> {
  const iterable = input as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  if (typeof iterable === 'object' && typeof iterable?.[Symbol.asyncIterator] === 'function')
    return iterable as AsyncIterable<unknown>;
  if (typeof iterable === 'object' && typeof iterable?.[Symbol.iterator] === 'function')
    return iterate(iterable as Iterable<unknown>);
  throw new TypeError(
    `Cannot call ${method.path} with ${input === null ? 'null' : typeof input}: wanted an iterable or async iterable of requests`,
  );
}

async function* iterate(iterable: Iterable<unknown>): AsyncGenerator<unknown> {
  yield* iterable;
}
