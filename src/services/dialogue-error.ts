import type { CancelReason } from '../core/cancel-reason.ts';
import { Code, codeName, codeOf, type ErrorCode } from '../core/code.ts';
import type { Status } from '../core/status.ts';
import { StatusError } from '../core/status-error.ts';
import { decodeStatusDetails, encodeStatusDetails } from '../wire/status-details.ts';
import type { FrameOf, RawFrame } from './dialogue-frame.ts';

/** Longer ones are cut, sent or received. */
const maxMessageLength = 4_096;

/** As for the status of a call: `DebugInfo` goes first, then what stands last. */
const maxDetailsBytes = 8_192;

/** Tells the other side that its request failed. */
export function errorFrame(id: number, { code, message, details }: Status): RawFrame {
  const packed = encodeStatusDetails({ code, message: '', details }, { maxBytes: maxDetailsBytes });
  const kept = packed === undefined ? [] : [...(decodeStatusDetails(packed)?.details ?? [])];
  const status = { code, message: message.slice(0, maxMessageLength), details: kept };
  return { kind: { case: 'error', value: { id, status } } };
}

/** What a request rejects with when the other side said so. */
export function errorOf({ status }: FrameOf<'error'>): StatusError {
  const code = (codeOf(status?.code) || Code.UNKNOWN) as ErrorCode;
  const { message = '', details = [] } = status ?? {};
  return new StatusError(code, message.slice(0, maxMessageLength), { details, origin: 'peer' });
}

/** A request that its own bounds ended. */
export function cancelledError(name: string, reason: CancelReason): StatusError {
  const what = reason.code === Code.DEADLINE_EXCEEDED ? 'was not answered in time' : 'was cancelled';
  return new StatusError(reason.code, `Request "${name}" ${what}`, { cause: reason });
}

/** A stream that ended well, or was given up by the other side, leaves a request without an answer. */
export function endedError(name: string, { code, message }: Status): StatusError {
  const quiet = code === Code.OK || code === Code.CANCELLED;
  const why = code === Code.OK ? '' : `: ${codeName(code)}${message === '' ? '' : `, ${message}`}`;
  return new StatusError(
    quiet ? Code.UNAVAILABLE : (code as ErrorCode),
    `Request "${name}" got no answer, the dialogue ended${why}`,
  );
}
