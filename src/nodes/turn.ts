/** Lets everything else that waits have its turn: timers, sockets, cancellations. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
