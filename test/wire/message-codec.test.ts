import { fileURLToPath } from 'node:url';
import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { Code, StatusError } from 'flowrpc';
import { expect, test } from 'vitest';
import { encodeFileSet, loadFiles, messageCodec, protoFile, servicesFromFiles } from '../../src/wire/index.ts';

const includeDirs = [fileURLToPath(new URL('protos', import.meta.url))];
const files = await loadFiles(['shop/kitchen_sink.proto', 'legacy.proto', 'modern.proto', 'helloworld.proto'], {
  includeDirs,
});
const sink = messageCodec(files, 'shop.KitchenSink');
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, encodeFileSet(files)));
const oracle = registry.getMessage('shop.KitchenSink')!;

type Message = Record<string, unknown>;

function failure(act: () => unknown): StatusError {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.string({ unit: 'grapheme' });
const bytes = fc.uint8Array({ maxLength: 40 });
const float = fc.float();
const double = fc.double();
const unit = fc.constantFrom('UNIT_UNSPECIFIED', 'PIECE', 'GRAM', 77);
const money = fc.record({ currency: text, units: int64 });
const inner = fc.letrec<{ inner: Message }>((tie) => ({
  inner: fc.record(
    { mood: fc.constantFrom('CALM', 'WILD', 'FIERCE', 3), deeper: tie('inner') },
    { requiredKeys: ['mood'] },
  ),
})).inner;
const payload = fc.oneof(
  fc.record({ case: fc.constant('text'), value: text }),
  fc.record({ case: fc.constant('money'), value: money }),
  fc.record({ case: fc.constant('big'), value: int64 }),
  fc.record({ case: fc.constant('inner'), value: inner }),
  fc.record({ case: fc.constant('chosenUnit'), value: unit }),
);
const sinkMessage = fc.letrec<{ sink: Message }>((tie) => ({
  sink: fc.record(
    {
      aDouble: double,
      aFloat: float,
      anInt32: int32,
      anInt64: int64,
      aUint32: uint32,
      aUint64: uint64,
      aSint32: int32,
      aSint64: int64,
      aFixed32: uint32,
      aFixed64: uint64,
      aSfixed32: int32,
      aSfixed64: int64,
      aBool: fc.boolean(),
      aString: text,
      someBytes: bytes,
      unit,
      price: money,
      manyInt32: fc.array(int32),
      manySint64: fc.array(int64),
      manyStrings: fc.array(text),
      manyUnits: fc.array(unit),
      children: fc.array(tie('sink'), { maxLength: 2, depthIdentifier: 'sink' }),
      manyDoubles: fc.array(double),
      prices: fc.dictionary(text, money),
      byNumber: fc.dictionary(int32.map(String), text),
      byTruth: fc.dictionary(fc.boolean().map(String), unit),
      byBig: fc.dictionary(uint64.map(String), bytes),
      rates: fc.dictionary(fc.constantFrom('a', '__proto__', 'constructor'), double),
      maybeInt32: int32,
      maybeString: text,
      maybeUnit: unit,
      payload,
      customJson: text,
      old: int32,
    },
    { requiredKeys: [] },
  ),
})).sink;

/** The same value as the oracle's message has it. */
function forOracle(message: Message): Message {
  const numbers: Record<string, number> = { UNIT_UNSPECIFIED: 0, PIECE: 1, GRAM: 2, CALM: 0, WILD: 5, FIERCE: -1 };
  const enums = new Set(['unit', 'manyUnits', 'byTruth', 'maybeUnit', 'mood']);
  const number = (value: unknown): unknown => (typeof value === 'string' ? numbers[value] : value);
  const mapped = Object.entries(message).map(([key, value]) => {
    if (enums.has(key)) {
      if (Array.isArray(value)) return [key, value.map(number)];
      return [
        key,
        key === 'byTruth'
          ? Object.fromEntries(Object.entries(value as Message).map(([k, v]) => [k, number(v)]))
          : number(value),
      ];
    }
    if (key === 'children') return [key, (value as Message[]).map(forOracle)];
    if (key === 'deeper') return [key, forOracle(value as Message)];
    if (key === 'payload') {
      const { case: chosen, value: content } = value as { case: string; value: unknown };
      return [
        key,
        {
          case: chosen,
          value:
            chosen === 'inner' ? forOracle(content as Message) : chosen === 'chosenUnit' ? number(content) : content,
        },
      ];
    }
    return [key, value];
  });
  return Object.fromEntries(mapped);
}

test('decode(encode(m)) is m', () => {
  fc.assert(
    fc.property(sinkMessage, (message) => {
      const decoded = sink.decode(sink.encode(message)) as Message;

      expect(decoded).toMatchObject(message);
      expect(sink.decode(sink.encode(decoded))).toEqual(decoded);
    }),
    { numRuns: 150 },
  );
});

test('another implementation reads what encode() wrote, and decode() what that wrote', () => {
  // The other one does not keep __proto__ as a key of maps.
  const portable = sinkMessage.filter(
    (message) =>
      !/"rates"/.test(JSON.stringify(message, (_, value) => (typeof value === 'bigint' ? String(value) : value))),
  );
  fc.assert(
    fc.property(portable, (message) => {
      const theirs = toBinary(oracle, create(oracle, forOracle(message)));
      const ours = sink.encode(message);

      expect(sink.decode(theirs)).toEqual(sink.decode(ours));
      expect(toBinary(oracle, fromBinary(oracle, ours))).toHaveLength(theirs.length);
    }),
    { numRuns: 150 },
  );
});

test('any bytes decode or end with INTERNAL, and what decodes can be encoded and decoded again', () => {
  const seeds = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.tuple(sinkMessage, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })).map(([message, edits]) => {
      const changed = Uint8Array.from(sink.encode(message));
      for (const [at, value] of edits) if (changed.length > 0) changed[at % changed.length] = value;
      return changed;
    }),
  );
  fc.assert(
    fc.property(seeds, (input) => {
      let message: unknown;
      try {
        message = sink.decode(input);
      } catch (error) {
        expect(error).toBeInstanceOf(StatusError);
        expect((error as StatusError).code).toBe(Code.INTERNAL);
        return;
      }

      expect(sink.decode(sink.encode(message))).toEqual(message);
    }),
    { numRuns: 1_000 },
  );
});

