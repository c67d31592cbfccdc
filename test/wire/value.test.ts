import { runInNewContext } from 'node:vm';
import { fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Code } from '../../src/core/code.ts';
import { StatusError } from '../../src/core/status-error.ts';
import { decodeValue, encodeValue, none, replyCodec, valueCodec } from '../../src/wire/value.ts';
import { anyValue, asArrived, asJson, jsonValue } from './value-samples.ts';

test('valueCodec gives back every value that it was given', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const arrived = decodeValue(encodeValue(value));

      expect(asArrived(arrived)).toEqual(asArrived(value));
    }),
    { numRuns: 1_000 },
  );
});

test('valueCodec writes what @bufbuild/protobuf reads as the JSON mapping', () => {
  fc.assert(
    fc.property(anyValue.filter(safeForBufbuild), (value) => {
      const read = toJson(ValueSchema, fromBinary(ValueSchema, encodeValue(value)));

      expect(read).toEqual(asJson(value));
    }),
    { numRuns: 500 },
  );
});

test('valueCodec reads what @bufbuild/protobuf wrote', () => {
  fc.assert(
    fc.property(jsonValue.filter(safeForBufbuild), (value) => {
      const json = asJson(value);
      const bytes = toBinary(ValueSchema, fromJson(ValueSchema, json as JsonValue));

      expect(decodeValue(bytes)).toEqual(json);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['the empty object', {}],
  ['the empty list', []],
  ['the empty string', ''],
  ['null', null],
  ['minus zero', -0],
  ['no bytes', new Uint8Array(0)],
  ['nested empties', { list: [[], {}, ''], object: { none: null } }],
  ['the signed maximum', 2n ** 63n - 1n],
  ['the signed minimum', -(2n ** 63n)],
  ['the unsigned maximum', 2n ** 64n - 1n],
  ['an integer beyond 53 bits that came as a number', 2 ** 60],
  ['text that looks like a number', { id: '9223372036854775807', bytes: 'AAAA', nan: 'NaN' }],
])('valueCodec keeps %s', (_, value) => {
  const arrived = valueCodec.decode(valueCodec.encode(value));

  expect(arrived).toStrictEqual(value);
});

test('valueCodec turns a bigint that a number holds exactly into a number', () => {
  const arrived = decodeValue(encodeValue([1n, BigInt(Number.MAX_SAFE_INTEGER), 2n ** 53n]));

  expect(arrived).toStrictEqual([1, Number.MAX_SAFE_INTEGER, 2n ** 53n]);
});

test('valueCodec carries an Error as its message and a StatusError as its code too', () => {
  const failure = new TypeError('no such item', { cause: new Error('secret') });
  const refusal = new StatusError(Code.NOT_FOUND, 'no item 7');

  const [error, status] = decodeValue(encodeValue([failure, refusal])) as [Error, StatusError];

  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(StatusError);
  expect([error.message, error.cause]).toEqual(['no such item', undefined]);
  expect(status).toBeInstanceOf(StatusError);
  expect([status.code, status.statusMessage, status.origin]).toEqual([Code.NOT_FOUND, 'no item 7', 'peer']);
  expect(Buffer.from(encodeValue(failure)).includes('secret')).toBe(false);
});

test('valueCodec takes values of another realm', () => {
  const foreign: unknown = runInNewContext('({ list: [1], bytes: new Uint8Array([7]), error: new Error("far") })');

  const arrived = decodeValue(encodeValue(foreign)) as { list: unknown; bytes: unknown; error: Error };

  expect(arrived.list).toEqual([1]);
  expect(arrived.bytes).toEqual(Uint8Array.of(7));
  expect(arrived.error.message).toBe('far');
});

test('valueCodec drops undefined properties and gives plain bytes for a Buffer', () => {
  const arrived = decodeValue(
    encodeValue({ gone: undefined, bytes: Buffer.from('hi'), bare: Object.assign(Object.create(null), { a: 1 }) }),
  );

  expect(arrived).toStrictEqual({ bytes: Uint8Array.of(104, 105), bare: { a: 1 } });
});

test('valueCodec keeps __proto__ as an ordinary property', () => {
  const sent = JSON.parse('{ "__proto__": { "admin": true } }') as object;

  const arrived = decodeValue(encodeValue(sent)) as Record<string, unknown>;

  expect(Object.getPrototypeOf(arrived)).toBe(Object.prototype);
  expect(Object.hasOwn(arrived, '__proto__')).toBe(true);
  expect(arrived.admin).toBeUndefined();
});

class Point {
  readonly x = 1;
}

const loop: { items: unknown[] } = { items: [] };
loop.items.push({ parent: loop });

test.each<[string, unknown, string]>([
  ['undefined', undefined, ' wanted a value'],
  ['undefined in a list', { a: [1, undefined] }, '"a[1]" wanted a value'],
  ['a hole in a list', Object.assign(new Array(3), { 0: 1, 2: 2 }), '"[1]" wanted a value'],
  ['a Date', { a: { b: [0, 0, 0, { c: new Date(0) }] } }, '"a.b[3].c" wanted a value'],
  ['a Map', new Map(), 'got a Map'],
  ['a Set', { tags: new Set() }, 'got a Set'],
  ['a function', { run() {} }, '"run" wanted a value'],
  ['a symbol', [Symbol('s')], 'got Symbol(s)'],
  ['a class instance', { at: new Point() }, 'got a Point'],
  ['a boxed string', Object('text'), 'got a String'],
  ['another typed array', new Float32Array(1), 'got a Float32Array'],
  ['an ArrayBuffer', new ArrayBuffer(1), 'got a ArrayBuffer'],
  ['a promise', Promise.resolve(1), 'got a Promise'],
  ['a bigint above 64 bits', { n: 2n ** 64n }, '"n" wanted a bigint from -9223372036854775808 to 18446744073709551615'],
  ['a bigint below 64 bits', -(2n ** 63n) - 1n, 'wanted a bigint'],
  ['a cycle', loop, '"items[0].parent" contains itself'],
  ['a strange key', { 'x y': { '': undefined, 'a.b': [Symbol()] } }, '["x y"]["a.b"][0]'],
  ['no response', none, 'wanted a value'],
  ['no response inside', [none], '"[0]" wanted a value'],
])('valueCodec refuses %s', (_, value, text) => {
  const error = thrownBy(() => encodeValue(value));

  expect(error).toBeInstanceOf(StatusError);
  expect((error as StatusError).code).toBe(Code.INVALID_ARGUMENT);
  expect((error as StatusError).statusMessage).toContain(text);
});

test('valueCodec writes the next value after one that it refused', () => {
  thrownBy(() => encodeValue({ long: 'x'.repeat(10_000), bad: Symbol() }));

  expect(decodeValue(encodeValue({ a: 1 }))).toEqual({ a: 1 });
});

test('valueCodec may be used by a getter of the value being written', () => {
  const value = {
    before: 1,
    get inner() {
      return encodeValue({ deep: 'x'.repeat(300) });
    },
  };

  const arrived = decodeValue(encodeValue(value)) as { before: number; inner: Uint8Array };

  expect(arrived.before).toBe(1);
  expect(decodeValue(arrived.inner)).toEqual({ deep: 'x'.repeat(300) });
});

test('valueCodec lets one object stand in two places', () => {
  const shared = { a: 1 };

  expect(decodeValue(encodeValue([shared, { shared }]))).toEqual([{ a: 1 }, { shared: { a: 1 } }]);
});

test.each([
  ['lists', (inner: unknown) => [inner], []],
  ['objects', (inner: unknown) => ({ a: inner }), {}],
  ['lists around an error', (inner: unknown) => [inner], new Error('deep')],
])('valueCodec nests %s 100 deep and refuses 101', (_, wrap, innermost) => {
  let value: unknown = innermost;
  for (let depth = 1; depth < 100; depth++) value = wrap(value);

  const arrived = decodeValue(encodeValue(value));
  const refused = thrownBy(() => encodeValue(wrap(value)));

  expect(asArrived(arrived)).toEqual(asArrived(value));
  expect((refused as StatusError).code).toBe(Code.INVALID_ARGUMENT);
  expect((refused as StatusError).statusMessage).toContain('is nested deeper than 100');
});

test('replyCodec tells no response from null, and others read null', () => {
  const reply = replyCodec.encode(none);

  expect(replyCodec.decode(reply)).toBe(none);
  expect(replyCodec.decode(replyCodec.encode(null))).toBeNull();
  expect(replyCodec.decode(replyCodec.encode({ a: [1n] }))).toEqual({ a: [1] });
  expect(valueCodec.decode(reply)).toBeNull();
  expect(toJson(ValueSchema, fromBinary(ValueSchema, reply))).toBeNull();
  expect(() => replyCodec.encode({ reply: none })).toThrow(/"reply" wanted a value/);
});

/** Its JSON objects have the usual prototype, so `__proto__` is lost there. */
function safeForBufbuild(value: unknown): boolean {
  if (value instanceof Error || typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, item]) => key !== '__proto__' && safeForBufbuild(item));
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
