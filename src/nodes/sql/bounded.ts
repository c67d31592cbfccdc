import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

/** A signal of its own that follows others, and a time. `close` must be called. */
export interface Bound {
  readonly signal: AbortSignal;
  close(): void;
}

/** Aborts with the reason of whichever of the signals comes first, or with DEADLINE_EXCEEDED after so long. */
export function boundOf(signals: readonly AbortSignal[], timeoutMs: number, what: string): Bound {
  const controller = new AbortController();
  const follow = (event: Event): void => controller.abort((event.target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', follow, { once: true });
  }
  const late = (): void =>
    controller.abort(new StatusError(Code.DEADLINE_EXCEEDED, `${what} took longer than ${timeoutMs} ms`));
  const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(late, timeoutMs);
  return {
    signal: controller.signal,
    close() {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', follow);
    },
  };
}

/** The promise, or a rejection with the signal's reason. What is too late is nobody's. */
export function orAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
