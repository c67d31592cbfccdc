import type { EventEmitter } from 'node:events';

/** A call of grpc-js on its connection: what it does not promise to keep, and we mend. */
export interface WireCall {
  readonly finalStatus: { readonly code: number } | null;
  readonly statusOutput: boolean;
  readonly serverEndedCall: boolean;
  readonly unpushedReadMessages: Buffer[];
  readonly isPushPending: boolean;
  readonly http2Stream: EventEmitter & {
    end: unknown;
    resume(): void;
    readonly writableEnded: boolean;
    readonly readableLength: number;
  };
  readsClosed: boolean;
  canPush: boolean;
  /** Whether a channel of ours made it: those of others stay as they are. */
  [ours]?: boolean;
  /** The status came in trailers, and messages that came before it are still to be read. */
  [held]?: boolean;
  push(message: Buffer): void;
  outputStatus(): void;
  maybeOutputStatus(): void;
  startRead(): void;
  handleTrailers(headers: unknown): void;
  cancelWithStatus(code: number, details: string): void;
  destroyHttp2Stream(): void;
}

/** Makes calls on one connection. */
export interface WiredSubchannel {
  createCall?(...given: unknown[]): WireCall;
}

const ours = Symbol('flowrpc');
const held = Symbol('held status');
const ok = 0;
const mended = new WeakSet<object>();

/** Mends the calls that are made on a subchannel. */
export function mendWireCalls(subchannel: WiredSubchannel): void {
  const { createCall } = subchannel;
  if (createCall === undefined || Object.hasOwn(subchannel, 'createCall')) return;
  subchannel.createCall = (...given) => {
    const call = createCall.apply(subchannel, given);
    call[ours] = true;
    const kind = Object.getPrototypeOf(call) as WireCall;
    if (!mended.has(kind)) mend(kind);
    return call;
  };
}

/** What all calls share is changed, once. */
function mend(calls: WireCall): void {
  mended.add(calls);
  keepMessages(calls);
  resetCancelled(calls);
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
    const { http2Stream, finalStatus, serverEndedCall } = this;
    if (this[ours] && !serverEndedCall && finalStatus?.code !== ok && !http2Stream.writableEnded)
      http2Stream.end = () => http2Stream;
    destroyHttp2Stream.call(this);
  };
}
