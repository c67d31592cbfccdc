import type { OutgoingHttpHeaders, ServerHttp2Stream, ServerStreamResponseOptions } from 'node:http2';
import { constants } from 'node:http2';
import type { Route } from '../../core/acceptor.ts';
import type { ResponseSink } from '../../core/call.ts';
import type { CancelReason } from '../../core/cancel-reason.ts';
import { Code } from '../../core/code.ts';
import type { Metadata } from '../../core/metadata.ts';
import { streamsResponses } from '../../core/method.ts';
import { type Status, statusFrom } from '../../core/status.ts';
import { StatusError, statusOf } from '../../core/status-error.ts';
import type { TrafficCount } from '../../core/traffic.ts';
import { encodeResponse } from '../encode-response.ts';
import { mergeHeader } from '../outgoing-metadata.ts';
import { type Deferred, deferred } from './deferred.ts';
import { frameOf } from './frame-reader.ts';
import { addToHeaders } from './headers.ts';
import { acceptEncoding } from './inflate.ts';
import { statusTrailer } from './status-trailer.ts';
import { listenForDrain, listenForTrailers } from './stream-events.ts';

/** One flag byte, four of length. */
const prefixBytes = 5;
const contentType = 'application/grpc+proto';
// A date in each response is HTTP's habit, not gRPC's.
const sendOptions = { waitForTrailers: true, sendDate: false } as ServerStreamResponseOptions;
const endOptions = { endStream: true, sendDate: false } as ServerStreamResponseOptions;

/** Sends header, messages and status of one call, each at the right time, within limits and the peer's flow control. */
export class ResponseWriter implements ResponseSink {
  readonly #stream: ServerHttp2Stream;
  readonly #route: Route;
  readonly #traffic: TrafficCount;
  readonly #streams: boolean;
  pending: Metadata | undefined;
  #flushed = false;
  /** The message of a single-response method: it leaves together with its status. */
  #held: Buffer | undefined;
  #room: Deferred<void> | undefined;
  #finish: { status: Status; sent(status: Status): void } | undefined;
  #told = false;

  constructor(stream: ServerHttp2Stream, route: Route, traffic: TrafficCount) {
    this.#traffic = traffic;
    this.#stream = stream;
    this.#route = route;
    this.#streams = streamsResponses(route.method.kind) || !route.method.known;
  }

  /** A status was handed over: nothing the peer does can cancel the call any more. */
  get decided(): boolean {
    return this.#finish !== undefined;
  }

  /** The status left, or can't any more. */
  get sent(): boolean {
    return this.#told;
  }

  header(header: Metadata): void {
    const { pending } = this;
    // One that is refused leaves nothing to be sent.
    this.pending = undefined;
    this.pending = mergeHeader(pending, header, this.#route.limits);
  }

  flush(): void {
    if (this.#flushed || this.#stream.closed || this.#stream.destroyed) return;
    const headers: OutgoingHttpHeaders = {
      ':status': 200,
      'content-type': contentType,
      'grpc-accept-encoding': acceptEncoding,
    };
    if (this.pending !== undefined) addToHeaders(headers, this.pending);
    this.#flushed = true;
    this.#stream.respond(headers, sendOptions);
    listenForTrailers(this.#stream);
  }

  message(message: unknown): void | Promise<void> {
    let frame: Buffer;
    try {
      frame = frameOf(encodeResponse(this.#route.method, message, this.#route.limits.maxSendBytes));
    } catch (thrown) {
      return Promise.reject(thrown);
    }
    if (this.#streams) return this.#write(frame);
    if (this.#held !== undefined) {
      return Promise.reject(
        new StatusError(Code.INTERNAL, `${this.#route.method.path} gave a second response: wanted exactly one`),
      );
    }
    this.#held = frame;
    this.#traffic.sent(frame.byteLength - prefixBytes);
    return undefined;
  }

  /** Ends the call. `sent` is called once its status left, or can't any more. */
  finish(status: Status, sent: (status: Status) => void): void {
    if (this.#finish !== undefined) return;
    this.#finish = { status, sent };
    if (this.#stream.destroyed || this.#stream.closed) return this.#tell();
    try {
      this.#end(status);
    } catch (thrown) {
      this.#finish.status = statusOf(thrown);
      this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      this.#tell();
    }
  }

  /** Gives up on a peer that does not read. */
  reset(): void {
    if (!this.#told) this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  /** The stream is gone: whoever waits to write is told, whoever waits for the status too. */
  abandon(reason: CancelReason): void {
    this.#room?.reject(reason);
    this.#room = undefined;
    this.#tell();
  }

  /** Everything before the trailers has gone. */
  sendTrailers(): void {
    const status = this.#finish?.status ?? statusFrom(Code.INTERNAL, 'The response ended without a status');
    try {
      this.#stream.sendTrailers(statusTrailer(status, this.#route.limits));
    } catch {
      this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
    this.#tell();
  }

  /** There is room to write again. */
  drained(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #end(status: Status): void {
    const held = status.code === Code.OK ? this.#held : undefined;
    if (held !== undefined || this.pending !== undefined || (this.#streams && status.code === Code.OK)) this.flush();
    if (this.#flushed) {
      // Trailers follow once everything before them has gone: see sendTrailers.
      if (held === undefined) this.#stream.end();
      else this.#stream.end(held);
      return;
    }
    const { limits } = this.#route;
    const headers: OutgoingHttpHeaders = {
      ':status': 200,
      'content-type': contentType,
      ...statusTrailer(status, limits),
    };
    // Tells a peer whose encoding was refused what to use instead (PROTOCOL-HTTP2, "Compression").
    if (status.code === Code.UNIMPLEMENTED) headers['grpc-accept-encoding'] = acceptEncoding;
    this.#stream.respond(headers, endOptions);
    this.#tell();
  }

  #tell(): void {
    const finish = this.#finish;
    if (finish === undefined || this.#told) return;
    this.#told = true;
    finish.sent(finish.status);
    // A peer that is still sending is told to stop (RFC 9113, 8.1), once the trailers, which a reset would overtake, are out.
    if (!this.#stream.readableEnded && !this.#stream.closed) setImmediate(stopPeer, this.#stream);
  }

  #write(frame: Buffer): void | Promise<void> {
    const stream = this.#stream;
    if (stream.destroyed || stream.writableEnded)
      return Promise.reject(new StatusError(Code.CANCELLED, 'The client went away'));
    this.flush();
    this.#traffic.sent(frame.byteLength - prefixBytes);
    if (stream.write(frame)) return undefined;
    if (this.#room === undefined) {
      this.#room = deferred();
      this.#room.promise.catch(() => {});
      listenForDrain(stream);
    }
    return this.#room.promise;
  }
}

function stopPeer(stream: ServerHttp2Stream): void {
  if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
}
