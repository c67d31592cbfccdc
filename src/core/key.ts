/** A typed name for a value that travels with a call inside one process. Identity is the object, never the name. */
export interface Key<T> {
  readonly name: string;
  readonly initial?: T;
}

/** Makes a key for `call.with(key, value)` and `ctx.get(key)`; `initial` is what `get` gives before anybody set it. */
export function key<T>(name: string, initial?: T): Key<T> {
  return Object.freeze({ name, initial });
}
