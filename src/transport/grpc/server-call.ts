import type { ServerHttp2Stream } from 'node:http2';
import type { Accepted, Acceptor, Incoming, Route } from '../../core/acceptor.ts';
import { CancelReason } from '../../core/cancel-reason.ts';
import { Code } from '../../core/code.ts';
import type { Peer } from '../../core/context.ts';
import { maxTimerMs } from '../../core/deadline.ts';
import { streamsRequests } from '../../core/method.ts';
import { type Status, statusFrom } from '../../core/status.ts';
import { type StatusError, statusOf } from '../../core/status-error.ts';
import { TrafficCount } from '../../core/traffic.ts';
import { metadataFromRaw } from './headers.ts';
import type { ReceiveBudget } from './receive-budget.ts';
import type { RequestHead } from './request-head.ts';
import { type Receiver, RequestMessages } from './request-messages.ts';
import { RequestStream } from './request-stream.ts';
import { ResponseWriter } from './response-writer.ts';
import { ignoreData, listen, type StreamListener } from './stream-events.ts';

/** How long the status of a failed call waits behind messages that nobody reads. */
const unreadMs = 500;
/** A reset that comes with no more left than this, nor than this share of the whole, is the deadline's. */
const nearlyOverMs = 50;
const nearlyOverShare = 0.1;

/** What the calls of a connection share. */
export interface ServerCallHost {
  readonly acceptor: Acceptor;
  readonly budget: ReceiveBudget;
  readonly peer: () => Peer;
  /** How long the one message of a unary call may take to arrive. */
  readonly receiveTimeoutMs: number;
}

/** One call on one HTTP/2 stream: hands it to the acceptor once, with its request or a refusal, and sends what comes back. */
export class ServerCall implements Receiver, StreamListener {
  readonly #stream: ServerHttp2Stream;
  readonly #host: ServerCallHost;
  readonly #head: RequestHead;
  readonly #raw: readonly string[];
  readonly #route: Route;
  readonly #messages: RequestMessages;
  readonly #writer: ResponseWriter;
  readonly #traffic = new TrafficCount();
  #requests: RequestStream | undefined;
  #request: Uint8Array | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #accepted: Accepted | undefined;

