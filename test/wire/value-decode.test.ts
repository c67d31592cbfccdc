import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { Code } from '../../src/core/code.ts';
import { StatusError } from '../../src/core/status-error.ts';
import { decodeValue, encodeValue, none, replyCodec } from '../../src/wire/value.ts';
import { anyValue, asArrived, asJson, jsonValue, part } from './value-samples.ts';
import { classify } from './value-shape.ts';

const root = protobuf.Root.fromJSON(protobuf.common.get('google/protobuf/struct.proto')!);
const Value = root.lookupType('google.protobuf.Value');
const hintFile = new URL('../../proto/flowrpc/v1/value.proto', import.meta.url).pathname;

const text = (content: string) => part(3, Buffer.from(content));
const number = (value: number) => {
  const bytes = Buffer.alloc(9, 0x11);
  bytes.writeDoubleLE(value, 1);
  return bytes;
};
const entry = (key: string, ...values: Uint8Array[]) =>
  part(1, part(1, Buffer.from(key)), ...values.map((value) => part(2, value)));
const hint = (kind: number) => Uint8Array.of(0x78, kind);

test('decodeValue() reads what protobufjs wrote', () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      const json = asJson(value);
      const bytes = Value.encode(Value.fromObject(toProtobufjs(json) as object)).finish();

      expect(decodeValue(bytes)).toEqual(json);
    }),
    { numRuns: 500 },
  );
});

test('encodeValue() writes what protobufjs reads as the JSON mapping', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const read = ofProtobufjs(Value.decode(encodeValue(value)));

      expect(read).toEqual(asJson(value));
    }),
    { numRuns: 500 },
  );
});

test('encodeValue() writes the hints that proto/flowrpc/v1/value.proto declares', () => {
  const hints = protobuf.loadSync([hintFile]).lookupType('flowrpc.v1.HintedValue');
  const values = [2n ** 62n, 2n ** 63n, Uint8Array.of(1), Number.NaN, new Error('e'), 1, 'x'];

  const read = values.map(
    (value) => (hints.toObject(hints.decode(encodeValue(value)), { enums: String }) as { hint?: string }).hint,
  );
  const absent = hints.toObject(hints.decode(replyCodec.encode(none)), { enums: String });

  expect(read).toEqual(['INT64', 'UINT64', 'BYTES', 'DOUBLE', 'ERROR', undefined, undefined]);
  expect(absent).toEqual({ nullValue: 'NULL_VALUE', hint: 'NONE' });
});

test.each<[string, Uint8Array, unknown]>([
  ['no kind as null', Uint8Array.of(), null],
  ['an unknown null as null', Uint8Array.of(8, 5), null],
  [
    'the last of several kinds',
    Buffer.concat([text('a'), number(1), [0x20, 1]].map((bytes) => Uint8Array.from(bytes))),
    true,
  ],
  ['an entry without value as null', part(5, part(1, part(1, Buffer.from('k')))), { k: null }],
  ['an entry without key as ""', part(5, part(1, part(2, number(1)))), { '': 1 }],
  ['an empty entry', part(5, part(1)), { '': null }],
  ['the value before its key', part(5, part(1, part(2, number(1)), part(1, Buffer.from('k')))), { k: 1 }],
  ['the last of two entries with one key', part(5, entry('k', number(1)), entry('k', number(2))), { k: 2 }],
  [
    'a struct in parts',
    Buffer.concat([part(5, entry('a', number(1)), entry('b', number(1))), part(5, entry('b', number(2)))]),
    { a: 1, b: 2 },
  ],
  ['a list in parts', Buffer.concat([part(6, part(1, number(1))), part(6, part(1, number(2)))]), [1, 2]],
  [
    'a struct anew after another kind',
    Buffer.concat([part(5, entry('a', number(1))), text('x'), part(5, entry('b', number(2)))]),
    { b: 2 },
  ],
  ['a list after a struct', Buffer.concat([part(5, entry('a', number(1))), part(6)]), []],
  [
    'an entry whose value is in parts',
    part(5, entry('k', part(6, part(1, number(1))), part(6, part(1, number(2))))),
    { k: [1, 2] },
  ],
  ['an entry in parts, with the last hint', part(5, entry('k', text('7'), hint(3), hint(1))), { k: 7 }],
  ['a hint in front', Buffer.concat([hint(4), text('NaN')]), Number.NaN],
  ['unknown scalars', Buffer.concat([Uint8Array.of(0x38, 1), number(1), Uint8Array.of(0x45, 1, 2, 3, 4)]), 1],
  ['unknown length-delimited fields', Buffer.concat([part(7, [1, 2, 3]), number(1), part(15, [1])]), 1],
  ['unknown groups', Buffer.concat([Uint8Array.of(0x3b, 0x08, 1, ...part(2, [5, 5]), 0x3c), number(1)]), 1],
  [
    'a known field with a wrong wire type as unknown',
    Buffer.concat([number(1), Uint8Array.of(0x18, 1), part(1, [1])]),
    1,
  ],
  [
    'unknown fields in lists, structs and entries',
    part(5, [0x10, 1], part(1, part(1, Buffer.from('k')), [0x18, 1], part(2, part(6, [0x10, 1])))),
    { k: [] },
  ],
  ['a long zero', Uint8Array.of(0x20, 0x80, 0x80, 0x80, 0), false],
])('decodeValue() reads %s', (_, bytes, value) => {
  expect(decodeValue(bytes)).toStrictEqual(value);
});

