import { Code, type ErrorCode } from './code.ts';
import type { Details } from './status.ts';
import { StatusError } from './status-error.ts';

/** Why a call was cancelled. `cancelled` is the caller's own `cancel()` or signal. */
export type CancelKind =
  | 'cancelled'
  | 'client-gone'
  | 'consumer-stopped'
  | 'deadline'
  | 'limit'
  | 'parent'
  | 'replaced'
  | 'shutdown';

const codes: Readonly<Record<CancelKind, ErrorCode>> = {
  cancelled: Code.CANCELLED,
  'client-gone': Code.CANCELLED,
  'consumer-stopped': Code.CANCELLED,
  deadline: Code.DEADLINE_EXCEEDED,
  limit: Code.RESOURCE_EXHAUSTED,
  parent: Code.CANCELLED,
  replaced: Code.UNAVAILABLE,
  shutdown: Code.UNAVAILABLE,
};

const texts: Readonly<Record<CancelKind, string>> = {
  cancelled: 'The caller cancelled the call',
  'client-gone': 'The client went away',
  'consumer-stopped': 'The caller stopped reading',
  deadline: 'Deadline exceeded',
  limit: 'A limit was exceeded',
  parent: 'The call this one belongs to was cancelled',
  replaced: 'What served the call was replaced',
  shutdown: 'The server is shutting down',
};

/** The `reason` of every signal of a call. Thrown from a handler it ends the call with its own code. */
export class CancelReason extends StatusError {
  override readonly name: string = 'CancelReason';
  readonly kind: CancelKind;

  constructor(
    kind: CancelKind,
    message: string = texts[kind],
    { cause, code = codes[kind], details }: { cause?: unknown; code?: ErrorCode; details?: Details } = {},
  ) {
    super(code, message, { cause, details });
    this.kind = kind;
  }
}

/** What cancels a call when the one it belongs to was cancelled: a deadline stays one. */
export function reasonFromParent(reason: CancelReason): CancelReason {
  if (reason.kind === 'deadline') return reason;
  return new CancelReason('parent', undefined, { cause: reason, code: reason.code });
}

/** What cancels a call when its caller's own signal aborts, by the reason of the signal. */
export function reasonFromSignal(cause: unknown): CancelReason {
  return cause instanceof CancelReason ? cause : new CancelReason('cancelled', undefined, { cause });
}
