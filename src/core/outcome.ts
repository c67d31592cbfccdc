import type { CallNode } from './call.ts';
import { thrownKey } from './call-keys.ts';
import { CancelReason } from './cancel-reason.ts';
import { Code } from './code.ts';
import { type Status, statusFrom, withStatus } from './status.ts';
import { StatusError, statusOf } from './status-error.ts';
import { WrongResponse } from './wrong-response.ts';

/**
 * What was thrown, as a status. On servers anything but a StatusError of the handler's own is masked: the caller gets an
 * id, the report gets the rest. An upstream's local failure is masked too, since its text names addresses.
 */
export function outcomeOf(node: CallNode, given: unknown): Status {
  return node.failure ?? maskedStatus(node, given);
}

/** The same for a failure that nobody knows of yet. */
export function maskedStatus(node: CallNode, given: unknown): Status {
  const thrown = recognized(node, given);
  const { report } = node.exchange.init;
  const status = ofThis(statusOf(thrown));
  if (node.side === 'client' || report === undefined) return status;
  const own = thrown instanceof StatusError;
  if (own && (thrown.path === undefined || thrown.origin === 'peer')) return status;
  const over = own ? overWith(node, thrown) : undefined;
  if (over !== undefined) return statusOf(over);
  const id = report(thrown);
  const message = own ? `Call to ${thrown.path} failed (error id ${id})` : `Internal error (error id ${id})`;
  const code = thrown instanceof WrongResponse ? Code.INTERNAL : Code.UNKNOWN;
  return statusFrom(own ? status.code : code, message, { cause: thrown });
}

/** What the call's own table makes of it; when the table itself throws, that is what went wrong. */
function recognized(node: CallNode, thrown: unknown): unknown {
  try {
    return node.get(thrownKey)?.(thrown, node) ?? thrown;
  } catch (failed) {
    return failed;
  }
}

/** A call that nobody saw, or that was lost, was another one: who threw its error may have been in the middle of this. */
function ofThis(status: Status): Status {
  return status.unseen || status.lost ? withStatus(status, { unseen: false, lost: false }) : status;
}

/** A nested call ends with the call it belongs to, a moment before or after it: that is no failure of its own. */
function overWith({ cancellation }: CallNode, { code }: StatusError): CancelReason | undefined {
  if (code === Code.DEADLINE_EXCEEDED && cancellation.deadline - Date.now() <= 5)
    cancellation.cancel(new CancelReason('deadline'));
  return cancellation.reason;
}
