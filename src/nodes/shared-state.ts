import type { Key } from '../core/key.ts';
import type { NodeHost } from './node.ts';

const states = new WeakMap<NodeHost, Map<Key<unknown>, unknown>>();

/** What all nodes of one host share under a key; made on first use. */
export function sharedState<T>(host: NodeHost, key: Key<T>, make: () => T): T {
  let state = states.get(host);
  if (state === undefined) states.set(host, (state = new Map()));
  if (!state.has(key)) state.set(key, make());
  return state.get(key) as T;
}