test('encode() of any value writes it whole or says which field does not fit', () => {
  const field = fc.constantFrom(
    ...Object.keys(sink.decode(new Uint8Array()) as Message),
    'price',
    'maybeInt32',
    'payload',
    'nothing',
  );
  fc.assert(
    fc.property(
      field,
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withNullPrototype: true,
      }),
      (key, value) => {
        let encoded: Uint8Array;
        try {
          encoded = sink.encode({ [key]: value });
        } catch (error) {
          expect((error as StatusError).code).toBe(Code.INVALID_ARGUMENT);
          expect((error as StatusError).statusMessage).toContain(key);
          return;
        }

        const back = (sink.decode(encoded) as Message)[key];
        if (value !== undefined && typeof value !== 'object') {
          // The same number, whichever type carries it; floats are rounded, enums are named.
          const same = [
            value,
            String(value),
            BigInt(Number.isInteger(value) ? (value as number) : 0),
            typeof value === 'number' ? Math.fround(value) : value,
          ];
          expect([...same, 'UNIT_UNSPECIFIED', 'PIECE', 'GRAM']).toContainEqual(
            typeof back === 'bigint' && typeof value === 'string' ? String(back) : back,
          );
        }
      },
    ),
    { numRuns: 1_500 },
  );
});

test.each<[string, unknown, string]>([
  [
    'an unknown enum name',
    { unit: 'GRAMM' },
    '"unit" wanted a value of shop.common.Unit, got "GRAMM", did you mean "GRAM"?',
  ],
  ['a half number', { anInt64: '12x' }, '"anInt64" wanted an int64'],
  ['too large a decimal', { anInt64: '99999999999999999999' }, '"anInt64" wanted an int64'],
  ['a fraction for int64', { anInt64: 1.5 }, '"anInt64" wanted an int64'],
  ['an unsafe integer', { anInt64: 2 ** 53 }, '"anInt64" wanted an int64'],
  ['an object for a string', { aString: {} }, '"aString" wanted a string, got an object'],
  [
    'an integer out of range',
    { anInt32: 2 ** 31 },
    '"anInt32" wanted an int32, an integer from -2147483648 to 2147483647, got 2147483648',
  ],
  ['a negative unsigned', { aUint32: -1 }, '"aUint32" wanted a uint32'],
  ['a number beyond float', { aFloat: 1e300 }, '"aFloat" wanted a number in the range of float'],
  ['null', { aString: null }, '"aString" wanted a string, got null'],
  ['an unknown field', { aStrng: 'x' }, '"aStrng" is not a field of shop.KitchenSink, did you mean "aString"?'],
  [
    'a oneof member beside the oneof',
    { text: 'x' },
    '"text" is a member of a oneof: write payload: { case: "text", value }',
  ],
  ['an unknown case', { payload: { case: 'txt', value: 'x' } }, '"payload" wanted case to be "text" or "money"'],
  [
    'two members of a oneof',
    { payload: { case: 'text', value: 'x', money: {} } },
    '"payload" wanted { case, value }, got another property "money"',
  ],
  [
    'a wrong value of a case',
    { payload: { case: 'money', value: { units: 'x' } } },
    '"payload.money.units" wanted an int64',
  ],
  ['an element', { manyInt32: [1, 2, '3'] }, '"manyInt32[2]" wanted an int32'],
  [
    'a nested element',
    { children: [{}, { prices: { a: { units: true } } }] },
    '"children[1].prices["a"].units" wanted an int64',
  ],
  ['a map key', { byNumber: { x: 'y' } }, '"byNumber["x"]" wanted an int32'],
  ['a Map', { prices: new Map([['a', {}]]) }, '"prices" wanted a plain object, got a Map'],
  ['a Date', { at: new Date(0) }, '"at" wanted a google.protobuf.Timestamp, got a Date'],
  ['a list for a message', { price: [] }, '"price" wanted a shop.common.Money, got a list'],
  ['text for bytes', { someBytes: 'abc' }, '"someBytes" wanted a Uint8Array, got "abc"'],
  ['an object for a list', { manyStrings: { 0: 'a' } }, '"manyStrings" wanted an array, got an object'],
])('encode() refuses %s with the field path', (_, message, wanted) => {
  const error = failure(() => sink.encode(message));

  expect(error.code).toBe(Code.INVALID_ARGUMENT);
  expect(error.statusMessage).toContain(`Cannot encode shop.KitchenSink: ${wanted}`);
});

