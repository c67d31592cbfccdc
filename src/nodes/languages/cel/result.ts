import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { Failure } from './failure.ts';
import { charge } from './meter.ts';

/**
 * What an expression gave, as a value: integers of up to 53 bits are numbers, a timestamp is RFC 3339 text, a duration text such as "90s", a type
 * its name, an absent optional null. What holds nothing of that kind is itself. Charged for all that it looks at: a few letters name a large part
 * of a payload again and again.
 */
export function plainResult(value: unknown): unknown {
  if (typeof value === 'bigint') return narrow(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return plainList(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return plainMapping(value as Record<string, unknown>);
  if (value instanceof Failure) return value.error;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Duration) return String(value);
  if (value instanceof UnsignedInt) return narrow(value.valueOf() as bigint);
  if (value instanceof Map) return plainMap(value);
  if (value instanceof Uint8Array || value instanceof Error) return value;
  return otherResult(value);
}

function narrow(value: bigint): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Each item is looked at once: twice at every level would double the time with each. */
function plainList(list: readonly unknown[]): readonly unknown[] {
  let changed: unknown[] | undefined;
  charge(list.length);
  for (const [index, item] of list.entries()) {
    const plain = plainResult(item);
    if (plain === item || Number.isNaN(item)) continue;
    changed ??= [...list];
    changed[index] = plain;
  }
  return changed ?? list;
}

function plainMapping(mapping: Record<string, unknown>): Record<string, unknown> {
  let changed: Record<string, unknown> | undefined;
  const keys = Object.keys(mapping);
  charge(keys.length);
  for (const key of keys) {
    const item = mapping[key];
    const plain = plainResult(item);
    if (plain === item || Number.isNaN(item)) continue;
    changed ??= { ...mapping };
    changed[key] = plain;
  }
  return changed ?? mapping;
}

function plainMap(map: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
  charge(map.size);
  return Object.fromEntries([...map].map(([key, item]) => [String(key), plainResult(item)]));
}

/** An optional, or the name of a type. */
function otherResult(value: object): unknown {
  const { orValue } = value as { orValue?: (otherwise: unknown) => unknown };
  if (typeof orValue === 'function') return plainResult(orValue.call(value, null));
  const { name } = value as { name?: unknown };
  return typeof name === 'string' ? name : String(value);
}
