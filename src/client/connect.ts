import { CancelReason } from '../core/cancel-reason.ts';
import type { Interceptor, Peer, Transport } from '../core/context.ts';
import { detached } from '../core/current.ts';
import { deadlineFrom } from '../core/deadline.ts';
import type { Exchange } from '../core/exchange.ts';
import { checkInterceptors } from '../core/interceptor.ts';
import { type Methods, rawMethod, type Service } from '../core/method.ts';
import { checkOptions, checkPositive, checkTexts } from '../core/options.ts';
import { SlotList } from '../core/slot-list.ts';
import type { ConnectionEvent } from '../transport/grpc/connection-event.ts';
import { type ChannelState, channelOptionNames, type GrpcChannelOptions, securityOf } from '../transport/grpc/index.ts';
import type { CallDefaults, CallOptions } from './call-options.ts';
import { type Caller, callerOf, type Start } from './caller.ts';
import { type ClientTransport, sharedChannel } from './channel-cache.ts';
import type { Client, ClientOptions } from './client.ts';
import type { StreamCall } from './stream-call.ts';
import type { UnaryCall } from './unary-call.ts';

export interface ConnectOptions extends GrpcChannelOptions {
  /** For every call of the channel; the first is the outermost. */
  interceptors?: readonly Interceptor[];
  /** For unary and client-streaming calls that say nothing. Default 30 s; `Infinity` for none. */
  timeoutMs?: number;
  /** Metadata keys passed on from the server call that is being handled. */
  forward?: readonly string[];
  /** Send `traceparent` along. Default true. */
  trace?: boolean;
}

/** A connection to a target, or to several addresses of it. Opens with its first call. */
export interface Channel extends AsyncDisposable {
  readonly target: string;
  readonly state: ChannelState;
  /** Tells the listener of state changes; gives back what ends that. */
  watchState(listener: (state: ChannelState) => void): () => void;
  /**
   * Tells the listener of each attempt to connect, how it ended and when the next comes; gives back what ends that. Channels that
   * share a connection are all told. A transport without connections tells nothing.
   */
  watchConnection(listener: (event: ConnectionEvent) => void): () => void;
  /**
   * Connects now instead of after the back-off, which starts anew, and after `reconnect.attempts` failures. A connection that is
   * there stays, as do the calls on it and those that wait. `ready()` waits for what comes of it.
   */
  reconnect(): void;
  /**
   * Connects, and resolves once calls can be sent. Rejects with DEADLINE_EXCEEDED or CANCELLED, and with UNAVAILABLE when the
   * channel was closed or gave up.
   */
  ready(options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<void>;
  /** The methods of a service as functions; chains are folded here. */
  client<M extends Methods>(service: Service<M>, options?: ClientOptions): Client<M>;
  /** A call without descriptors: one message of bytes each way. */
  call(path: string, request: Uint8Array, options?: CallOptions): UnaryCall<Uint8Array>;
  /** A call without descriptors: a stream of bytes each way. */
  stream(
    path: string,
    requests: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: CallOptions,
  ): StreamCall<Uint8Array>;
  /** Ends calls under way with CANCELLED and lets go of the connection. */
  close(): Promise<void>;
}

const ownNames = ['interceptors', 'timeoutMs', 'forward', 'trace'];

/**
 * A channel to `host:port`, `dns:…`, `ipv4:…`, `ipv6:…`, `unix:…`, or to a transport such as `inProcess(server)`.
 * Nothing is opened before the first call. A bad target or option is an error at once.
 */
export function connect(target: string | Transport, options: ConnectOptions = {}): Channel {
  const { interceptors = [], timeoutMs = 30_000, forward = [], trace = true, ...connection } = options;
  checkInterceptors(interceptors);
  checkPositive('timeoutMs', timeoutMs);
  checkTexts('forward', forward);
  const defaults = { timeoutMs, forward: forward.map((key) => key.toLowerCase()), trace };
  if (typeof target === 'string') checkOptions('connect', connection, [...ownNames, ...channelOptionNames]);
  else checkOptions('connect to a transport', connection, ownNames);
  if (typeof target === 'string')
    return new FlowChannel(
      { address: target, security: securityOf(target, connection.tls, connection.proxy) },
      sharedChannel(target, connection),
      interceptors,
      defaults,
      connection.authority,
    );
  return new FlowChannel({ address: 'in-process', security: 'local' }, target, interceptors, defaults);
}

class FlowChannel implements Channel {
  readonly target: string;
  readonly #transport: Transport & Partial<ClientTransport>;
  readonly #interceptors: readonly Interceptor[];
  readonly #caller: Caller;
  readonly #raw = new Map<string, Start>();
  #closed = false;

