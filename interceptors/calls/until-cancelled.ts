import { type Status, statusOf } from 'flowrpc';

/** Waits for a promise no longer than the signal allows: rejects with the signal's reason once it aborts. Leaves no listener. */
export function untilCancelled<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    const settled = (): void => signal.removeEventListener('abort', onAbort);
    work.then(resolve, reject).then(settled);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Waits some milliseconds; gives the status to end with when the signal aborts first. Leaves no timer. */
export async function pause(ms: number, signal: AbortSignal): Promise<Status | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await untilCancelled(new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))), signal);
    return undefined;
  } catch (reason) {
    return statusOf(reason);
  } finally {
    clearTimeout(timer);
  }
}
