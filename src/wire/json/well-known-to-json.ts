import { codecStyle } from '../codec-options.ts';
import { localNameOf } from '../descriptor-schema.ts';
import { lookup } from '../lookup.ts';
import { typeOf } from '../message-type.ts';
import type { Fields } from '../schema.ts';
import { durationText, timestampText } from './instant.ts';
import { isObject, type Json } from './json.ts';
import type { Printer } from './message-to-json.ts';

type ToJson = (printer: Printer, message: Fields) => Json;

interface Instant {
  readonly seconds?: bigint | string;
  readonly nanos?: number;
}

interface Choice {
  readonly kind?: { readonly case: string; readonly value: unknown };
}

/** The types whose JSON is not that of their fields. */
export const wellKnownToJson: Readonly<Record<string, ToJson>> = {
  'google.protobuf.Timestamp': (_, message) => timestampText(message as Instant),
  'google.protobuf.Duration': (_, message) => durationText(message as Instant),
  'google.protobuf.FieldMask': (_, { paths }) => ((paths ?? []) as string[]).map(pathToJson).join(','),
  'google.protobuf.Struct': (_, message) => structToJson(message),
  'google.protobuf.ListValue': (_, message) => listToJson(message),
  'google.protobuf.Value': (_, message) => valueToJson(message as Choice),
  'google.protobuf.Any': anyToJson,
  ...Object.fromEntries(
    ['Double', 'Float', 'Int32', 'UInt32', 'Bool', 'String'].map(
      (name) => [`google.protobuf.${name}Value`, plainWrapper] as const,
    ),
  ),
  'google.protobuf.Int64Value': (_, { value }) => String(value ?? 0),
  'google.protobuf.UInt64Value': (_, { value }) => String(value ?? 0),
  'google.protobuf.BytesValue': (_, { value }) => Buffer.from((value ?? []) as Uint8Array).toString('base64'),
};

function plainWrapper(_: Printer, { value }: Fields): Json {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : (value as Json);
}

function structToJson({ fields = {} }: { fields?: unknown }): Json {
  return Object.fromEntries(
    Object.entries(fields as Fields).map(([key, value]) => [key, valueToJson(value as Choice)]),
  );
}

function listToJson({ values = [] }: { values?: unknown }): Json {
  return (values as Choice[]).map(valueToJson);
}

function valueToJson({ kind }: Choice): Json {
  if (kind === undefined) return null;
  switch (kind.case) {
    case 'structValue':
      return structToJson(kind.value as Fields);
    case 'listValue':
      return listToJson(kind.value as Fields);
    case 'numberValue':
      return Number.isFinite(kind.value) ? (kind.value as number) : String(kind.value);
    case 'nullValue':
      return null;
    default:
      return kind.value as Json;
  }
}

function anyToJson(printer: Printer, message: Fields): Json {
  const { typeUrl = '', value = new Uint8Array() } = message as { typeUrl?: string; value?: Uint8Array };
  if (typeUrl === '' && value.length === 0) return {};
  const schema = printer.index?.messages.get(typeUrl.slice(typeUrl.lastIndexOf('/') + 1));
  if (schema === undefined) return { '@type': typeUrl, value: Buffer.from(value).toString('base64') };
  const json = printer.message(schema, typeOf(schema, codecStyle()).decode(value) as Fields);
  return lookup(wellKnownToJson, schema.name) === undefined && isObject(json)
    ? { '@type': typeUrl, ...json }
    : { '@type': typeUrl, value: json };
}

function pathToJson(path: string): string {
  return path.split('.').map(localNameOf).join('.');
}
