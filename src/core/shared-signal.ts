/** Those who wait for a signal. Kept here and not on the signal: beyond ten of a signal's own, Node warns of a leak. */
const waiting = new WeakMap<AbortSignal, SignalWait>();

class SignalWait {
  readonly listeners = new Set<() => void>();

  readonly onAbort = (): void => {
    const all = [...this.listeners];
    this.listeners.clear();
    for (const listener of all) listener();
  };
}

/** Calls the listener once when the signal aborts; pair it with `offAbort`. However many there are, the signal has one listener. */
export function onAbort(signal: AbortSignal, listener: () => void): void {
  let wait = waiting.get(signal);
  if (wait === undefined) waiting.set(signal, (wait = new SignalWait()));
  if (wait.listeners.size === 0) signal.addEventListener('abort', wait.onAbort, { once: true });
  wait.listeners.add(listener);
}

/** The last one takes the signal's listener with it. */
export function offAbort(signal: AbortSignal, listener: () => void): void {
  const wait = waiting.get(signal);
  if (wait?.listeners.delete(listener) && wait.listeners.size === 0) signal.removeEventListener('abort', wait.onAbort);
}
