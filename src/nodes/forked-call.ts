import type { CallNode } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Cancellation } from '../core/cancellation.ts';
import { forkedIdentity, processKey } from './process-id.ts';
import { separateCall } from './separate-call.ts';

/**
 * A call of its own, in a process of its own, for work that goes on after the call it came from has its status: same method, metadata
 * and trace.
 */
export function forkedCall(from: CallNode, deadline: number): { call: CallNode; unlink: () => void } {
  const cancellation = new Cancellation({ deadline });
  // Followed by hand: a child cancellation would lose its deadline together with its parent.
  const onCancel = ({ code, statusMessage, kind }: CancelReason): void => {
    const deadlinePassed = kind === 'deadline';
    cancellation.cancel(
      deadlinePassed ? new CancelReason('deadline') : new CancelReason('parent', statusMessage, { code }),
    );
  };
  from.cancellation.on(onCancel);
  const call = separateCall(from, forkedIdentity(from.get(processKey)!), cancellation);
  return { call, unlink: () => from.cancellation.off(onCancel) };
}