test('encode() takes the lenient forms that lose nothing', () => {
  const message = {
    anInt64: 5,
    aUint64: '18446744073709551615',
    aDouble: Number.NaN,
    aString: '\ud800!',
    someBytes: Buffer.from('x'),
    unit: 1,
    text: undefined,
  };

  expect(sink.decode(sink.encode(message))).toMatchObject({
    anInt64: 5n,
    aUint64: 18446744073709551615n,
    aDouble: Number.NaN,
    aString: '\ufffd!',
    someBytes: Uint8Array.of(120),
    unit: 'PIECE',
  });
});

test('decode() fills defaults and leaves out what has presence of its own', () => {
  const message = sink.decode(new Uint8Array()) as Message;

  expect(message).toMatchObject({ aString: '', anInt64: 0n, unit: 'UNIT_UNSPECIFIED', manyInt32: [], prices: {} });
  expect(message.someBytes).toEqual(new Uint8Array());
  for (const absent of ['price', 'maybeInt32', 'payload', 'at']) expect(message).not.toHaveProperty(absent);
});

test('presence: an explicit default travels, an implicit one does not, minus zero does', () => {
  expect(sink.encode({ anInt32: 0, aString: '', aDouble: 0 })).toHaveLength(0);
  expect(sink.decode(sink.encode({ maybeInt32: 0, aDouble: -0, payload: { case: 'text', value: '' } }))).toMatchObject({
    maybeInt32: 0,
    aDouble: -0,
    payload: { case: 'text', value: '' },
  });
});

test('a map entry without a value is the default message (G-05), one without a key the default key', () => {
  const prices = (entry: number[]) => Buffer.from([0xf2, 0x01, entry.length, ...entry]);

  expect(sink.decode(prices([0x0a, 0x01, 0x61]))).toMatchObject({ prices: { a: { currency: '', units: 0n } } });
  expect(sink.decode(prices([]))).toMatchObject({ prices: { '': { currency: '', units: 0n } } });
});

