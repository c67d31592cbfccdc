import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Code } from '../../src/core/code.ts';
import { StatusError } from '../../src/core/status-error.ts';
import { decodeValue, encodeValue } from '../../src/wire/value.ts';
import { hashValue } from '../../src/wire/value-hash.ts';
import { lookup } from '../../src/wire/value-lookup.ts';
import { compareValues, equalValues } from '../../src/wire/value-order.ts';
import { anyValue } from './value-samples.ts';

const ascending: readonly unknown[] = [
  null,
  false,
  true,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  -(2n ** 63n),
  -1,
  0,
  0.5,
  1,
  2 ** 53,
  2n ** 53n + 1n,
  2n ** 64n - 1n,
  Number.POSITIVE_INFINITY,
  '',
  '10',
  '9',
  'a',
  new Uint8Array(0),
  Uint8Array.of(1, 2),
  Uint8Array.of(2),
  [],
  [1],
  [1, 0],
  [2],
  {},
  { a: 1 },
  { a: 1, b: 1 },
  { a: 2 },
  { b: 0 },
  new Error(''),
  new Error('a'),
  new StatusError(Code.NOT_FOUND, 'a'),
  new Error('b'),
];

/** Few leaves, so that equal and nearly equal values are often met. */
const close = fc.oneof(
  anyValue,
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<unknown>(
        null,
        0,
        -0,
        1,
        1n,
        2 ** 60,
        2n ** 60n,
        Number.NaN,
        '',
        '1',
        false,
        new Error('1'),
        Uint8Array.of(1),
      ),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { maxKeys: 2 }),
    ),
  })).value,
);

test('compareValues() sorts null first, then the kinds in a fixed order', () => {
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries())
      expect([i, j, Math.sign(compareValues(a, b))]).toEqual([i, j, Math.sign(i - j)]);
  }
});

test('compareValues() is a total order', () => {
  fc.assert(
    fc.property(close, close, close, (a, b, c) => {
      const [low, middle, high] = [a, b, c].sort(compareValues);

      expect(compareValues(a, a)).toBe(0);
      expect(Math.sign(compareValues(a, b)) + Math.sign(compareValues(b, a))).toBe(0);
      expect(compareValues(low, middle)).toBeLessThanOrEqual(0);
      expect(compareValues(middle, high)).toBeLessThanOrEqual(0);
      expect(compareValues(low, high)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 2_000 },
  );
});

test('hashValue() is the same for equal values', () => {
  let equal = 0;
  fc.assert(
    fc.property(close, close, (a, b) => {
      if (!equalValues(a, b)) return;
      equal++;

      expect(hashValue(a)).toBe(hashValue(b));
    }),
    { numRuns: 5_000, seed: 16 },
  );

  expect(equal).toBeGreaterThan(50);
});

test('hashValue() tells unlike values apart', () => {
  expect(new Set(ascending.map(hashValue)).size).toBeGreaterThanOrEqual(ascending.length - 1);
});

test('equalValues() and hashValue() see the same value before and after the wire', () => {
  fc.assert(
    fc.property(anyValue.filter(wellFormed), (value) => {
      const arrived = decodeValue(encodeValue(value));

      expect(equalValues(arrived, value)).toBe(true);
      expect(hashValue(arrived)).toBe(hashValue(value));
    }),
    { numRuns: 500 },
  );
});

test('equalValues() takes 1, 1.0 and 1n for one value, and not "1" or true', () => {
  expect([equalValues(1, 1n), equalValues([1.0], [1n]), equalValues(0, -0), equalValues(0n, -0)]).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([equalValues(1, '1'), equalValues(1, true), equalValues(2 ** 53, 2n ** 53n + 1n)]).toEqual([
    false,
    false,
    false,
  ]);
});

test('equalValues() does not see the order of keys or undefined properties', () => {
  const a = { x: 1, y: { z: 2 }, gone: undefined };
  const b = { y: { z: 2n }, x: 1 };

  expect(equalValues(a, b)).toBe(true);
  expect(hashValue(a)).toBe(hashValue(b));
});

test('compareValues() and hashValue() refuse what is no value', () => {
  expect(() => compareValues(new Map(), 1)).toThrow(new TypeError('Cannot compare a Map: it is not a value'));
  expect(() => hashValue([Symbol('s')])).toThrow(TypeError);
});

const packet = {
  body: { items: [{ id: 7 }, null], text: 'abc', bytes: Uint8Array.of(1), error: new Error('x'), empty: {} },
};

test.each<[(string | number)[], unknown]>([
  [[], packet],
  [['body', 'items', 0, 'id'], 7],
  [['body', 'items', '0', 'id'], 7],
  [['body', 'items', 1], null],
  [['body', 'items', 1, 'id'], undefined],
  [['body', 'items', 2], undefined],
  [['body', 'items', -1], undefined],
  [['body', 'items', 'length'], undefined],
  [['body', 'missing', 'deeper', 0], undefined],
  [['body', 'text', 0], undefined],
  [['body', 'bytes', 0], undefined],
  [['body', 'error', 'stack'], undefined],
  [['body', 'empty', 'constructor'], undefined],
  [['body', '__proto__'], undefined],
])('lookup() by %j', (path, found) => {
  expect(lookup(packet, ...path)).toBe(found);
});

test('lookup() never throws on values, whatever the path', () => {
  fc.assert(
    fc.property(anyValue, fc.array(fc.oneof(fc.string(), fc.integer())), (value, path) => {
      expect(() => lookup(value, ...path)).not.toThrow();
    }),
  );
});

function wellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (value instanceof Error) return value.message.isWellFormed();
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return true;
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && wellFormed(item));
}
