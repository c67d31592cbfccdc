import type { Environment } from '@marcbachmann/cel-js';
import { compareValues } from '../../../wire/value-order.ts';
import { registerNamespace } from './namespace.ts';

type Numeric = number | bigint;

/** Functions of doubles alone, for ints too. */
const ofDoubles: Readonly<Record<string, (x: number) => number>> = {
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  // Halves away from zero, as the language asks.
  round: (x) => Math.sign(x) * Math.round(Math.abs(x)),
  sqrt: Math.sqrt,
};

const tests: Readonly<Record<string, (x: number) => boolean>> = {
  isNaN: Number.isNaN,
  isInf: (x) => Math.abs(x) === Number.POSITIVE_INFINITY,
  isFinite: Number.isFinite,
};

const bits: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  bitAnd: (a, b) => a & b,
  bitOr: (a, b) => a | b,
  bitXor: (a, b) => a ^ b,
  bitShiftLeft: (a, b) => (b > 63n ? 0n : BigInt.asIntN(64, a << distance(b))),
  bitShiftRight: (a, b) => (b > 63n ? 0n : BigInt.asIntN(64, BigInt.asUintN(64, a) >> distance(b))),
};

/** The `math` extension. */
export function registerMath(environment: Environment): void {
  const functions: Record<string, (...args: never[]) => unknown> = {};
  for (const [name, fn] of Object.entries(ofDoubles)) {
    functions[`${name}(double): double`] = fn;
    functions[`${name}(int): double`] = (x: bigint) => fn(Number(x));
  }
  for (const [name, fn] of Object.entries(tests)) {
    functions[`${name}(double): bool`] = fn;
    functions[`${name}(int): bool`] = (x: bigint) => fn(Number(x));
  }
  for (const [name, fn] of Object.entries(bits)) functions[`${name}(int, int): int`] = fn;
  functions['bitNot(int): int'] = (x: bigint) => ~x;
  functions['abs(double): double'] = Math.abs;
  functions['abs(int): int'] = (x: bigint) => (x < 0n ? -x : x);
  functions['sign(double): double'] = Math.sign;
  functions['sign(int): int'] = (x: bigint) => (x < 0n ? -1n : x > 0n ? 1n : 0n);
  for (const [name, sign] of [
    ['greatest', 1],
    ['least', -1],
  ] as const) {
    for (let count = 1; count <= 8; count++)
      functions[`${name}(${Array(count).fill('dyn').join(', ')}): dyn`] = (...items: unknown[]) =>
        extreme(name, items.length === 1 && Array.isArray(items[0]) ? items[0] : items, sign);
  }
  registerNamespace(environment, 'math', functions);
}

function extreme(name: string, items: readonly unknown[], sign: 1 | -1): Numeric {
  if (items.length === 0 || !items.every(isNumeric)) throw new TypeError(`math.${name}() takes numbers`);
  return items.reduce((best, item) => (compareValues(item, best) * sign > 0 ? item : best));
}

function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint';
}

function distance(bits: bigint): bigint {
  if (bits < 0n) throw new RangeError('bits are shifted by 0 or more');
  return bits;
}
