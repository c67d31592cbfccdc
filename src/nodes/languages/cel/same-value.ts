import { isBytes, isPlainObject } from '../../../wire/value-kind.ts';
import { equalValues } from '../../../wire/value-order.ts';
import { charge } from './meter.ts';
import { plainResult } from './result.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** `equalValues`, charged for all that it looks at, and no further than the first difference. */
export function sameValue(a: unknown, b: unknown): boolean {
  charge(1);
  if (a === b) return true;
  if (typeof a === 'string' && typeof b === 'string') {
    if (a.length === b.length) charge(a.length >> 6);
    return false;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return equalValues(a, b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  // Mappings with a key `constructor` are entries while an expression runs.
  if (a instanceof Map || b instanceof Map) return sameValue(plain(a), plain(b));
  if (isPlainObject(a) && isPlainObject(b)) return sameMapping(a, b);
  if (isBytes(a) && isBytes(b)) charge(Math.min(a.length, b.length) >> 6);
  return equalValues(a, b);
}

/** Undefined entries are none. */
function sameMapping(a: Mapping, b: Mapping): boolean {
  const keys = definedKeys(a);
  if (keys.length !== definedKeys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && b[key] !== undefined && sameValue(a[key], b[key]));
}

function definedKeys(mapping: Mapping): string[] {
  const keys = Object.keys(mapping);
  charge(keys.length);
  return keys.filter((key) => mapping[key] !== undefined);
}

function plain(value: object): unknown {
  return value instanceof Map ? plainResult(value) : value;
}
