/** A typed name for a value that travels with a call inside one process. Identity is the object, never the name. */
export interface Key<T> {
  readonly name: string;
  readonly initial?: T;
  /** Makes the value of a call at its first `get`; all calls derived from one root have the same. */
  readonly perCall?: () => T;
}

export interface KeyOptions<T> {
  perCall: () => T;
}

/**
 * Makes a key for `call.with(key, value)` and `ctx.get(key)`. Before anybody set it, `get` gives `initial`, or what `perCall` makes
 * once for each call.
 */
export function key<T>(name: string, initial?: T | KeyOptions<T>): Key<T> {
  const perCall = (initial as Partial<KeyOptions<T>> | null | undefined)?.perCall;
  if (typeof perCall === 'function') return Object.freeze({ name, perCall });
  return Object.freeze({ name, initial: initial as T });
}

/** A key with its value, for `CallOptions.values`. */
export type KeyValue = readonly [key: Key<unknown>, value: unknown];

/** Pairs a key with a value of its type: `{ values: [keyValue(tenant, 'acme')] }`. */
export function keyValue<T>(key: Key<T>, value: T): KeyValue {
  return [key as Key<unknown>, value];
}
