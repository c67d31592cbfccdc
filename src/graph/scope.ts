import type { EnvValue } from './env.ts';

/** What the templates of a node may use, by key. */
export interface Scope {
  /** Whether there is nothing. */
  readonly empty: boolean;
  get(key: string): EnvValue | undefined;
  keys(): Iterable<string>;
}

export const nothing: Scope = { empty: true, get: () => undefined, keys: () => [] };

/** A scope with entries of its own, which go before those around. Nothing is copied: a block may have as many entries as nodes inside. */
export function within(around: Scope, own: ReadonlyMap<string, EnvValue>): Scope {
  if (own.size === 0) return around;
  return {
    empty: false,
    get: (key) => own.get(key) ?? around.get(key),
    *keys() {
      yield* own.keys();
      for (const key of around.keys()) if (!own.has(key)) yield key;
    },
  };
}