test.each<[string, Uint8Array, unknown]>([
  ['INT64 on a boolean', Buffer.concat([Uint8Array.of(0x20, 1), hint(1)]), true],
  ['INT64 on words', Buffer.concat([text('many'), hint(1)]), 'many'],
  ['INT64 on a padded number', Buffer.concat([text('007'), hint(1)]), '007'],
  ['INT64 on minus zero', Buffer.concat([text('-0'), hint(1)]), '-0'],
  ['INT64 beyond its range', Buffer.concat([text('9223372036854775808'), hint(1)]), '9223372036854775808'],
  ['UINT64 on a negative number', Buffer.concat([text('-1'), hint(2)]), '-1'],
  ['UINT64 beyond its range', Buffer.concat([text('18446744073709551616'), hint(2)]), '18446744073709551616'],
  ['BYTES on text', Buffer.concat([text('not base64!'), hint(3)]), 'not base64!'],
  ['BYTES without padding', Buffer.concat([text('AAA'), hint(3)]), 'AAA'],
  ['BYTES on an early end', Buffer.concat([text('A=AA'), hint(3)]), 'A=AA'],
  ['BYTES on padding alone', Buffer.concat([text('===='), hint(3)]), '===='],
  ['DOUBLE on a number', Buffer.concat([number(2), hint(4)]), 2],
  ['DOUBLE on words', Buffer.concat([text('nan'), hint(4)]), 'nan'],
  ['ERROR without a message', Buffer.concat([part(5, entry('text', text('x'))), hint(5)]), { text: 'x' }],
  ['ERROR with an odd message', Buffer.concat([part(5, entry('message', number(1))), hint(5)]), { message: 1 }],
  ['ERROR on a list', Buffer.concat([part(6), hint(5)]), []],
  ['NONE on text', Buffer.concat([text('x'), hint(6)]), 'x'],
  ['NONE inside', part(6, part(1, [8, 0], hint(6))), [null]],
  ['a hint of the future', Buffer.concat([text('x'), hint(99)]), 'x'],
])('decodeValue() keeps the plain value under %s', (_, bytes, value) => {
  expect(decodeValue(bytes)).toStrictEqual(value);
  expect(replyCodec.decode(bytes)).toStrictEqual(value);
});

test('decodeValue() restores an error with a code that gRPC does not define as a plain one', () => {
  const bytes = Buffer.concat([part(5, entry('message', text('x')), entry('code', number(17))), hint(5)]);

  const error = decodeValue(bytes);

  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(StatusError);
});

test('decodeValue() reads invalid UTF-8 as U+FFFD', () => {
  expect(decodeValue(part(3, [0x61, 0xff, 0x62]))).toBe('a\ufffdb');
});

test.each<[string, Uint8Array]>([
  ['a cut number', number(1).subarray(0, 5)],
  ['a cut text', Uint8Array.of(0x1a, 5, 0x61)],
  ['a length of 4 GiB', Uint8Array.of(0x32, 0xff, 0xff, 0xff, 0xff, 0x0f)],
  ['a length of 64 bits', Uint8Array.of(0x1a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)],
  ['an element longer than its list', part(6, [0x0a, 9, 0x20, 1])],
  ['a value longer than its entry', Buffer.concat([part(5, part(1, [0x12, 4, 0x1a, 2])), Uint8Array.of(0x61, 0x61)])],
  ['a cut value before the one that counts', part(5, part(1, [0x12, 2, 0x1a, 9], part(2, number(1))))],
  ['an endless varint', Uint8Array.from({ length: 20 }, () => 0xff)],
  ['field number 0', Uint8Array.of(0, 1)],
  ['wire type 7', Uint8Array.of(0x0f)],
  ['an end without a start', Uint8Array.of(0x3c)],
  ['a group that does not end', Uint8Array.of(0x3b, 0x08, 1)],
  ['100,000 groups', Buffer.alloc(100_000, 0x3b)],
])('decodeValue() refuses %s', (_, bytes) => {
  expect(outcome(bytes)).toBe('refused');
});

test.each([
  ['lists', (inner: Buffer) => part(6, part(1, inner))],
  ['objects', (inner: Buffer) => part(5, part(1, part(2, inner)))],
])('decodeValue() reads %s 100 deep and refuses more, however deep', (_, wrap) => {
  let bytes: Buffer = Buffer.alloc(0);
  for (let depth = 0; depth < 100; depth++) bytes = wrap(bytes);

  const most = outcome(bytes);
  const more = outcome(wrap(bytes));
  for (let depth = 101; depth < 2_000; depth++) bytes = wrap(bytes);

  expect([most, more, outcome(bytes)]).toEqual(['read', 'refused', 'refused']);
});

