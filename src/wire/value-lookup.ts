import { isPlainObject } from './value-kind.ts';

/**
 * The value found by a path of keys and indexes: `lookup(packet, 'body', 'items', 0, 'id')`. Undefined when any step is
 * missing; never throws. An index into a list may be text (`'0'`); only a value's own properties are found.
 */
export function lookup(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    const known = Array.isArray(found) ? step !== 'length' : isPlainObject(found);
    if (!known || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}
