import { shown } from './refusal.ts';
import { isBytes, isError, isPlainObject, publicError } from './value-kind.ts';

/** Kinds in the order in which they sort. */
const kinds = ['null', 'boolean', 'number', 'string', 'bytes', 'list', 'object', 'error'] as const;

type Kind = (typeof kinds)[number];
type Compare<T> = (a: T, b: T) => number;

/**
 * A total order of values: negative, 0 or positive. Null (and undefined) first, then booleans, numbers, strings, bytes,
 * lists, objects, errors. Numbers and bigints compare by what they amount to: 1, 1.0 and 1n are equal, 0 and -0 too;
 * NaN equals itself and comes before other numbers. Strings compare by UTF-16 unit, bytes by byte, lists by element and
 * then length, objects as the list of their entries sorted by key, undefined ones left out, errors by message and then
 * status code. Throws TypeError for what is no value.
 */
export function compareValues(a: unknown, b: unknown): number {
  const kind = kindOf(a);
  const other = kindOf(b);
  if (kind !== other) return kinds.indexOf(kind) - kinds.indexOf(other);
  return (comparisons[kind] as Compare<unknown>)(a, b);
}

/** Whether `compareValues` finds no difference. */
export function equalValues(a: unknown, b: unknown): boolean {
  return compareValues(a, b) === 0;
}

/** The kind under which a value is compared and hashed. */
export function kindOf(value: unknown): Kind {
  if (value === null || value === undefined) return 'null';
  const type = typeof value;
  if (type === 'boolean' || type === 'number' || type === 'string') return type;
  if (type === 'bigint') return 'number';
  if (type === 'object') {
    if (isBytes(value)) return 'bytes';
    if (Array.isArray(value)) return 'list';
    if (isPlainObject(value)) return 'object';
    if (isError(value)) return 'error';
  }
  throw new TypeError(`Cannot compare ${shown(value)}: it is not a value`);
}

/** The entries that count, sorted by key. */
export function entriesOf(object: object): [key: string, value: unknown][] {
  const present = Object.entries(object).filter(([, value]) => value !== undefined);
  return present.sort(([a], [b]) => byOperator(a, b));
}

const comparisons = {
  null: () => 0,
  boolean: (a: boolean, b: boolean) => Number(a) - Number(b),
  number: compareNumbers,
  string: byOperator,
  bytes: (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b),
  list: (a: readonly unknown[], b: readonly unknown[]) => compareLists(a, b, compareValues),
  object: (a: object, b: object) => compareLists(entriesOf(a), entriesOf(b), compareEntries),
  error: compareErrors,
} satisfies { [K in Kind]: Compare<never> };

/** JavaScript compares a number with a bigint exactly. */
function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return byOperator(a, b);
}

function byOperator<T extends string | number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareLists<T>(a: readonly T[], b: readonly T[], compare: Compare<T>): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = compare(a[i]!, b[i]!);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareEntries([keyA, a]: [string, unknown], [keyB, b]: [string, unknown]): number {
  return byOperator(keyA, keyB) || compareValues(a, b);
}

function compareErrors(a: Error, b: Error): number {
  const left = publicError(a);
  const right = publicError(b);
  return byOperator(left.message, right.message) || (left.code ?? 0) - (right.code ?? 0);
}
