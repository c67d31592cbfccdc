import type { Accepted, Acceptor, Incoming, Limits, Route } from '../core/acceptor.ts';
import { type CallNode, nodeOf, type ResponseSink } from '../core/call.ts';
import { CancelReason } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import type { Call, Transport } from '../core/context.ts';
import { Metadata } from '../core/metadata.ts';
import { type Codec, streamsRequests, streamsResponses } from '../core/method.ts';
import { Queue } from '../core/queue.ts';
import { isPromise } from '../core/requests.ts';
import { type Status, StatusError, statusFrom, statusOf, withStatus } from '../core/status.ts';
import { metadataExcess, outgoingStatus } from './outgoing-status.ts';
import { RequestPump } from './request-pump.ts';

export interface InProcessOptions {
  /**
   * Messages go through bytes, as they would over a socket: both sides own their copy and size limits hold. Default true.
   * False hands objects over by reference where both sides use the same codec: faster, and what one side changes the other sees.
   */
  copy?: boolean;
}

/** A server as a transport: no socket, same statuses, metadata, deadlines, cancellation, limits and back-pressure. */
export function inProcess(server: Acceptor, { copy = true }: InProcessOptions = {}): Transport {
  return new InProcessTransport(server, copy);
}

class InProcessTransport implements Transport {
  readonly #server: Acceptor;
  readonly #copy: boolean;
  #closed = false;

  constructor(server: Acceptor, copy: boolean) {
    this.#server = server;
    this.#copy = copy;
  }

  invoke = async (call: Call): Promise<Status> => {
    const node = nodeOf(call);
    const { reason } = node.cancellation;
    if (reason !== undefined) return statusOf(reason);
    if (this.#closed) return statusFrom(Code.UNAVAILABLE, 'The in-process transport is closed');
    const route = this.#server.route(node.method.path);
    const excess = metadataExcess(node.metadata, route.limits);
    if (excess !== undefined) return statusFrom(Code.RESOURCE_EXHAUSTED, `The call has ${excess}`);
    let request: unknown;
    if (!streamsRequests(node.method.kind)) {
      request = node.source.first();
      if (isPromise(request)) request = await request;
    }
    const exchange = new Exchange(node, route, this.#copy);
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
  #accepted: Accepted | undefined;
  #pump: RequestPump | undefined;
  #queue: Queue<unknown> | undefined;
  #header: Metadata | undefined;
  #flushed = false;
  #held: { message: unknown } | undefined;
  #done = false;
  #onCancel: ((reason: CancelReason) => void) | undefined;
  #resolve!: (status: Status) => void;

  constructor(caller: CallNode, route: Route, copy: boolean) {
    this.#caller = caller;
    this.#route = route;
    const { request, response } = route.method;
    const { maxReceiveBytes, maxSendBytes } = route.limits;
    this.#request = crossing(caller.method.request, request, copy, maxReceiveBytes, 'request');
    this.#response = crossing(response, caller.method.response, copy, maxSendBytes, 'response');
  }

  run(server: Acceptor, request: unknown): Promise<Status> {
    const caller = this.#caller;
    const incoming: Incoming = {
      deadline: caller.deadline,
      peer: { address: 'in-process' },
      metadata: caller.metadata.clone(),
      sink: this,
    };
    if (streamsRequests(this.#route.method.kind)) incoming.requests = this.#stream(request);
    else if (streamsRequests(caller.method.kind)) {
      incoming.refusal = statusFrom(Code.UNIMPLEMENTED, `${caller.method.path} takes one request, not a stream`);
    } else {
      const sent = this.#request.out(request);
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
    (this.#header ??= new Metadata()).merge(header);
  }

  flush(): void {
    if (this.#flushed || this.#done) return;
    const header = this.#header ?? new Metadata();
    const excess = metadataExcess(header, this.#route.limits);
    if (excess !== undefined) throw new StatusError(Code.RESOURCE_EXHAUSTED, `The header has ${excess}`);
    this.#flushed = true;
    this.#caller.sendHeader(header);
  }

  message(message: unknown): void | Promise<void> {
    if (this.#done) return Promise.reject(new CancelReason('client-gone'));
    if (!streamsResponses(this.#route.method.kind)) {
      if (this.#held !== undefined)
        return Promise.reject(
          new StatusError(Code.INTERNAL, `${this.#route.method.path} gave a second response: wanted exactly one`),
        );
      this.#held = { message: this.#response.out(message) };
      return undefined;
    }
    return this.#deliver(this.#response.out(message));
  }

  #deliver(sent: unknown): void | Promise<void> {
    this.flush();
    try {
      const delivered = this.#caller.respond(this.#response.in(sent));
      return delivered?.catch((thrown) => this.#fail(thrown));
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #stream(request: unknown): AsyncIterable<unknown> {
    const queue = new Queue<unknown>({ onStop: () => this.#pump?.stop() });
    this.#queue = queue;
    if (!streamsRequests(this.#caller.method.kind)) {
      queue.push(this.#request.in(this.#request.out(request)));
      queue.end();
      return queue;
    }
    this.#pump = new RequestPump(this.#caller.requests, (message) =>
      queue.push(this.#request.in(this.#request.out(message))),
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
    const final = await this.#settle(outgoingStatus(status, this.#route.limits));
    this.#accepted!.sent(final);
    this.#finish(withStatus(final, { origin: 'peer' }));
  }

  async #settle(status: Status): Promise<Status> {
    if (this.#done) return status;
    try {
      if (status.code === Code.OK && this.#held !== undefined) await this.#deliver(this.#held.message);
      else if (this.#header !== undefined || (streamsResponses(this.#route.method.kind) && status.code === Code.OK))
        this.flush();
      return status;
    } catch (thrown) {
      return statusOf(thrown);
    }
  }

  /** The call ended on the caller's side: the server's part is cancelled, its status reaches nobody. */
  #fail(thrown: unknown): void {
    if (this.#done) return;
    const status = statusOf(thrown);
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

/** How a message gets from one side to the other: `out` in the sender's time, `in` in the receiver's. */
interface Crossing {
  out(message: unknown): unknown;
  in(sent: unknown): unknown;
}

const byReference: Crossing = { out: (message) => message, in: (sent) => sent };

function crossing(
  from: Codec<unknown>,
  to: Codec<unknown>,
  copy: boolean,
  maxBytes: Limits['maxSendBytes'],
  what: string,
): Crossing {
  if (!copy && from === to) return byReference;
  return {
    out: (message) => from.encode(message),
    in: (sent) => {
      const bytes = sent as Uint8Array;
      if (bytes.byteLength <= maxBytes) return to.decode(bytes);
      throw new StatusError(
        Code.RESOURCE_EXHAUSTED,
        `A ${what} of ${bytes.byteLength} bytes is over the limit of ${maxBytes}`,
      );
    },
  };
}
