import { Code } from '../core/code.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { ErrorInfo, errorInfo, findDetail } from '../wire/error-details.ts';
import { none } from '../wire/value.ts';

export { none };

/** What comes back for a packet: a value (null is one), `none` when nobody answered, or an Error. */
export type Reply = unknown;

/** The domain of the `google.rpc.ErrorInfo` that says which node failed. */
export const errorDomain = 'flowrpc';

/** What was thrown, as an Error: itself, or one with its text. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(statusOf(thrown).message, { cause: thrown });
}

/**
 * The error that a node answers with: UNKNOWN, or the code of the StatusError thrown; the message kept; an ErrorInfo naming the
 * node added, unless one further down is named already. What was thrown is its `cause`, which never leaves the process.
 */
export function nodeError(thrown: unknown, node: string): StatusError {
  if (thrown instanceof StatusError && nodeOfError(thrown) !== undefined && thrown.path === undefined) return thrown;
  const { code, message, details } = statusOf(thrown);
  const named = nodeOfError({ details }) !== undefined;
  const info = errorInfo({ reason: 'NODE_FAILED', domain: errorDomain, metadata: { node } });
  return new StatusError(code === Code.OK ? Code.UNKNOWN : code, message, {
    details: named ? details : [...details, info],
    // The node has answered, whatever failed inside of it.
    origin: 'peer',
    cause: thrown ?? undefined,
  });
}

/** The service name of the node that failed, as its ErrorInfo says; undefined for errors of others. */
export function nodeOfError(error: Pick<StatusError, 'details'>): string | undefined {
  for (const detail of error.details) {
    const info = findDetail([detail], ErrorInfo);
    if (info?.domain === errorDomain && info.metadata.node !== undefined) return info.metadata.node;
  }
  return undefined;
}

/** Whether an error says that the target could not be asked, rather than what it answered. */
export function isTransportFailure({ origin, code }: Pick<StatusError, 'origin' | 'code'>): boolean {
  return origin === 'local' || code === Code.UNAVAILABLE;
}
