import { type CallNode, createCall, nodeOf, type ResponseSink } from '../core/call.ts';
import { Cancellation, CancelReason } from '../core/cancellation.ts';
import { otelContextKey } from '../observability/otel-context.ts';
import { shareTrace } from '../observability/trace-context.ts';
import { forkedIdentity, processKey } from './process-id.ts';

const nowhere: ResponseSink = { header() {}, message() {} };

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
  const root = createCall({
    method: from.method,
    side: 'server',
    peer: () => from.peer,
    metadata: from.metadata,
    cancellation,
    request: undefined,
    sink: nowhere,
    forward: from.exchange.init.forward,
  });
  shareTrace(from, root);
  let call = root.with(processKey, forkedIdentity(from.get(processKey)!));
  const traced = from.get(otelContextKey);
  if (traced !== undefined) call = call.with(otelContextKey, traced);
  return { call: nodeOf(call), unlink: () => from.cancellation.off(onCancel) };
}
