import type { ChannelInterface } from '@grpc/grpc-js';
import { idleCall } from './seams.ts';
import { wasSentAway } from './untaken.ts';

/** Beyond the repeat that grpc-js makes by itself. */
const maxMoves = 4;
const moves = Symbol('moves');

/** A call of grpc-js with its attempts. */
interface RepeatedCall {
  readonly underlyingCalls: readonly { readonly call: { readonly child?: object | null } }[];
  transparentRetryUsed?: boolean;
  [moves]?: number;
  handleChildStatus(status: { readonly progress?: string }, index: number): void;
}

interface Internals {
  readonly internalChannel?: { createRetryingCall?(...given: readonly unknown[]): RepeatedCall };
}

const mended = new WeakSet<object>();

/**
 * Symptom: calls fail while servers are restarted or connections close by age. Cause: grpc-js begins a call that was not taken anew once,
 * and where several servers go at about the same time the next one sends it away, too. May go when it counts such repeats apart. Each is on
 * another connection, since one that goes away takes no more calls.
 */
export function moveOn(channel: ChannelInterface): void {
  const sample = (channel as Internals).internalChannel?.createRetryingCall?.(...idleCall);
  if (sample === undefined) return;
  const calls = Object.getPrototypeOf(sample) as RepeatedCall;
  if (mended.has(calls)) return;
  mended.add(calls);
  const { handleChildStatus } = calls;
  calls.handleChildStatus = function moving(status, index) {
    const wire = this.underlyingCalls[index]?.call.child;
    if (status.progress === 'REFUSED' && this.transparentRetryUsed === true && wasSentAway(wire)) {
      const moved = this[moves] ?? 0;
      this[moves] = moved + 1;
      if (moved < maxMoves) this.transparentRetryUsed = false;
    }
    handleChildStatus.call(this, status, index);
  };
}
