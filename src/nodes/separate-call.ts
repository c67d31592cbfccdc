import { type CallNode, createCall, nodeOf } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { otelContextKey } from '../observability/otel-context.ts';
import { shareTrace } from '../observability/trace-context.ts';
import { nowhere } from './nowhere.ts';
import { type ProcessIdentity, processKey } from './process-id.ts';

/** A call for a process that does not end with the call it came from: same method, peer, metadata and trace, but an end of its own. */
export function separateCall(from: CallNode, identity: ProcessIdentity, cancellation: Cancellation): CallNode {
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
  const call = root.with(processKey, identity);
  const traced = from.get(otelContextKey);
  return nodeOf(traced === undefined ? call : call.with(otelContextKey, traced));
}