  constructor(
    peer: Peer,
    transport: Transport & Partial<ClientTransport>,
    interceptors: readonly Interceptor[],
    defaults: CallDefaults,
    authority?: string,
  ) {
    this.target = peer.address;
    this.#transport = transport;
    this.#interceptors = interceptors;
    this.#caller = { transport, peer, authority, defaults, open: new SlotList<Exchange>() };
  }

  get state(): ChannelState {
    if (this.#closed) return 'shutdown';
    return this.#transport.state ?? 'ready';
  }

  watchState(listener: (state: ChannelState) => void): () => void {
    return this.#transport.watchState?.(listener) ?? (() => {});
  }

  watchConnection(listener: (event: ConnectionEvent) => void): () => void {
    return this.#transport.watchConnection?.(listener) ?? (() => {});
  }

  reconnect(): void {
    if (!this.#closed) detached(() => this.#transport.reconnect?.());
  }

  async ready(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    const { timeoutMs, signal } = options;
    checkOptions('channel.ready', options, ['timeoutMs', 'signal']);
    const deadline = deadlineFrom({ timeoutMs });
    await detached(() => this.#transport.ready?.({ deadline, signal }));
  }

  client<M extends Methods>(
    service: Service<M>,
    { interceptors = [], timeoutMs, ...rest }: ClientOptions = {},
  ): Client<M> {
    checkOptions('channel.client', rest, ['interceptors', 'timeoutMs']);
    checkInterceptors(interceptors);
    checkPositive('timeoutMs', timeoutMs);
    const defaults = timeoutMs === undefined ? this.#caller.defaults : { ...this.#caller.defaults, timeoutMs };
    const chain = [...this.#interceptors, ...interceptors];
    const methods = Object.entries(service.methods).map(([name, method]) => [
      name,
      this.#guarded(callerOf(method, this.#caller, chain, defaults)),
    ]);
    return Object.fromEntries(methods) as Client<M>;
  }

  call(path: string, request: Uint8Array, options?: CallOptions): UnaryCall<Uint8Array> {
    return this.#rawCaller(path, 'unary')(request, options) as UnaryCall<Uint8Array>;
  }

  stream(
    path: string,
    requests: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: CallOptions,
  ): StreamCall<Uint8Array> {
    return this.#rawCaller(path, 'bidi')(requests, options) as StreamCall<Uint8Array>;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const { init } of this.#caller.open)
      init.cancellation.cancel(new CancelReason('cancelled', 'The channel was closed'));
    await this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #rawCaller(path: string, kind: 'unary' | 'bidi'): Start {
    if (!/^\/[^/]+\/[^/]+$/.test(path))
      throw new TypeError(`Cannot call "${path}": wanted a path such as "/package.Service/Method"`);
    const key = `${kind} ${path}`;
    let start = this.#raw.get(key);
    if (start === undefined) {
      start = this.#guarded(
        callerOf(rawMethod(path, { kind, known: true }), this.#caller, this.#interceptors, this.#caller.defaults),
      );
      // Paths come from the caller's code; a proxy that makes them up must not grow the map without end.
      if (this.#raw.size < 1_000) this.#raw.set(key, start);
    }
    return start;
  }

  #guarded(start: Start): Start {
    return (input, options) => {
      if (this.#closed) throw new TypeError(`Cannot call ${this.target}: the channel was closed`);
      return start(input, options);
    };
  }
}
