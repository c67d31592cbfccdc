import { type ChannelInterface, Channel as GrpcJsChannel } from '@grpc/grpc-js';
import { type CallNode, nodeOf } from '../../core/call.ts';
import { type Compression, compressionKey, waitForReadyKey } from '../../core/call-keys.ts';
import { Code } from '../../core/code.ts';
import type { Invoke, Transport } from '../../core/context.ts';
import { streamsRequests } from '../../core/method.ts';
import { isPromise } from '../../core/requests.ts';
import { type Status, statusFrom, withStatus } from '../../core/status.ts';
import { statusOf } from '../../core/status-error.ts';
import { admitAddresses } from './address-admission.ts';
import { type ChannelRules, channelRefusal } from './channel-metadata.ts';
import { checkChannelOptions, type GrpcChannelOptions, toGrpcOptions } from './channel-options.ts';
import type { ChannelState } from './channel-state.ts';
import { ClientCall, encodeRequest } from './client-call.ts';
import { clientCredentials } from './client-credentials.ts';
import type { ConnectionEvent } from './connection-event.ts';
import { moveOn } from './going-away.ts';
import { toGrpc } from './grpc-metadata.ts';
import { LiveChannel } from './live-channel.ts';
import { compressRequests } from './message-compression.ts';
import { obeyPushback } from './pushback.ts';
import { holdRequests, type OnlyRequest } from './request-hold.ts';
import { checkSeams } from './seams.ts';
import { boundsOf, type MethodBounds } from './service-config.ts';
import { forgetTargets } from './subchannel-pool.ts';
import { asciiAuthority, parseTarget, staysHere } from './target.ts';
import { untilReady } from './until-ready.ts';
import { wireDeadline } from './wire-deadline.ts';

/** Carries calls over grpc-js, which resolves names, balances and connects. Opens nothing before the first call. */
export class GrpcChannel implements Transport, AsyncDisposable {
  readonly target: string;
  readonly #authority: string | undefined;
  readonly #compression: Compression;
  readonly #bounds: (service: string, method: string) => MethodBounds;
  readonly #rules: ChannelRules;
  readonly #live: LiveChannel;
  #only: OnlyRequest = {};

  /** A TypeError, RangeError or Error that says what is wrong with the target, an option or a TLS file. */
  constructor(target: string, options: GrpcChannelOptions = {}) {
    const parsed = parseTarget(target);
    const { uri, host } = parsed;
    checkChannelOptions(options);
    const {
      tls = false,
      authority,
      compression = 'identity',
      connectTimeoutMs = 20_000,
      maxMetadataPairs = 64,
      maxMetadataBytes = 8 * 1024,
      allowInsecureCredentials = false,
      proxy = false,
      reconnect,
    } = options;
    this.target = target;
    this.#authority = authority === undefined ? undefined : asciiAuthority(authority);
    this.#compression = compression;
    const credentials = tls !== false || allowInsecureCredentials || staysHere(parsed, proxy);
    this.#rules = { target, maxMetadataPairs, maxMetadataBytes, credentials };
    this.#bounds = boundsOf(options.serviceConfig);
    const channelCredentials = clientCredentials(tls, { host, connectTimeoutMs });
    const grpcOptions = toGrpcOptions(options);
    const retries = options.serviceConfig?.methods?.some(({ retry }) => retry !== undefined) ?? false;
    const create = (): ChannelInterface => {
      const channel = new GrpcJsChannel(uri, channelCredentials, grpcOptions);
      this.#only = holdRequests(channel, options.perCallBufferBytes);
      forgetTargets(channel);
      moveOn(channel);
      if (retries) obeyPushback(channel);
      if (options.admitAddress !== undefined) admitAddresses(channel, target, options.admitAddress);
      return channel;
    };
    this.#live = new LiveChannel({ target, connectTimeoutMs, reconnect, create });
    checkSeams(this.#live.current);
  }

  get state(): ChannelState {
    return this.#live.state;
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
    return this.#live.states.add(listener);
  }

  /** Tells the listener of each attempt to connect and how it ended, until the returned function is called. */
  watchConnection(listener: (event: ConnectionEvent) => void): () => void {
    return this.#live.connections.add(listener);
  }

  connect(): void {
    this.#live.connect();
  }

  /** Connects now where it would be tried later or no more; a connection that is there stays. */
  reconnect(): void {
    this.#live.reconnect();
  }

  /** Connects; resolves once calls can be sent. Rejects with UNAVAILABLE when closed or given up, DEADLINE_EXCEEDED or CANCELLED. */
  ready(options: { signal?: AbortSignal; deadline?: number } = {}): Promise<void> {
    return untilReady(this.#live, options);
  }

  /** Lets go of the connection; calls that were not sent yet end with UNAVAILABLE, those under way go on. */
  async close(): Promise<void> {
    this.#live.close();
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
    if (this.#waits(node)) metadata.setOptions({ waitForReady: true });
    const channel = this.#live.current;
    return new Promise((settle) => {
      const resolve = (status: Status): void => settle(this.#explained(status, channel));
      try {
        const grpcCall = channel.createCall(node.method.path, deadline, this.#authority, null, 0);
        const compression = node.get<Compression>(compressionKey) ?? this.#compression;
        if (compression !== 'identity') compressRequests(grpcCall, compression, node.exchange.traffic);
        const call = new ClientCall(node, grpcCall, deadline, bounds, resolve);
        // Whatever a call opens outlives it, so it must not keep the call's async context alive.
        if (this.#live.state === 'ready') grpcCall.start(metadata, call);
        else this.#live.outside(() => grpcCall.start(metadata, call));
        if (request === undefined) call.sendStream(node.requests);
        else call.sendOne(request, this.#only);
      } catch (thrown) {
        resolve(statusOf(thrown));
      }
    });
  }

  /** grpc-js ends calls that still wait when their channel is closed, and does not know why that was. */
  #explained(status: Status, channel: ChannelInterface): Status {
    if (status.code !== Code.UNAVAILABLE || !status.message.startsWith('Channel closed before')) return status;
    return withStatus(status, { message: `Cannot connect to ${this.target}: ${this.#live.whyClosed(channel)}` });
  }

  #refusal(node: CallNode): Status | undefined {
    const { reason } = node.cancellation;
    if (reason !== undefined) return statusOf(reason);
    const { failure, pauseMs } = this.#live;
    if (failure !== undefined) return statusFrom(Code.UNAVAILABLE, failure);
    if (pauseMs > 0 && !this.#waits(node))
      return statusFrom(
        Code.UNAVAILABLE,
        `${this.target} drops its connections at once: the next attempt is in ${Math.ceil(pauseMs)} ms`,
      );
    return channelRefusal(node.metadata, this.#rules);
  }

  #waits(node: CallNode): boolean {
    return node.get(waitForReadyKey) === true || this.#boundsOf(node).waitForReady === true;
  }

  #boundsOf({ method }: CallNode): MethodBounds {
    return this.#bounds(method.service, method.name);
  }
}

/** The status of a call of which nothing was handed to the network. */
function unsent(status: Status): Status {
  return withStatus(status, { unseen: true, lost: false });
}
