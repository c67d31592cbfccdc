import { type ChannelInterface, connectivityState, Channel as GrpcJsChannel } from '@grpc/grpc-js';
import { type CallNode, nodeOf } from '../../core/call.ts';
import { type Compression, compressionKey, waitForReadyKey } from '../../core/call-keys.ts';
import { Cancellation } from '../../core/cancellation.ts';
import { Code } from '../../core/code.ts';
import type { Invoke, Transport } from '../../core/context.ts';
import { snapshot } from '../../core/current.ts';
import { streamsRequests } from '../../core/method.ts';
import { isPromise } from '../../core/requests.ts';
import { type Status, StatusError, statusFrom, statusOf, withStatus } from '../../core/status.ts';
import { type ChannelRules, channelRefusal } from './channel-metadata.ts';
import { checkChannelOptions, type GrpcChannelOptions, toGrpcOptions } from './channel-options.ts';
import { type ChannelState, channelStates } from './channel-state.ts';
import { ClientCall, encodeRequest } from './client-call.ts';
import { clientCredentials } from './client-credentials.ts';
import { ConnectGuard } from './connect-guard.ts';
import { FlapGuard } from './flap-guard.ts';
import { toGrpc } from './grpc-metadata.ts';
import { compressRequests } from './message-compression.ts';
import { obeyPushback } from './pushback.ts';
import { checkSeams } from './seams.ts';
import { boundsOf, type MethodBounds } from './service-config.ts';
import { parseTarget, type Target } from './target.ts';
import { wireDeadline } from './wire-deadline.ts';

/** Carries calls over grpc-js, which resolves names, balances and connects. Opens nothing before the first call. */
export class GrpcChannel implements Transport, AsyncDisposable {
  readonly target: string;
  readonly #parsed: Target;
  readonly #options: GrpcChannelOptions;
  readonly #bounds: (service: string, method: string) => MethodBounds;
  readonly #rules: ChannelRules;
  readonly #guard: ConnectGuard;
  readonly #flaps: FlapGuard;
  readonly #create: () => ChannelInterface;
  readonly #outside = snapshot();
  readonly #listeners = new Set<(state: ChannelState) => void>();
  readonly #givenUp = new WeakMap<ChannelInterface, string>();
  #channel: ChannelInterface;
  #state: ChannelState = 'idle';

