import { type Call, type ErrorCode, type Invoke, type Status, StatusError, statusFrom } from 'flowrpc';
import { pause } from '../calls/until-cancelled.ts';

/** What goes wrong with one call. */
export interface Fault {
  readonly delayMs: number;
  readonly abort: { readonly code: ErrorCode; readonly message: string } | undefined;
  /** How many responses pass before the abort; 0 aborts before the call. */
  readonly afterResponses: number;
}

/** Carries a call on with a fault in it. */
export async function inject({ delayMs, abort, afterResponses }: Fault, call: Call, next: Invoke): Promise<Status> {
  if (delayMs > 0) {
    const cancelled = await pause(delayMs, call.signal);
    if (cancelled !== undefined) return cancelled;
  }
  if (abort === undefined) return next(call);
  const { code, message } = abort;
  if (afterResponses === 0) return statusFrom(code, message);
  let passed = 0;
  return next(
    call.mapResponses((response) => {
      if (passed >= afterResponses) throw new StatusError(code, message);
      passed += 1;
      return response;
    }),
  );
}
