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
