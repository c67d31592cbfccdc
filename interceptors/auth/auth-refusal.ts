import { Code, type Status, StatusError } from 'flowrpc';
import { pause } from '../calls/until-cancelled.ts';

/** One text for all: a caller must not learn what it got right. The reason stays here, as the cause. */
export function unauthenticated(cause?: unknown): StatusError {
  return new StatusError(Code.UNAUTHENTICATED, 'The call has no valid credentials', { cause });
}

/**
 * Waits until a whole number of steps has passed since `start` (by `performance.now()`), so that the time of an answer does
 * not tell how much was looked at. Gives the status to end with when the signal aborts first.
 */
export async function evenly(start: number, stepMs: number, signal: AbortSignal): Promise<Status | undefined> {
  if (stepMs === 0) return undefined;
  const passed = performance.now() - start;
  const left = Math.ceil(passed / stepMs) * stepMs - passed;
  return pause(Math.ceil(left), signal);
}
