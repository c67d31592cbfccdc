/** Whether a value is to be awaited. Not `instanceof Promise`: a client's call is a promise too. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}
