import { compareValues, equalValues, kindOf } from '../wire/value-order.ts';

/** Words that stand for a value. */
export const constants: ReadonlyMap<string, { value: unknown }> = new Map([
  ['true', { value: true }],
  ['false', { value: false }],
  ['null', { value: null }],
]);

/** Comparisons by their sign; longer signs first. */
export const relations: readonly [string, (a: unknown, b: unknown) => boolean][] = [
  ['==', equalValues],
  ['!=', (a, b) => !equalValues(a, b)],
  ['<=', (a, b) => ordered(a, b) <= 0],
  ['>=', (a, b) => ordered(a, b) >= 0],
  ['<', (a, b) => ordered(a, b) < 0],
  ['>', (a, b) => ordered(a, b) > 0],
  ['in', contains],
];

/** A boolean, which is all that `&&`, `||` and `!` take. */
export function truth(value: unknown, sign: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`"${sign}" takes booleans, got ${kindOf(value)}`);
}

function ordered(a: unknown, b: unknown): number {
  const kind = kindOf(a);
  if (kind === kindOf(b) && (kind === 'number' || kind === 'string' || kind === 'bytes' || kind === 'boolean'))
    return compareValues(a, b);
  throw new TypeError(`Cannot order ${kind} and ${kindOf(b)}`);
}

function contains(item: unknown, container: unknown): boolean {
  if (Array.isArray(container)) return container.some((one) => equalValues(one, item));
  if (kindOf(container) === 'object') return Object.hasOwn(container as object, String(item));
  throw new TypeError(`"in" takes a list or an object, got ${kindOf(container)}`);
}

/** What `size()` gives. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (kindOf(value) === 'object') return Object.keys(value as object).length;
  throw new TypeError(`size() takes text, bytes, a list or an object, got ${kindOf(value)}`);
}

/** A field or an item; a RangeError when it is not there. */
export function field(value: unknown, name: unknown): unknown {
  const key = typeof name === 'number' ? name : String(name);
  if (isField(value, key)) return (value as Record<string | number, unknown>)[key];
  throw new RangeError(`The payload has no field ${JSON.stringify(key)} where the condition looks for it`);
}

/** Whether a field or an item is there. */
export function isField(value: unknown, key: string | number): boolean {
  if (Array.isArray(value)) return typeof key === 'number' && Object.hasOwn(value, key);
  return kindOf(value) === 'object' && Object.hasOwn(value as object, key);
}
