import type { DescriptorIndex } from '../descriptor-index.ts';
import { lookup } from '../lookup.ts';
import type { MessageType } from '../message-type.ts';
import { is64Bit, scalars } from '../scalar.ts';
import type { FieldSchema, Fields, MessageSchema } from '../schema.ts';
import type { Json } from './json.ts';
import { wellKnownToJson } from './well-known-to-json.ts';

export interface ToJsonOptions {
  /** Where messages inside `google.protobuf.Any` are looked up; those it does not know stay `{ "@type", "value": base64 }`. */
  index?: DescriptorIndex;
  /** Whether fields that have their default are written too; off, as protobuf's JSON mapping has it. */
  defaults?: boolean;
}

/** A decoded message in the JSON mapping of protobuf: 64-bit integers as text, bytes as base64, timestamps as RFC 3339. */
export function messageToJson<T>(type: MessageType<T>, message: T, options: ToJsonOptions = {}): Json {
  return new Printer(options).message(type.schema, message as Fields);
}

/** Prints messages; what well-known types need of it is this class. */
export class Printer {
  readonly index: DescriptorIndex | undefined;
  readonly #defaults: boolean;

  constructor({ index, defaults = false }: ToJsonOptions) {
    this.index = index;
    this.#defaults = defaults;
  }

  message(schema: MessageSchema, message: Fields): Json {
    const special = lookup(wellKnownToJson, schema.name);
    return special === undefined ? this.fields(schema, message) : special(this, message);
  }

  fields(schema: MessageSchema, message: Fields): { [key: string]: Json } {
    const entries = schema.fields.flatMap((field): [string, Json][] => {
      const value = presentValue(field, message);
      if (value === undefined || (!this.#defaults && isDefault(field, value))) return [];
      return [[field.jsonName, this.#field(field, value)]];
    });
    // fromEntries makes own properties of any name, `__proto__` included.
    return Object.fromEntries(entries);
  }

  #field(field: FieldSchema, value: unknown): Json {
    if (field.list) return (value as unknown[]).map((item) => this.#single(field, item));
    if (field.map === undefined) return this.#single(field, value);
    const { value: content } = field.map;
    return Object.fromEntries(Object.entries(value as Fields).map(([key, item]) => [key, this.#single(content, item)]));
  }

  #single(field: FieldSchema, value: unknown): Json {
    if (field.type === 'message') return this.message(field.message!, value as Fields);
    if (field.type === 'enum') return enumToJson(field, value);
    if (is64Bit(field.type)) return String(value);
    if (field.type === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : (value as Json);
  }
}

function enumToJson(field: FieldSchema, value: unknown): Json {
  if (field.enum!.name === 'google.protobuf.NullValue') return null;
  return typeof value === 'number' ? (field.enum!.names.get(value) ?? value) : (value as string);
}

function presentValue(field: FieldSchema, message: Fields): unknown {
  if (field.oneof === undefined) return Object.hasOwn(message, field.localName) ? message[field.localName] : undefined;
  const choice = message[field.oneof.localName] as { case?: string; value?: unknown } | undefined;
  return choice?.case === field.localName ? choice.value : undefined;
}

function isDefault(field: FieldSchema, value: unknown): boolean {
  if (field.list) return (value as unknown[]).length === 0;
  if (field.map !== undefined) return Object.keys(value as Fields).length === 0;
  if (field.presence !== 'implicit' || field.type === 'message') return false;
  if (field.type === 'enum') return value === 0 || field.enum!.numbers.get(String(value)) === 0;
  if (is64Bit(field.type)) return BigInt(value as bigint | string) === 0n;
  return (scalars[field.type].isZero as (checked: unknown) => boolean)(value);
}
