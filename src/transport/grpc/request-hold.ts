import type { ChannelInterface } from '@grpc/grpc-js';
import { idleCall } from './seams.ts';

/** The longest single request that is held. */
const maxRequestBytes = 1024 * 1024;
/** Held for all calls of a channel together. */
const maxBytes = 16 * 1024 * 1024;
const prefixBytes = 5;
const hold = Symbol('hold');
const over = Symbol('over');

/** Told to grpc-js with the only request of a call. */
export interface OnlyRequest {
  readonly flags?: number;
  readonly [hold]?: RequestHold;
}

/** A call of grpc-js that can be tried again. */
interface RepeatableCall {
  bufferTracker: unknown;
  /** Its end was told, and with it what was held for it is let go. */
  [over]?: true;
  sendMessageWithContext(context: OnlyRequest, message: Buffer): void;
  reportStatus(status: object): void;
}

interface Internals {
  readonly internalChannel?: { createRetryingCall?(...given: readonly unknown[]): RepeatableCall };
}

const mended = new WeakSet<object>();

/**
 * Keeps the requests of calls that have only one until their server answers, so that those it left undone can go elsewhere. Of streams less is
 * kept: for grpc-js what it keeps is sent. Where it works in another way, long requests are not held.
 */
export function holdRequests(channel: ChannelInterface, perCallBytes = maxRequestBytes): OnlyRequest {
  const sample = (channel as Internals).internalChannel?.createRetryingCall?.(...idleCall);
  if (sample === undefined) return {};
  const calls = Object.getPrototypeOf(sample) as RepeatableCall;
  if (!mended.has(calls)) mend(calls);
  return { [hold]: new RequestHold(perCallBytes + prefixBytes) };
}

function mend(calls: RepeatableCall): void {
  mended.add(calls);
  const { sendMessageWithContext, reportStatus } = calls;
  calls.sendMessageWithContext = function send(context, message) {
    const held = context[hold];
    if (held !== undefined) {
      // A request may be packed for so long that its call has ended: it would be held for ever.
      if (this[over]) return;
      this.bufferTracker = held;
    }
    sendMessageWithContext.call(this, context, message);
  };
  calls.reportStatus = function report(status) {
    this[over] = true;
    reportStatus.call(this, status);
  };
}

/** Counts what is held, as grpc-js does; here each call has one request. */
class RequestHold {
  readonly #perCallBytes: number;
  readonly #calls = new Map<number, number>();
  #bytes = 0;

  constructor(perCallBytes: number) {
    this.#perCallBytes = perCallBytes;
  }

  allocate(bytes: number, call: number): boolean {
    if (bytes > this.#perCallBytes || this.#bytes + bytes > maxBytes) return false;
    this.#calls.set(call, bytes);
    this.#bytes += bytes;
    return true;
  }

  free(_bytes: number, call: number): void {
    this.freeAll(call);
  }

  freeAll(call: number): void {
    this.#bytes -= this.#calls.get(call) ?? 0;
    this.#calls.delete(call);
  }
}
