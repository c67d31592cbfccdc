import { type Accepted, type Acceptor, defaultLimits, type Incoming, type Route } from '../core/acceptor.ts';
import { type CallNode, nodeOf, type ResponseSink } from '../core/call.ts';
import { callerKey } from '../core/call-keys.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import type { Call, Transport } from '../core/context.ts';
import { Metadata } from '../core/metadata.ts';
import { streamsRequests, streamsResponses } from '../core/method.ts';
import { checkOptions, checkPositive } from '../core/options.ts';
import { Queue } from '../core/queue.ts';
import { isPromise } from '../core/requests.ts';
import { type Status, statusFrom, withStatus } from '../core/status.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { TrafficCount } from '../core/traffic.ts';
import { decodeStatusDetails } from '../wire/status-details.ts';
import { type Crossing, requestCrossing, responseCrossing } from './crossing.ts';
import { mergeHeader, metadataRefusal } from './outgoing-metadata.ts';
import { packedDetails } from './outgoing-status.ts';
import { RequestPump } from './request-pump.ts';

export interface InProcessOptions {
  /**
   * Messages go through bytes, as they would over a socket: both sides own their copy and size limits hold. Default true.
   * False hands objects over by reference where both sides use the same codec: faster, and what one side changes the other sees.
   */
  copy?: boolean;
  /** Largest response message, bytes. Default 1 MiB. Holds where messages go through bytes. */
  maxReceiveBytes?: number;
}

type Settings = Required<InProcessOptions>;

const peer = { address: 'in-process', security: 'local' } as const;

/** A server as a transport: no socket, same statuses, metadata, deadlines, cancellation, limits and back-pressure. */
export function inProcess(server: Acceptor, options: InProcessOptions = {}): Transport {
  checkOptions('inProcess', options, ['copy', 'maxReceiveBytes']);
  checkPositive('maxReceiveBytes', options.maxReceiveBytes);
  const { copy = true, maxReceiveBytes = defaultLimits.maxReceiveBytes } = options;
  return new InProcessTransport(server, { copy, maxReceiveBytes });
}

class InProcessTransport implements Transport {
  readonly #server: Acceptor;
  readonly #settings: Settings;
  #closed = false;

  constructor(server: Acceptor, settings: Settings) {
    this.#server = server;
    this.#settings = settings;
  }

