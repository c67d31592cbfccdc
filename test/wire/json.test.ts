import { fileURLToPath } from 'node:url';
import { createFileRegistry, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  descriptorIndex,
  encodeFileSet,
  jsonToMessage,
  loadFiles,
  messageCodec,
  messageToJson,
} from '../../src/wire/index.ts';

const files = await loadFiles('shop/kitchen_sink.proto', {
  includeDirs: [fileURLToPath(new URL('protos', import.meta.url))],
});
const index = descriptorIndex(files);
const sink = messageCodec(files, 'shop.KitchenSink');
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, encodeFileSet(files)));
const oracle = registry.getMessage('shop.KitchenSink')!;

const sample = {
  aDouble: 'NaN',
  anInt32: -5,
  anInt64: '-9007199254740993',
  aUint64: '18446744073709551615',
  aBool: true,
  aString: 'ä',
  someBytes: '+/8=',
  unit: 'GRAM',
  price: { currency: 'EUR', units: '3' },
  manyInt32: [1, 2],
  manyUnits: ['PIECE', 9],
  prices: { a: {}, __b: { units: '1' } },
  byTruth: { true: 'GRAM' },
  maybeInt32: 0,
  money: { units: '4' },
  at: '2026-11-20T13:00:00.500Z',
  took: '-1.500s',
  anything: { a: [1, null, 'x', { b: true }] },
  object: { k: null },
  wrapped: '7',
  mask: 'aString,price.currency',
  cust: 'c',
  packedAny: { '@type': 'type.googleapis.com/shop.common.Money', currency: 'CHF' },
} as JsonValue;

test('jsonToMessage() reads what another implementation reads', () => {
  const ours = sink.encode(jsonToMessage(sink, sample, { index }));
  const theirs = toBinary(oracle, fromJson(oracle, sample, { registry }));

  expect(sink.decode(ours)).toEqual(sink.decode(theirs));
});

test('messageToJson() writes what another implementation writes', () => {
  const message = sink.decode(sink.encode(jsonToMessage(sink, sample, { index })));

  expect(messageToJson(sink, message, { index })).toEqual(
    toJson(oracle, fromBinary(oracle, sink.encode(message)), { registry }),
  );
  expect(messageToJson(sink, message, { index })).toEqual(sample);
});

test('messageToJson() can write defaults', () => {
  const json = messageToJson(sink, sink.decode(new Uint8Array()), { defaults: true });

  expect(json).toMatchObject({
    aString: '',
    anInt64: '0',
    manyInt32: [],
    prices: {},
    unit: 'UNIT_UNSPECIFIED',
    someBytes: '',
  });
  expect(messageToJson(sink, sink.decode(new Uint8Array()))).toEqual({});
});

test('names as in the proto file, numbers as text and null for absent are taken', () => {
  expect(jsonToMessage(sink, { a_string: 'x', anInt32: '12', aDouble: '1e3', price: null, manyInt32: ['3'] })).toEqual({
    aString: 'x',
    anInt32: 12,
    aDouble: 1_000,
    manyInt32: [3],
  });
});

test('an Any whose type nobody declares shows its bytes, and cannot be read', () => {
  const message = { packedAny: { typeUrl: 't/unknown.Type', value: Uint8Array.of(1) } };

  expect(messageToJson(sink, message)).toEqual({ packedAny: { '@type': 't/unknown.Type', value: 'AQ==' } });
  expect(() => jsonToMessage(sink, { packedAny: { '@type': 't/unknown.Type' } }, { index })).toThrow(
    '"packedAny.@type" names "unknown.Type", which no known file declares',
  );
});

test('any JSON in google.protobuf.Value comes back', () => {
  const value = messageCodec(files, 'google.protobuf.Value');
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      const back = messageToJson(value, value.decode(value.encode(jsonToMessage(value, json))));

      expect(back).toEqual(json);
    }),
  );
});

test('timestamps and durations of any size come back', () => {
  const stamp = messageCodec(files, 'google.protobuf.Timestamp');
  const span = messageCodec(files, 'google.protobuf.Duration');
  const nanos = fc.integer({ min: 0, max: 999_999_999 });
  fc.assert(
    fc.property(
      fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }),
      nanos,
      fc.boolean(),
      (seconds, fraction, negative) => {
        const message = { seconds, nanos: fraction };
        const back = jsonToMessage(stamp, messageToJson(stamp, message));
        const duration = negative
          ? { seconds: -(seconds < 0n ? -seconds : seconds), nanos: -fraction || 0 }
          : { seconds: seconds < 0n ? -seconds : seconds, nanos: fraction };

        expect(back).toEqual(message);
        expect(jsonToMessage(span, messageToJson(span, duration))).toEqual(duration);
      },
    ),
  );
  expect(jsonToMessage(stamp, '2026-01-01T01:00:00.1+01:30')).toEqual({ seconds: 1767223800n, nanos: 100_000_000 });
});

test.each<[unknown, string]>([
  [{ aStrng: 'x' }, '"aStrng" is not a field of shop.KitchenSink, did you mean "aString"?'],
  [{ unit: 'GRAMM' }, '"unit" wanted a value of shop.common.Unit, got "GRAMM", did you mean "GRAM"?'],
  [{ manyInt32: [1, 1.5] }, '"manyInt32[1]" wanted an int32'],
  [{ prices: { a: { units: 'x' } } }, '"prices["a"].units" wanted an int64'],
  [{ at: '2026-02-30T00:00:00Z' }, '"at" wanted a timestamp'],
  [{ took: '5' }, '"took" wanted a duration such as "1.5s", got "5"'],
  [{ someBytes: '§' }, '"someBytes" wanted base64 text'],
  [{ text: 'a', money: {} }, '"money" is given beside another member of oneof "payload"'],
  [{ aString: 'a', a_string: 'b' }, '"a_string" is given twice'],
  [{ aBool: 'true' }, '"aBool" wanted a boolean, got "true"'],
  [[], 'wanted an object for shop.KitchenSink, got a list'],
  [{ manyStrings: [null] }, '"manyStrings[0]" wanted a string, got null'],
])('jsonToMessage() refuses %j with the path', (json, wanted) => {
  expect(() => jsonToMessage(sink, json)).toThrow(`Cannot read JSON as shop.KitchenSink: ${wanted}`);
});

test('deep JSON is refused, not followed until the stack ends', () => {
  const value = messageCodec(files, 'google.protobuf.Value');
  const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown;

  expect(() => jsonToMessage(value, deep)).toThrow('nested deeper than 100');
});
