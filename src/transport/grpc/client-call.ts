import type { ChannelInterface, Metadata as GrpcMetadata, StatusObject } from '@grpc/grpc-js';
import type { CallNode } from '../../core/call.ts';
import { CancelReason } from '../../core/cancel-reason.ts';
import { Code } from '../../core/code.ts';
import { streamsResponses } from '../../core/method.ts';
import { type Status, statusFrom, withStatus } from '../../core/status.ts';
import { StatusError, statusOf } from '../../core/status-error.ts';
import { RequestPump } from '../request-pump.ts';
import { cancelCall, endsInsideMessage, repeatsOf, wasUnseen } from './attempts.ts';
import { clientStatus } from './client-status.ts';
import { fromGrpc } from './grpc-metadata.ts';
import { answeredByHttp } from './http-answer.ts';
import type { OnlyRequest } from './request-hold.ts';
import type { MethodBounds } from './service-config.ts';

export type GrpcCall = ReturnType<ChannelInterface['createCall']>;

/** One call on grpc-js: listens to it, feeds it, and settles once. Four kinds, one path. */
export class ClientCall {
  readonly #node: CallNode;
  readonly #call: GrpcCall;
  /** As grpc-js knows it. */
  readonly #deadline: number;
  readonly #single: boolean;
  readonly #bounds: MethodBounds;
  readonly #resolve: (status: Status) => void;
  #pump: RequestPump | undefined;
  /** Goes on writing; kept so that a write which nobody confirms any more holds nothing. */
  #written: (() => void) | undefined;
  #sending = false;
  #responses = 0;
  #delivering = false;
  #final: Status | undefined;
  #done = false;

  constructor(
    node: CallNode,
    call: GrpcCall,
    deadline: number,
    bounds: MethodBounds,
    resolve: (status: Status) => void,
  ) {
    this.#node = node;
    this.#call = call;
    this.#deadline = deadline;
    this.#single = !streamsResponses(node.method.kind);
    this.#bounds = bounds;
    this.#resolve = resolve;
  }

  /** Sends the one request of a call that was started with this as its listener. */
  sendOne(request: Buffer, only: OnlyRequest): void {
    this.#node.exchange.traffic.sent(request.byteLength);
    this.#call.sendMessageWithContext(only, request);
    this.#call.halfClose();
    // grpc-js has a clock of its own for every deadline that it is told.
    this.#begin(this.#node.deadline !== this.#deadline);
  }

  /** Sends requests as flow control allows. */
  sendStream(requests: AsyncIterable<unknown>): void {
    this.#begin(true);
    if (this.#done) return;
    try {
      this.#pump = new RequestPump(requests, this.#write);
    } catch (thrown) {
      return this.#fail(thrown);
    }
    this.#sending = true;
    this.#pump.run().then((whole) => {
      this.#sending = false;
      if (whole && !this.#done) this.#call.halfClose();
    }, this.#fail);
  }

  onReceiveMetadata(metadata: GrpcMetadata): void {
    if (this.#done) return;
    try {
      this.#node.sendHeader(fromGrpc(metadata));
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  onReceiveMessage(bytes: Buffer): void {
    if (this.#done) return;
    this.#node.exchange.traffic.received(bytes.byteLength);
    try {
      const delivered = this.#node.respond(this.#decode(bytes));
      if (delivered === undefined) return this.#call.startRead();
      this.#delivering = true;
      delivered.then(this.#onDelivered, this.#fail);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  onReceiveStatus(received: StatusObject): void {
    if (this.#done) return;
    const status = inTime(clientStatus(received), this.#node.deadline);
    if (status.code === Code.OK && endsInsideMessage(this.#call)) {
      return this.#settle(
        statusFrom(Code.INTERNAL, `The responses of ${this.#node.method.path} end in the middle of a message`),
      );
    }
    this.#final = status;
    if (!this.#delivering) this.#settle(status);
  }

  #begin(clock: boolean): void {
    this.#call.startRead();
    this.#node.cancellation.on(this.#onCancel, clock);
  }

  #decode(bytes: Buffer): unknown {
    const { method } = this.#node;
    this.#responses += 1;
    if (this.#single && this.#responses > 1)
      throw new StatusError(Code.UNIMPLEMENTED, `${method.path} gave more than one response: wanted exactly one`);
    const { maxResponseBytes } = this.#bounds;
    if (maxResponseBytes !== undefined && bytes.byteLength > maxResponseBytes) {
      throw new StatusError(
        Code.RESOURCE_EXHAUSTED,
        `A response of ${bytes.byteLength} bytes is over the limit of ${maxResponseBytes}`,
      );
    }
    try {
      return method.response.decode(bytes);
    } catch (cause) {
      throw new StatusError(
        Code.INTERNAL,
        `malformed response of ${method.path}: ${cause instanceof StatusError ? cause.statusMessage : (cause as Error).message}`,
        { cause },
      );
    }
  }

  #write = (message: unknown): Promise<void> => {
    const bytes = encodeRequest(this.#node, message, this.#bounds);
    this.#node.exchange.traffic.sent(bytes.byteLength);
    return new Promise((resolve) => {
      this.#written = resolve;
      this.#call.sendMessageWithContext({ callback: () => resolve() }, bytes);
    });
  };

  #onDelivered = (): void => {
    this.#delivering = false;
    if (this.#done) return;
    if (this.#final === undefined) this.#call.startRead();
    else this.#settle(this.#final);
  };

  #onCancel = (reason: CancelReason): void => {
    // grpc-js has the same deadline and says where the time went: it may speak first. Not while requests are sent: its cancel
    // would look like their end.
    if (reason.kind !== 'deadline' || this.#sending) this.#fail(reason);
    else setImmediate(this.#fail, reason);
  };

  /** Ends the call from this side. */
  #fail = (thrown: unknown): void => {
    if (this.#done) return;
    // What is known of another call, whose error was thrown, says nothing of this one.
    const status = withStatus(statusOf(thrown), { unseen: false, lost: false });
    this.#settle(status);
    cancelCall(this.#call, status.code, status.message);
  };

  #settle(status: Status): void {
    if (this.#done) return;
    this.#done = true;
    this.#node.cancellation.off(this.#onCancel);
    this.#pump?.stop();
    this.#written?.();
    const repeats = repeatsOf(this.#call);
    if (repeats > 0) this.#node.exchange.traffic.repeats += repeats;
    this.#resolve(status.origin === 'local' ? this.#withFate(status) : status);
  }

  /** What is known of how far a call came that its server did not answer. */
  #withFate(status: Status): Status {
    if (wasUnseen(this.#call)) return withStatus(status, { unseen: true });
    const lost = status === this.#final && status.code === Code.UNAVAILABLE && !answeredByHttp(this.#call);
    return lost ? withStatus(status, { lost }) : status;
  }
}

/** A peer that resets a call as its time is up may be heard before the clock here. */
function inTime(status: Status, deadline: number): Status {
  if (status.code !== Code.CANCELLED || status.origin !== 'local' || Date.now() < deadline) return status;
  return statusOf(new CancelReason('deadline'));
}

/** A request as bytes. Throws a StatusError for one that has no bytes, or too many. */
export function encodeRequest(
  { method }: CallNode,
  message: unknown,
  { maxRequestBytes = Number.POSITIVE_INFINITY }: MethodBounds,
): Buffer {
  const bytes = method.request.encode(message);
  if (bytes.byteLength > maxRequestBytes) {
    throw new StatusError(
      Code.RESOURCE_EXHAUSTED,
      `A request of ${bytes.byteLength} bytes is over the limit of ${maxRequestBytes}`,
    );
  }
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
