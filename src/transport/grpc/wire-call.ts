import type { EventEmitter } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { noteReset, type WireTransport } from './leave-connection.ts';
import { checkWireSeams } from './seams.ts';
import { followTaking, tellUntaken } from './untaken.ts';

export interface WireStream extends EventEmitter {
  end: unknown;
  close(...given: unknown[]): void;
  destroy(...given: unknown[]): unknown;
  resume(): void;
  readonly id: number;
  readonly rstCode: number;
  readonly closed: boolean;
  readonly session?: ClientHttp2Session;
  readonly state?: { readonly state?: number };
  readonly writableEnded: boolean;
  readonly readableLength: number;
}

/** A call of grpc-js on its connection: what it does not promise to keep, and we mend. */
export interface WireCall {
  readonly finalStatus: { readonly code: number } | null;
  readonly statusOutput: boolean;
  readonly serverEndedCall: boolean;
  readonly unpushedReadMessages: Buffer[];
  readonly isPushPending: boolean;
  readonly internalError: { readonly code?: string; readonly message: string } | null;
  readonly transport: WireTransport & { readonly activeCalls: ReadonlySet<WireCall> };
  readonly http2Stream: WireStream;
  /** Set by the headers of a response. */
  readonly httpStatusCode?: number;
  readsClosed: boolean;
  canPush: boolean;
  /** Where a channel of ours made it: calls of others stay as they are. */
  [ours]?: WiredSubchannel;
  /** The status came in trailers, and messages that came before it are still to be read. */
  [held]?: boolean;
  push(message: Buffer): void;
  outputStatus(): void;
  maybeOutputStatus(): void;
  startRead(): void;
  handleTrailers(headers: unknown): void;
  endCall(status: WireStatus): void;
  cancelWithStatus(code: number, details: string): void;
  destroyHttp2Stream(): void;
}

export interface WireStatus {
  readonly code: number;
  readonly details: string;
  /** How the stream was reset. */
  readonly rstCode?: number;
}

/** Makes calls on one connection. */
export interface WiredSubchannel {
  createCall?(...given: unknown[]): WireCall;
}

const ours = Symbol('flowrpc');
const held = Symbol('held status');
const ok = 0;
const internal = 13;
const unavailable = 14;
const mended = new WeakSet<object>();

/** Mends the calls that are made on a subchannel. */
export function mendWireCalls(subchannel: WiredSubchannel): void {
  const { createCall } = subchannel;
  if (createCall === undefined || Object.hasOwn(subchannel, 'createCall')) return;
  subchannel.createCall = (...given) => {
    const call = createCall.apply(subchannel, given);
    call[ours] = subchannel;
    const kind = Object.getPrototypeOf(call) as WireCall;
    if (!mended.has(kind)) {
      checkWireSeams(call);
      mend(kind);
    }
    followTaking(call);
    return call;
  };
}

/** What all calls share is changed, once. */
function mend(calls: WireCall): void {
  mended.add(calls);
  keepMessages(calls);
  resetCancelled(calls);
  tellOfGoaway(calls);
  tellUntaken(calls);
}

/**
 * Symptom: messages that arrive together with a status that is not OK are lost. Cause: grpc-js tells such a status at once and drops what has
 * not been read. May go when its maybeOutputStatus treats all statuses of a peer as it treats OK.
 */
function keepMessages(calls: WireCall): void {
  const { handleTrailers, maybeOutputStatus, startRead, cancelWithStatus } = calls;
  calls.handleTrailers = function holding(headers) {
    const { unpushedReadMessages: unread, isPushPending, http2Stream } = this;
    if (
      this[ours] &&
      this.finalStatus === null &&
      (unread.length > 0 || isPushPending || http2Stream.readableLength > 0)
    ) {
      this[held] = true;
      // A stream that is reset has no end.
      http2Stream.once('close', () => {
        this.readsClosed = true;
        this.maybeOutputStatus();
      });
    }
    handleTrailers.call(this, headers);
  };
  calls.maybeOutputStatus = function whenRead() {
    const { finalStatus, readsClosed, unpushedReadMessages, isPushPending } = this;
    const allRead = readsClosed && unpushedReadMessages.length === 0 && !isPushPending;
    if (this[held] && finalStatus !== null && !allRead) return;
    maybeOutputStatus.call(this);
  };
  calls.startRead = function read() {
    if (!this[held] || this.statusOutput || this.finalStatus?.code === ok) return startRead.call(this);
    this.canPush = true;
    const message = this.unpushedReadMessages.shift();
    if (message !== undefined) return this.push(message);
    this.http2Stream.resume();
    this.maybeOutputStatus();
  };
  calls.cancelWithStatus = function cancel(code, details) {
    // Nobody reads any more: the status that is there is told.
    if (this[held] && this.finalStatus !== null && !this.statusOutput) {
      this[held] = false;
      this.outputStatus();
    }
    cancelWithStatus.call(this, code, details);
  };
}

/**
 * Symptom: a server sees the requests of a cancelled call come to a clean end and acts on them. Cause: node:http2 half-closes a stream before
 * it resets it. May go when it no longer does.
 */
function resetCancelled(calls: WireCall): void {
  const { destroyHttp2Stream } = calls;
  calls.destroyHttp2Stream = function reset() {
    const { http2Stream, finalStatus, serverEndedCall, transport, [ours]: subchannel } = this;
    const resets = subchannel !== undefined && !serverEndedCall && !http2Stream.closed;
    if (resets && finalStatus?.code !== ok && !http2Stream.writableEnded) http2Stream.end = () => http2Stream;
    destroyHttp2Stream.call(this);
    if (resets) noteReset(subchannel, transport);
  };
}

/**
 * Symptom: when a server ends a connection with a GOAWAY that has an error code, its calls are INTERNAL, as if they themselves were at fault. Cause:
 * grpc-js takes what node:http2 makes of it for a failure of each stream. May go when such calls are UNAVAILABLE.
 */
function tellOfGoaway(calls: WireCall): void {
  const { endCall } = calls;
  calls.endCall = function end(status) {
    const { internalError } = this;
    if (this[ours] === undefined || status.code !== internal || internalError?.code !== 'ERR_HTTP2_SESSION_ERROR')
      return endCall.call(this, status);
    endCall.call(this, {
      ...status,
      code: unavailable,
      details: `The server ended the connection: ${internalError.message}`,
    });
  };
}