test('decodeValue() reads values in parts at every depth once, not twice per level', () => {
  let bytes: Buffer = Buffer.alloc(0);
  for (let depth = 0; depth < 100; depth++) bytes = part(5, part(1, part(2), part(2, bytes)));

  expect(outcome(bytes)).toBe('read');
});

test('decodeValue() gives a value or a StatusError for any bytes, and agrees with protobufjs where that follows the specification', () => {
  const seen = { plain: 0, bad: 0, odd: 0 };
  fc.assert(
    fc.property(jsonValue, fc.array(mutation, { minLength: 1, maxLength: 3 }), (value, mutations) => {
      const bytes = mutated(encodeValue(value), mutations);
      const shape = classify(bytes);
      seen[shape]++;

      if (shape === 'plain') expect(decodeValue(bytes)).toEqual(ofProtobufjs(readByProtobufjs(bytes)));
      else if (shape === 'bad') {
        expect(outcome(bytes)).toBe('refused');
        expect(() => readByProtobufjs(bytes)).toThrow();
      } else expect(['read', 'refused']).toContain(outcome(bytes));
    }),
    { numRuns: 10_000, seed: 15 },
  );

  expect(Math.min(seen.plain, seen.bad, seen.odd)).toBeGreaterThan(300);
});

test('decodeValue() gives what it would give again after encodeValue(), for any bytes that it accepts', () => {
  fc.assert(
    fc.property(anyValue, fc.array(mutation, { maxLength: 3 }), (value, mutations) => {
      const bytes = mutated(encodeValue(value), mutations);
      if (outcome(bytes) === 'refused') return;

      const first = decodeValue(bytes);

      expect(asArrived(decodeValue(encodeValue(first)))).toEqual(asArrived(first));
    }),
    { numRuns: 3_000, seed: 16 },
  );
});

type Mutate = (bytes: Buffer) => Buffer;

function mutated(bytes: Uint8Array, mutations: readonly Mutate[]): Buffer {
  return mutations.reduce<Buffer>((current, mutate) => mutate(current), Buffer.from(bytes));
}

const place = fc.nat(10_000);
const mutation: fc.Arbitrary<Mutate> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(
    ([at, byte]): Mutate =>
      (bytes) => {
        const changed = Buffer.from(bytes);
        if (changed.length > 0) changed[at % changed.length] = byte;
        return changed;
      },
  ),
  fc.tuple(place, fc.nat(7)).map(
    ([at, bit]): Mutate =>
      (bytes) => {
        const changed = Buffer.from(bytes);
        if (changed.length > 0) changed[at % changed.length]! ^= 1 << bit;
        return changed;
      },
  ),
  place.map(
    (at): Mutate =>
      (bytes) =>
        bytes.subarray(0, at % (bytes.length + 1)),
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 6 })).map(
    ([at, extra]): Mutate =>
      (bytes) => {
        const cut = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, cut), extra, bytes.subarray(cut)]);
      },
  ),
  fc.constant((bytes: Buffer) => Buffer.concat([bytes, bytes])),
);

/** Anything but a value or a StatusError INTERNAL gets through and fails the test. */
function outcome(bytes: Uint8Array): 'read' | 'refused' {
  try {
    decodeValue(bytes);
    return 'read';
  } catch (error) {
    if (error instanceof StatusError && error.code === Code.INTERNAL) return 'refused';
    throw error;
  }
}

/** From a plain array: its reader for Buffer takes text that is cut. */
function readByProtobufjs(bytes: Uint8Array): unknown {
  return Value.decode(new Uint8Array(bytes));
}

function toProtobufjs(json: unknown): unknown {
  if (json === null) return { nullValue: 0 };
  if (typeof json === 'number') return { numberValue: json };
  if (typeof json === 'string') return { stringValue: json };
  if (typeof json === 'boolean') return { boolValue: json };
  if (Array.isArray(json)) return { listValue: { values: json.map(toProtobufjs) } };
  return {
    structValue: {
      fields: Object.fromEntries(Object.entries(json as object).map(([key, item]) => [key, toProtobufjs(item)])),
    },
  };
}

interface Decoded {
  numberValue?: number;
  stringValue?: string;
  boolValue?: boolean;
  listValue?: { values: Decoded[] };
  structValue?: { fields: Record<string, Decoded> };
}

function ofProtobufjs(message: unknown): unknown {
  const value = message as Decoded;
  if (Object.hasOwn(value, 'numberValue')) return value.numberValue;
  if (Object.hasOwn(value, 'stringValue')) return value.stringValue;
  if (Object.hasOwn(value, 'boolValue')) return value.boolValue;
  if (Object.hasOwn(value, 'listValue')) return value.listValue!.values.map(ofProtobufjs);
  if (!Object.hasOwn(value, 'structValue')) return null;
  return Object.fromEntries(Object.entries(value.structValue!.fields).map(([key, item]) => [key, ofProtobufjs(item)]));
}