  invoke = async (call: Call): Promise<Status> => {
    const node = nodeOf(call);
    const { reason } = node.cancellation;
    if (reason !== undefined) return withStatus(statusOf(reason), { unseen: true });
    if (this.#closed) return statusFrom(Code.UNAVAILABLE, 'The in-process transport is closed', { unseen: true });
    const route = this.#server.route(node.method.path);
    const refusal = metadataRefusal(node.metadata, route.limits);
    if (refusal !== undefined) return withStatus(refusal, { unseen: true });
    let request: unknown;
    if (!streamsRequests(node.method.kind)) {
      request = node.source.first();
      if (isPromise(request)) request = await request;
    }
    const exchange = new Exchange(node, route, this.#settings);
    return exchange.run(this.#server, request);
  };

  async close(): Promise<void> {
    this.#closed = true;
  }
}

/** One call between a caller's node and the server's, each with its own cancellation, as over a socket. */
class Exchange implements ResponseSink {
  readonly #caller: CallNode;
  readonly #route: Route;
  readonly #request: Crossing;
  readonly #response: Crossing;
  /** The server's view; the caller has its own. */
  readonly #traffic = new TrafficCount();
  #accepted: Accepted | undefined;
  #pump: RequestPump | undefined;
  #queue: Queue<unknown> | undefined;
  pending: Metadata | undefined;
  #flushed = false;
  #held: { message: unknown } | undefined;
  #done = false;
  #onCancel: ((reason: CancelReason) => void) | undefined;
  #resolve!: (status: Status) => void;

  constructor(caller: CallNode, route: Route, { copy, maxReceiveBytes }: Settings) {
    this.#caller = caller;
    this.#route = route;
    this.#request = requestCrossing(caller.method, route, copy);
    this.#response = responseCrossing(caller.method, route, copy, maxReceiveBytes);
  }

  run(server: Acceptor, request: unknown): Promise<Status> {
    const caller = this.#caller;
    const incoming: Incoming = {
      deadline: caller.deadline,
      peer: caller.get(callerKey) ?? peer,
      authority: caller.authority,
      metadata: caller.metadata.clone(),
      traffic: this.#traffic,
      sink: this,
    };
    if (streamsRequests(this.#route.method.kind)) incoming.requests = this.#stream(request);
    else if (streamsRequests(caller.method.kind)) {
      incoming.refusal = statusFrom(Code.UNIMPLEMENTED, `${caller.method.path} takes one request, not a stream`);
    } else {
      const sent = this.#request.out(request);
      this.#countRequest(sent);
      try {
        incoming.request = this.#request.in(sent);
      } catch (thrown) {
        incoming.refusal = statusOf(thrown);
      }
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#accepted = server.accept(this.#route, incoming);
      this.#accepted.status.then((status) => this.#answer(status));
      this.#onCancel = (reason) => this.#fail(reason);
      caller.cancellation.on(this.#onCancel);
    });
  }

  header(header: Metadata): void {
    const { pending } = this;
    // One that is refused leaves nothing to be sent.
    this.pending = undefined;
    this.pending = mergeHeader(pending, header, this.#route.limits);
  }

  flush(): void {
    if (this.#flushed || this.#done) return;
    this.#flushed = true;
    this.#caller.sendHeader(this.pending ?? new Metadata());
  }

  message(message: unknown): void | Promise<void> {
    if (this.#done) return Promise.reject(new CancelReason('client-gone'));
    try {
      const sent = this.#response.out(message);
      this.#traffic.sent(this.#response.size(sent));
      if (streamsResponses(this.#route.method.kind)) return this.#deliver(sent);
      if (this.#held !== undefined)
        throw new StatusError(Code.INTERNAL, `${this.#route.method.path} gave a second response: wanted exactly one`);
      this.#held = { message: sent };
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  #deliver(sent: unknown): void | Promise<void> {
    try {
      this.flush();
      this.#caller.exchange.traffic.received(this.#response.size(sent));
      const delivered = this.#caller.respond(this.#response.in(sent));
      return delivered?.catch((thrown: unknown) => this.#fail(thrown));
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #received(sent: unknown): unknown {
    this.#countRequest(sent);
    return this.#request.in(sent);
  }

  #countRequest(sent: unknown): void {
    const bytes = this.#request.size(sent);
    this.#caller.exchange.traffic.sent(bytes);
    this.#traffic.received(bytes);
  }

  #stream(request: unknown): AsyncIterable<unknown> {
    const queue = new Queue<unknown>({ onStop: () => this.#pump?.stop() });
    this.#queue = queue;
    if (!streamsRequests(this.#caller.method.kind)) {
      queue.push(this.#received(this.#request.out(request)));
      queue.end();
      return queue;
    }
    this.#pump = new RequestPump(this.#caller.requests, (message) =>
      queue.push(this.#received(this.#request.out(message))),
    );
    this.#pump.run().then(
      (whole) => {
        if (whole) queue.end();
      },
      (thrown) => this.#fail(thrown),
    );
    return queue;
  }

  /** The server's status: what it held back goes first. */
  async #answer(status: Status): Promise<void> {
    const final = await this.#settle(status);
    this.#accepted!.sent(final);
    // Both sides have the same deadline; who waits across a socket hears of it from its own clock.
    const expired = final.code === Code.DEADLINE_EXCEEDED && Date.now() >= this.#caller.deadline;
    this.#finish(expired ? statusOf(new CancelReason('deadline')) : this.#receivedStatus(final));
  }

  /** A status as it would come out of the trailers of a socket. */
  #receivedStatus(status: Status): Status {
    const packed = packedDetails(status, this.#route.limits);
    const details = packed === undefined ? [] : decodeStatusDetails(packed)!.details;
    return withStatus(status, { details, origin: 'peer' });
  }

  async #settle(status: Status): Promise<Status> {
    if (this.#done) return status;
    try {
      if (status.code === Code.OK && this.#held !== undefined) await this.#deliver(this.#held.message);
      else if (this.pending !== undefined || (streamsResponses(this.#route.method.kind) && status.code === Code.OK))
        this.flush();
      return status;
    } catch (thrown) {
      return statusOf(thrown);
    }
  }

  /** The call ended on the caller's side: the server's part is cancelled, its status reaches nobody. */
  #fail(thrown: unknown): void {
    if (this.#done) return;
    // What is known of another call, whose error was thrown, says nothing of this one.
    const status = withStatus(statusOf(thrown), { unseen: false, lost: false });
    this.#finish(status);
    const gone = new CancelReason(status.code === Code.DEADLINE_EXCEEDED ? 'deadline' : 'client-gone');
    this.#accepted?.call.cancellation.cancel(gone);
    this.#queue?.end(gone);
  }

  #finish(status: Status): void {
    if (this.#done) return;
    this.#done = true;
    if (this.#onCancel !== undefined) this.#caller.cancellation.off(this.#onCancel);
    this.#pump?.stop();
    this.#resolve(status);
  }
}
