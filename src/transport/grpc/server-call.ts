import type { ServerHttp2Stream } from 'node:http2';
import type { Accepted, Acceptor, Incoming, Route } from '../../core/acceptor.ts';
import { CancelReason } from '../../core/cancellation.ts';
import { Code } from '../../core/code.ts';
import type { Peer } from '../../core/context.ts';
import { maxTimerMs } from '../../core/deadline.ts';
import type { Metadata } from '../../core/metadata.ts';
import { streamsRequests } from '../../core/method.ts';
import { type Status, type StatusError, statusFrom, statusOf } from '../../core/status.ts';
import { metadataFromRaw } from './headers.ts';
import type { ReceiveBudget } from './receive-budget.ts';
import type { RequestHead } from './request-head.ts';
import { type Receiver, RequestMessages } from './request-messages.ts';
import { RequestStream } from './request-stream.ts';
import { ResponseWriter } from './response-writer.ts';

export interface ServerCallOptions {
  readonly acceptor: Acceptor;
  readonly budget: ReceiveBudget;
  readonly head: RequestHead;
  readonly raw: readonly string[];
  readonly peer: () => Peer;
  /** How long the one message of a unary call may take to arrive. */
  readonly receiveTimeoutMs: number;
}

/** One call on one HTTP/2 stream: hands it to the acceptor once, with its request or a refusal, and sends what comes back. */
export class ServerCall implements Receiver {
  readonly #stream: ServerHttp2Stream;
  readonly #options: ServerCallOptions;
  readonly #route: Route;
  readonly #messages: RequestMessages;
  readonly #writer: ResponseWriter;
  #requests: RequestStream | undefined;
  #request: Uint8Array | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #accepted: Accepted | undefined;

  constructor(stream: ServerHttp2Stream, options: ServerCallOptions) {
    this.#stream = stream;
    this.#options = options;
    const { acceptor, budget, head } = options;
    const route = acceptor.route(head.path);
    this.#route = route;
    this.#writer = new ResponseWriter(stream, route);
    stream.once('close', this.#onClose);
    const { request: codec } = route.method;
    this.#messages = new RequestMessages(stream, { path: route.method.path, codec, encoding: head.encoding, maxBytes: route.limits.maxReceiveBytes, budget }, this);
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
    if (this.#requests !== undefined) return this.#requests.end();
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
    this.#requests?.drop(error);
    this.#accepted.call.cancellation.cancel(new CancelReason('limit', error.statusMessage, { code: error.code, cause: error }));
  }

  #acceptStream(): void {
    const { budget, head } = this.#options;
    const requests = new RequestStream({
      stream: this.#stream,
      budget,
      path: head.path,
      decode: (bytes) => this.#messages.decode(bytes),
      discard: () => this.#messages.discard(),
    });
    this.#requests = requests;
    this.#accept({ requests });
  }

  #awaitRequest(): void {
    const { head, receiveTimeoutMs } = this.#options;
    const leftMs = head.deadline - Date.now();
    const waitMs = Math.min(Math.max(leftMs, 0), receiveTimeoutMs, maxTimerMs);
    this.#timer = setTimeout(() => {
      const late = leftMs <= receiveTimeoutMs ? 'the deadline' : `${receiveTimeoutMs} ms`;
      this.#refuse(Code.DEADLINE_EXCEEDED, `no whole request within ${late}`);
    }, waitMs);
  }

  #refuse(code: Code, why: string): void {
    this.#accept({ refusal: statusFrom(code, `${this.#route.method.path} got ${why}`) });
  }

  #accept(what: Pick<Incoming, 'request' | 'requests' | 'refusal'>): void {
    if (this.#accepted !== undefined) return;
    clearTimeout(this.#timer);
    const { acceptor, head, raw, peer } = this.#options;
    if (what.refusal !== undefined) this.#messages.discard();
    const accepted = acceptor.accept(this.#route, {
      ...what,
      deadline: head.deadline,
      peer,
      metadata: (): Metadata => metadataFromRaw(raw),
      sink: this.#writer,
    });
    this.#accepted = accepted;
    void accepted.status.then(this.#answer);
  }

  #answer = (status: Status): void => {
    this.#writer.finish(status, (sent) => {
      this.#accepted!.sent(sent);
      this.#requests?.drop(new CancelReason('cancelled', 'The call has ended'));
      this.#messages.discard();
    });
  };

  #onClose = (): void => {
    const gone = new CancelReason('client-gone');
    // The peer left before its request was whole: the chain is told all the same.
    if (this.#accepted === undefined) this.#accept({ refusal: statusOf(gone) });
    this.#messages.discard();
    this.#requests?.drop(gone);
    if (!this.#writer.decided) this.#accepted?.call.cancellation.cancel(gone);
    this.#writer.abandon(gone);
  };
}
