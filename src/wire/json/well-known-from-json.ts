import { maxDepth } from '../byte-reader.ts';
import { lookup } from '../lookup.ts';
import { typeOf } from '../message-type.ts';
import { Refusal, refusal } from '../refusal.ts';
import type { ScalarType } from '../scalar.ts';
import { parseDuration, parseTimestamp } from './instant.ts';
import { isObject } from './json.ts';
import type { JsonReader } from './json-to-message.ts';
import { scalarFromJson, within } from './scalar-from-json.ts';

type FromJson = (reader: JsonReader, json: unknown, depth: number) => unknown;

const wrapped: Readonly<Record<string, ScalarType>> = {
  Double: 'double',
  Float: 'float',
  Int64: 'int64',
  UInt64: 'uint64',
  Int32: 'int32',
  UInt32: 'uint32',
  Bool: 'bool',
  String: 'string',
  Bytes: 'bytes',
};

/** The types whose JSON is not that of their fields. */
export const wellKnownFromJson: Readonly<Record<string, FromJson>> = {
  'google.protobuf.Timestamp': ({ style }, json) => instant(parseTimestamp(json), style.int64),
  'google.protobuf.Duration': ({ style }, json) => instant(parseDuration(json), style.int64),
  'google.protobuf.FieldMask': (_, json) => ({ paths: pathsOf(json) }),
  'google.protobuf.Value': (_, json, depth) => valueFrom(json, depth),
  'google.protobuf.Struct': (_, json, depth) => structFrom(json, depth),
  'google.protobuf.ListValue': (_, json, depth) => listFrom(json, depth),
  'google.protobuf.Any': anyFrom,
  ...Object.fromEntries(
    Object.entries(wrapped).map(([name, type]): [string, FromJson] => [
      `google.protobuf.${name}Value`,
      ({ style }, json) => ({ value: scalarFromJson(type, json, style) }),
    ]),
  ),
};

function instant({ seconds, nanos }: { seconds: bigint; nanos: number }, int64: 'bigint' | 'string'): unknown {
  return { seconds: int64 === 'string' ? String(seconds) : seconds, nanos };
}

function pathsOf(json: unknown): string[] {
  if (typeof json !== 'string') throw new Refusal('paths separated by commas', json);
  return json === ''
    ? []
    : json.split(',').map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

function valueFrom(json: unknown, depth: number): unknown {
  if (depth > maxDepth) throw refusal(`nested deeper than ${maxDepth} messages`);
  if (json === null) return { kind: { case: 'nullValue', value: 'NULL_VALUE' } };
  if (Array.isArray(json)) return { kind: { case: 'listValue', value: listFrom(json, depth + 1) } };
  const kind = { boolean: 'boolValue', number: 'numberValue', string: 'stringValue' }[typeof json as string];
  return {
    kind:
      kind === undefined ? { case: 'structValue', value: structFrom(json, depth + 1) } : { case: kind, value: json },
  };
}

function structFrom(json: unknown, depth: number): unknown {
  if (!isObject(json)) throw new Refusal('an object', json);
  return {
    fields: Object.fromEntries(
      Object.entries(json).map(([key, item]) => [key, within(key, () => valueFrom(item, depth + 1))]),
    ),
  };
}

function listFrom(json: unknown, depth: number): unknown {
  if (!Array.isArray(json)) throw new Refusal('a list', json);
  return { values: json.map((item, i) => within(`[${i}]`, () => valueFrom(item, depth + 1))) };
}

function anyFrom(reader: JsonReader, json: unknown, depth: number): unknown {
  if (!isObject(json)) throw new Refusal('an object with "@type"', json);
  if (Object.keys(json).length === 0) return {};
  const { '@type': typeUrl, ...rest } = json;
  if (typeof typeUrl !== 'string') throw new Refusal('a string', typeUrl).within('@type');
  const name = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const schema = reader.index?.messages.get(name);
  if (schema === undefined) throw refusal(`names "${name}", which no known file declares`).within('@type');
  const content = lookup(wellKnownFromJson, name) === undefined ? rest : rest.value;
  return { typeUrl, value: typeOf(schema, reader.style).encode(reader.message(schema, content, depth + 1)) };
}