  constructor(stream: ServerHttp2Stream, host: ServerCallHost, head: RequestHead, raw: readonly string[]) {
    const route = host.acceptor.route(head.path);
    this.#stream = stream;
    this.#host = host;
    this.#head = head;
    this.#raw = raw;
    this.#route = route;
    this.#writer = new ResponseWriter(stream, route, this.#traffic);
    this.#messages = new RequestMessages(stream, {
      route,
      encoding: head.encoding,
      budget: host.budget,
      receiver: this,
      traffic: this.#traffic,
    });
    listen(stream, this);
    if (head.refusal !== undefined) this.#accept({ refusal: head.refusal });
    else if (streamsRequests(route.method.kind) || !route.method.known) this.#acceptStream();
    else this.#awaitRequest();
  }

  message(bytes: Uint8Array): void {
    if (this.#requests !== undefined) this.#requests.push(bytes);
    else if (this.#request === undefined) this.#request = bytes;
    else this.#refuse(Code.UNIMPLEMENTED, 'more than one request message, wanted exactly one');
  }

  end(): void {
    if (this.#requests !== undefined) return this.#endStream(this.#requests);
    if (this.#request === undefined) return this.#refuse(Code.UNIMPLEMENTED, 'no request message, wanted exactly one');
    let request: unknown;
    try {
      request = this.#messages.decode(this.#request);
    } catch (thrown) {
      return this.#accept({ refusal: statusOf(thrown) });
    }
    this.#request = undefined;
    this.#accept({ request });
  }

  fail(error: StatusError): void {
    if (this.#accepted === undefined) return this.#accept({ refusal: statusOf(error) });
    this.#drop(error);
    this.#accepted.call.cancellation.cancel(
      new CancelReason('limit', error.statusMessage, { code: error.code, cause: error }),
    );
  }

  onData(chunk: Buffer): void {
    this.#messages.push(chunk);
  }

  onEnd(): void {
    this.#messages.end();
  }

  onWantTrailers(): void {
    this.#writer.sendTrailers();
  }

  onDrain(): void {
    this.#writer.drained();
  }

  onClose(): void {
    if (this.#writer.sent) return;
    const gone = new CancelReason(this.#expired ? 'deadline' : 'client-gone');
    // The peer left before its request was whole: the chain is told all the same.
    if (this.#accepted === undefined) this.#accept({ refusal: statusOf(gone) });
    this.#drop(gone);
    if (!this.#writer.decided) this.#accepted?.call.cancellation.cancel(gone);
    this.#writer.abandon(gone);
  }

  /** A caller whose clock runs out resets the call, which gets here about when our own would run out. */
  get #expired(): boolean {
    const { deadline, timeoutMs } = this.#head;
    return deadline - Date.now() <= Math.min(nearlyOverMs, timeoutMs * nearlyOverShare);
  }

  /**
   * Node's HTTP/2 client, and so grpc-js, cancels by half-closing and resetting the stream in one breath. Only a half-close
   * that nothing follows is the end of the requests; a handler must not commit what its caller gave up.
   */
  #endStream(requests: RequestStream): void {
    setImmediate(() => {
      if (!this.#stream.aborted) requests.end();
    });
  }

  #acceptStream(): void {
    const requests = new RequestStream({
      stream: this.#stream,
      budget: this.#host.budget,
      path: this.#head.path,
      decode: (bytes) => this.#messages.decode(bytes),
      discard: () => this.#discard(),
    });
    this.#requests = requests;
    this.#accept({ requests });
  }

  #awaitRequest(): void {
    const { receiveTimeoutMs } = this.#host;
    const leftMs = this.#head.deadline - Date.now();
    const waitMs = Math.min(Math.max(leftMs, 0), receiveTimeoutMs, maxTimerMs);
    this.#timer = setTimeout(() => {
      const late = leftMs <= receiveTimeoutMs ? 'the deadline' : `${receiveTimeoutMs} ms`;
      this.#refuse(Code.DEADLINE_EXCEEDED, `no whole request within ${late}`);
    }, waitMs);
  }

  #refuse(code: Code, why: string): void {
    this.#accept({ refusal: statusFrom(code, `${this.#route.method.path} got ${why}`) });
  }

  #accept({ request, requests, refusal }: Pick<Incoming, 'request' | 'requests' | 'refusal'>): void {
    if (this.#accepted !== undefined) return;
    clearTimeout(this.#timer);
    if (refusal !== undefined) this.#discard();
    const { acceptor, peer } = this.#host;
    const accepted = acceptor.accept(this.#route, {
      deadline: this.#head.deadline,
      authority: this.#head.authority,
      traffic: this.#traffic,
      peer,
      metadata: () => metadataFromRaw(this.#raw),
      request,
      requests,
      refusal,
      sink: this.#writer,
    });
    this.#accepted = accepted;
    void accepted.status.then((status) => this.#answer(status));
  }

  #answer(status: Status): void {
    const { sent, call } = this.#accepted!;
    this.#writer.finish(status, (final) => {
      clearTimeout(this.#timer);
      sent(final);
      if (this.#requests !== undefined) this.#drop(new CancelReason('cancelled', 'The call has ended'));
    });
    if (this.#writer.sent) return;
    // Messages wait for a peer that does not read, and the status behind them: the call's bounds hold on.
    if (status.code === Code.OK) call.cancellation.on(() => this.#writer.reset());
    else this.#timer = setTimeout(() => this.#writer.reset(), unreadMs);
  }

  #drop(reason: StatusError): void {
    this.#requests?.drop(reason);
    this.#discard();
  }

  /** What still comes is not kept, and does not hold up the connection. */
  #discard(): void {
    if (this.#messages.discard()) ignoreData(this.#stream);
  }
}