test('a map key __proto__ is an ordinary own key (G-07)', () => {
  const rates = Object.defineProperty({}, '__proto__', { value: 2, enumerable: true }) as Record<string, number>;

  const back = (sink.decode(sink.encode({ rates })) as { rates: object }).rates;

  expect(Object.getOwnPropertyNames(back)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
});

test('fields named like what every object has are own properties only', () => {
  const odd = messageCodec(files, 'shop.Odd');
  const message = { constructor: true, toString: 'x', valueOf: [1], hasOwnProperty: { a: 1 } };

  expect(odd.decode(odd.encode(message))).toEqual(message);
  expect(odd.encode({})).toHaveLength(0);
});

test('messages nest to a depth of 100, beyond it both sides refuse (G-04)', () => {
  const nested = (depth: number) => {
    let message: Message = {};
    for (let i = 0; i < depth; i++) message = { children: [message] };
    return message;
  };
  const packed = (depth: number) => {
    let inside: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    for (let i = 0; i < depth; i++) {
      const length = inside.length;
      const varint = [];
      let rest = length;
      for (; rest > 127; rest >>>= 7) varint.push((rest & 127) | 128);
      inside = Buffer.concat([Buffer.from([0xc2, 0x01, ...varint, rest]), inside]);
    }
    return inside;
  };

  expect(sink.decode(sink.encode(nested(100)))).toMatchObject({ children: [{ children: [{}] }] });
  expect(failure(() => sink.encode(nested(101)))).toMatchObject({ code: Code.INVALID_ARGUMENT });
  expect(failure(() => sink.encode(nested(20_000))).statusMessage).toContain('nested deeper than 100 messages');
  expect(sink.decode(packed(100))).toBeTypeOf('object');
  for (const depth of [101, 5_000])
    expect(failure(() => sink.decode(packed(depth)))).toMatchObject({ code: Code.INTERNAL });
  const groups = Buffer.alloc(50_000, 0x0b);
  expect(failure(() => sink.decode(groups)).statusMessage).toContain('nested deeper than 100');
});

test('a cycle is refused, not followed for ever', () => {
  const message: Message = {};
  message.children = [message];

  expect(failure(() => sink.encode(message)).code).toBe(Code.INVALID_ARGUMENT);
});

test.each([
  ['field number 0', [0x00, 0x00], 'a field with number 0'],
  ['an over-long number', [0x18, ...Array(10).fill(0x80), 0x01], 'longer than ten bytes'],
  ['a truncated number', [0x18, 0x80], 'in the middle of a field'],
  ['a truncated string', [0x72, 0x05, 0x61], 'in the middle of a field'],
  ['a length beyond any message', [0x72, 0xff, 0xff, 0xff, 0xff, 0x0f], 'in the middle of a field'],
  ['the end of a group that did not start', [0x0c], 'a group ends that did not start'],
  ['a wire type that does not exist', [0x0f], 'wire type 7 does not exist'],
  ['a group without an end', [0xa3, 0x06], 'in the middle of a field'],
])('decode() refuses %s (G-06)', (_, input, wanted) => {
  const error = failure(() => sink.decode(Uint8Array.from(input)));

  expect(error.code).toBe(Code.INTERNAL);
  expect(error.statusMessage).toMatch(new RegExp(`^malformed message shop.KitchenSink: .*${wanted}`));
});

test('decode() skips unknown fields and fields of another wire type, merges repeated messages, and takes both list encodings', () => {
  const parts = [
    [0xc2, 0x3e, 0x01, 0x61],
    [0x70, 0x05],
    [0x8a, 0x01, 0x03, 0x0a, 0x01, 0x65],
    [0x8a, 0x01, 0x02, 0x10, 0x07],
    [0xa0, 0x01, 0x01],
    [0xa2, 0x01, 0x02, 0x02, 0x03],
    [0xa8, 0x01, 0x02],
    [0xaa, 0x01, 0x02, 0x04, 0x06],
  ];

  expect(sink.decode(Buffer.from(parts.flat()))).toMatchObject({
    aString: '',
    price: { currency: 'e', units: 7n },
    manyInt32: [1, 2, 3],
    manySint64: [1n, 2n, 3n],
  });
});

test('proto2: required, groups, unpacked lists, members of a oneof', () => {
  const old = messageCodec(files, 'legacy.Old');
  const theirs = registry.getMessage('legacy.Old')!;
  const message = {
    id: 'x',
    plain: [1, 2],
    tight: [3, 4],
    part: { note: 'n' },
    level: 'HIGH',
    which: { case: 'right', value: { n: 5 } },
  };

  const encoded = old.encode(message);

  expect(old.decode(encoded)).toEqual(message);
  expect(toBinary(theirs, fromBinary(theirs, encoded))).toHaveLength(encoded.length);
  expect(failure(() => old.encode({})).statusMessage).toBe('Cannot encode legacy.Old: "id" is required');
});

test('editions: presence, packing and delimited messages follow the features', () => {
  const fresh = messageCodec(files, 'modern.Fresh');
  const message = {
    explicitName: '',
    implicitName: 'i',
    numbers: [1, 2],
    tight: [3, 4],
    child: { implicitName: '', numbers: [], tight: [] },
  };

  const encoded = fresh.encode(message);

  expect(fresh.decode(encoded)).toEqual(message);
  expect(encoded.toString()).toBe(
    Buffer.from([0x0a, 0, 0x12, 1, 0x69, 0x18, 1, 0x18, 2, 0x22, 2, 3, 4, 0x2b, 0x2c]).toString(),
  );
});

test('int64 as strings, by option', () => {
  const strings = messageCodec(files, 'shop.KitchenSink', { int64: 'string' });
  const message = {
    anInt64: '-9223372036854775808',
    manySint64: ['1', '-1'],
    prices: { a: { currency: '', units: '5' } },
    byBig: { '18446744073709551615': Uint8Array.of(1) },
  };

  expect(strings.decode(strings.encode(message))).toMatchObject({ ...message, aUint64: '0' });
});

test('a getter that encodes another message does not disturb the first', () => {
  const message = {
    aString: 'before',
    get customJson() {
      return String(sink.encode({ aString: 'inside' }).length);
    },
  };

  expect(sink.decode(sink.encode(message))).toMatchObject({ aString: 'before', customJson: '8' });
});

test('long and wide texts keep their length prefix', () => {
  for (const text of [
    'ä'.repeat(30),
    'ä'.repeat(64),
    'x'.repeat(127),
    'x'.repeat(128),
    'ß'.repeat(100),
    '漢'.repeat(6_000),
    '😀'.repeat(70_000),
  ]) {
    expect(sink.decode(sink.encode({ price: { currency: text }, manyStrings: [text] }))).toMatchObject({
      price: { currency: text },
      manyStrings: [text],
    });
  }
});

test('servicesFromFiles() makes services with no code generation', () => {
  const services = servicesFromFiles(files);

  const { cook } = services['shop.Kitchen']!.methods;
  expect(cook!.request.typeName).toBe('shop.KitchenSink');
  expect(cook!.response.decode(cook!.request.encode({ aString: 'x' }))).toMatchObject({ aString: 'x' });
  expect(services['shop.Kitchen']!.files[0]!.name).toBe('shop/kitchen_sink.proto');
});

test('messageCodec() says which type is unknown and which option', () => {
  expect(() => messageCodec(files, 'shop.KitchenSinc')).toThrow(
    'no file declares it, did you mean "shop.KitchenSink"?',
  );
  expect(() => messageCodec(files, 'shop.KitchenSink', { in64: 'string' } as object)).toThrow(TypeError);
  expect(() => messageCodec(files, 'shop.KitchenSink', { int64: 'long' } as object)).toThrow(
    'wanted "bigint" or "string"',
  );
});

test('types that no file declares are an error that names the field', () => {
  const alone = files.filter(({ name }) => name === 'shop/kitchen_sink.proto');

  expect(() => messageCodec(alone, 'shop.KitchenSink').encode({})).toThrow(
    'field "unit" has type "shop.common.Unit", which no known file declares',
  );
});

test('descriptors from a peer that say anything end in an error or in services, never in a crash', () => {
  const seeds = fc.tuple(
    fc.constantFrom(...files),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
  );
  fc.assert(
    fc.property(seeds, ([file, edits]) => {
      const bytes = Uint8Array.from(file.bytes);
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      try {
        const changed = protoFile(bytes);
        const others = files.filter(({ name }) => name !== changed.name && name !== file.name);
        for (const { methods } of Object.values(servicesFromFiles([...others, changed]))) {
          for (const method of Object.values(methods)) method.request.decode(method.request.encode({}));
        }
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(TypeError);
        expect(error).not.toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 500 },
  );
});

test('a peer that names a field __proto__ pollutes nothing', () => {
  const text = Buffer.from(files.find(({ name }) => name === 'helloworld.proto')!.bytes).toString('latin1');
  const renamed = protoFile(
    Buffer.from(text.replace('\x04name', '\x04____').replace('R\x04name', 'R\x04____'), 'latin1'),
  );
  const type = messageCodec([renamed], 'helloworld.HelloRequest');

  const message = type.decode(Uint8Array.of(0x0a, 1, 0x61)) as object;

  expect(Object.values(message)).toEqual(['a']);
  expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
});