  /** A TypeError, RangeError or Error that says what is wrong with the target, an option or a TLS file. */
  constructor(target: string, options: GrpcChannelOptions = {}) {
    this.#parsed = parseTarget(target);
    checkChannelOptions(options);
    const {
      tls = false,
      connectTimeoutMs = 20_000,
      maxMetadataPairs = 64,
      maxMetadataBytes = 8 * 1024,
      allowInsecureCredentials = false,
    } = options;
    this.target = target;
    this.#options = options;
    this.#rules = {
      target,
      maxMetadataPairs,
      maxMetadataBytes,
      credentials: tls !== false || allowInsecureCredentials || this.#parsed.local,
    };
    this.#bounds = boundsOf(options.serviceConfig);
    const credentials = clientCredentials(tls, { host: this.#parsed.host, connectTimeoutMs });
    const grpcOptions = toGrpcOptions(options);
    const retries = options.serviceConfig?.methods?.some(({ retry }) => retry !== undefined) ?? false;
    this.#create = () => {
      const channel = new GrpcJsChannel(this.#parsed.uri, credentials, grpcOptions);
      if (retries) obeyPushback(channel);
      return channel;
    };
    this.#channel = this.#create();
    checkSeams(this.#channel);
    this.#flaps = new FlapGuard(options.reconnect);
    this.#guard = new ConnectGuard(connectTimeoutMs, () =>
      this.#restart(`no connection within ${connectTimeoutMs} ms`),
    );
    this.#watch(this.#channel);
  }

  get state(): ChannelState {
    return this.#state;
  }

  readonly invoke: Invoke = (call) => {
    const node = nodeOf(call);
    const refusal = this.#refusal(node);
    if (refusal !== undefined) return Promise.resolve(unsent(refusal));
    if (streamsRequests(node.method.kind)) return this.#start(node, undefined);
    try {
      const request = node.source.first();
      if (!isPromise(request)) return this.#start(node, encodeRequest(node, request, this.#boundsOf(node)));
      return this.#startLater(node, request);
    } catch (thrown) {
      return Promise.resolve(unsent(statusOf(thrown)));
    }
  };

  /** Tells the listener of every change, until the returned function is called. */
  watchState(listener: (state: ChannelState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  connect(): void {
    if (this.#state !== 'shutdown') this.#outside(() => this.#channel.getConnectivityState(true));
  }

  /** Connects; resolves once calls can be sent. Rejects with UNAVAILABLE when closed, DEADLINE_EXCEEDED or CANCELLED. */
  async ready({ signal, deadline }: { signal?: AbortSignal; deadline?: number } = {}): Promise<void> {
    const cancellation = new Cancellation({ signal, deadline });
    let stop: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const look = (state: ChannelState): void => {
          if (state === 'ready') resolve();
          else if (state === 'shutdown')
            reject(new StatusError(Code.UNAVAILABLE, `Cannot connect to ${this.target}: the channel was closed`));
          else this.connect();
        };
        stop = this.watchState(look);
        cancellation.on(({ code, statusMessage }) =>
          reject(new StatusError(code, `Cannot connect to ${this.target}: ${statusMessage}`)),
        );
        look(this.#state);
      });
    } finally {
      stop?.();
      cancellation.close();
    }
  }

  /** Lets go of the connection; calls that were not sent yet end with UNAVAILABLE, those under way go on. */
  async close(): Promise<void> {
    if (this.#state === 'shutdown') return;
    this.#guard.stop();
    this.#channel.close();
    this.#tell('shutdown');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #startLater(node: CallNode, request: Promise<unknown>): Promise<Status> {
    let bytes: Buffer;
    try {
      const message = await request;
      const refusal = this.#refusal(node);
      if (refusal !== undefined) return unsent(refusal);
      bytes = encodeRequest(node, message, this.#boundsOf(node));
    } catch (thrown) {
      return unsent(statusOf(thrown));
    }
    return this.#start(node, bytes);
  }

  #start(node: CallNode, request: Buffer | undefined): Promise<Status> {
    const bounds = this.#boundsOf(node);
    const deadline = wireDeadline(node);
    const metadata = toGrpc(node.metadata);
    if (node.get(waitForReadyKey) || bounds.waitForReady) metadata.setOptions({ waitForReady: true });
    const channel = this.#channel;
    return new Promise((settle) => {
      const resolve = (status: Status): void => settle(this.#explained(status, channel));
      try {
        const grpcCall = channel.createCall(node.method.path, deadline, this.#options.authority, null, 0);
        const compression = node.get<Compression>(compressionKey) ?? this.#options.compression ?? 'identity';
        if (compression !== 'identity') compressRequests(grpcCall, compression, node.exchange.traffic);
        const call = new ClientCall(node, grpcCall, deadline, bounds, resolve);
        // Whatever a call opens outlives it, so it must not keep the call's async context alive.
        if (this.#state === 'ready') grpcCall.start(metadata, call);
        else this.#outside(() => grpcCall.start(metadata, call));
        if (request === undefined) call.sendStream(node.requests);
        else call.sendOne(request);
      } catch (thrown) {
        resolve(statusOf(thrown));
      }
    });
  }

  /** grpc-js ends calls that still wait when their channel is closed, and does not know why that was. */
  #explained(status: Status, channel: ChannelInterface): Status {
    if (status.code !== Code.UNAVAILABLE || !status.message.startsWith('Channel closed before')) return status;
    const why = this.#givenUp.get(channel) ?? 'the channel was closed';
    return withStatus(status, { message: `Cannot connect to ${this.target}: ${why}` });
  }

  #refusal(node: CallNode): Status | undefined {
    const { reason } = node.cancellation;
    if (reason !== undefined) return statusOf(reason);
    if (this.#state === 'shutdown')
      return statusFrom(Code.UNAVAILABLE, `Cannot call ${node.method.path}: the channel was closed`);
    const pauseMs = this.#flaps.pauseMs;
    if (pauseMs > 0)
      return statusFrom(
        Code.UNAVAILABLE,
        `${this.target} drops its connections at once: the next attempt is in ${Math.ceil(pauseMs)} ms`,
      );
    return channelRefusal(node.metadata, this.#rules);
  }

  #boundsOf({ method }: CallNode): MethodBounds {
    return this.#bounds(method.service, method.name);
  }

  #watch(channel: ChannelInterface): void {
    const state = channel.getConnectivityState(false);
    if (channel !== this.#channel || state === connectivityState.SHUTDOWN) return;
    this.#tell(channelStates[state]!);
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => this.#watch(channel));
  }

  #tell(state: ChannelState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#guard.saw(state);
    this.#flaps.saw(state);
    for (const listener of [...this.#listeners]) listener(state);
  }

  /** An attempt that never ends can't be stopped from outside: the calls that wait for it fail, the next one starts afresh. */
  #restart(why: string): void {
    const stuck = this.#channel;
    this.#givenUp.set(stuck, why);
    this.#channel = this.#outside(this.#create);
    stuck.close();
    this.#tell('transient-failure');
    this.#watch(this.#channel);
  }
}

/** The status of a call of which nothing was handed to the network. */
function unsent(status: Status): Status {
  return withStatus(status, { unseen: true });
}
