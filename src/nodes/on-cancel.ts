import { CancelReason } from '../core/cancel-reason.ts';
import { Activation } from './activation.ts';
import type { NodeContext } from './node-context.ts';

/**
 * Calls a listener once when the run of a packet is cancelled or its time is up; at once when it is already. Gives what takes the listener off
 * again: call it when nothing waits any more.
 */
export function onCancel(context: NodeContext, listener: (reason: CancelReason) => void): () => void {
  if (context instanceof Activation) {
    const { cancellation } = context.call;
    cancellation.on(listener);
    return () => cancellation.off(listener);
  }
  const { signal } = context;
  const tell = (): void => listener(reasonOf(signal));
  if (signal.aborted) tell();
  else signal.addEventListener('abort', tell, { once: true });
  return () => signal.removeEventListener('abort', tell);
}

/** Why the run is cancelled; undefined while it is not. */
export function cancelled(context: NodeContext): CancelReason | undefined {
  if (context instanceof Activation) return context.call.cancellation.reason;
  return context.signal.aborted ? reasonOf(context.signal) : undefined;
}

function reasonOf({ reason }: AbortSignal): CancelReason {
  return reason instanceof CancelReason ? reason : new CancelReason('cancelled', undefined, { cause: reason });
}
