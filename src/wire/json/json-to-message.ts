import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { didYouMean } from '../../core/suggest.ts';
import { maxDepth } from '../byte-reader.ts';
import type { CodecStyle } from '../codec-options.ts';
import type { DescriptorIndex } from '../descriptor-index.ts';
import { lookup } from '../lookup.ts';
import type { MessageType } from '../message-type.ts';
import { Refusal, refusal, shown } from '../refusal.ts';
import { scalars } from '../scalar.ts';
import type { FieldSchema, Fields, MessageSchema } from '../schema.ts';
import { isObject } from './json.ts';
import { scalarFromJson, within } from './scalar-from-json.ts';
import { wellKnownFromJson } from './well-known-from-json.ts';

export interface FromJsonOptions {
  /** Where messages inside `google.protobuf.Any` are looked up. */
  index?: DescriptorIndex;
}

/**
 * A message out of protobuf's JSON mapping, ready for `type.encode`. Field names may be in camelCase or as in the proto file.
 * Throws INVALID_ARGUMENT with the path of what does not fit.
 */
export function jsonToMessage<T>(type: MessageType<T>, json: unknown, { index }: FromJsonOptions = {}): T {
  try {
    return new JsonReader(type.style, index).message(type.schema, json, 0) as T;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const where = error.path === '' ? '' : `"${error.path}" `;
    throw new StatusError(Code.INVALID_ARGUMENT, `Cannot read JSON as ${type.typeName}: ${where}${error.message}`);
  }
}

/** Reads messages; what well-known types need of it is this class. */
export class JsonReader {
  readonly style: CodecStyle;
  readonly index: DescriptorIndex | undefined;

  constructor(style: CodecStyle, index: DescriptorIndex | undefined) {
    this.style = style;
    this.index = index;
  }

  message(schema: MessageSchema, json: unknown, depth: number): unknown {
    if (depth > maxDepth) throw refusal(`nested deeper than ${maxDepth} messages`);
    const special = lookup(wellKnownFromJson, schema.name);
    return special === undefined ? this.fields(schema, json, depth) : special(this, json, depth);
  }

  fields(schema: MessageSchema, json: unknown, depth: number): Fields {
    if (!isObject(json)) throw new Refusal(`an object for ${schema.name}`, json);
    const message: Fields = {};
    for (const [key, value] of Object.entries(json)) {
      const field = schema.fields.find(({ jsonName, name }) => jsonName === key || name === key);
      if (field === undefined) {
        const hint = didYouMean(
          key,
          schema.fields.map(({ jsonName }) => jsonName),
        );
        throw refusal(`is not a field of ${schema.name}${hint}`).within(key);
      }
      if (value === null && !keepsNull(field)) continue;
      this.#put(
        message,
        field,
        within(key, () => this.#field(field, value, depth)),
        key,
      );
    }
    return message;
  }

  #put(message: Fields, field: FieldSchema, value: unknown, key: string): void {
    const name = field.oneof?.localName ?? field.localName;
    if (Object.hasOwn(message, name)) {
      throw refusal(
        field.oneof === undefined ? 'is given twice' : `is given beside another member of oneof "${name}"`,
      ).within(key);
    }
    message[name] = field.oneof === undefined ? value : { case: field.localName, value };
  }

  #field(field: FieldSchema, json: unknown, depth: number): unknown {
    if (field.list) {
      if (!Array.isArray(json)) throw new Refusal('a list', json);
      return json.map((item, i) => within(`[${i}]`, () => this.#single(field, item, depth)));
    }
    if (field.map === undefined) return this.#single(field, json, depth);
    const { value } = field.map;
    if (!isObject(json)) throw new Refusal('an object', json);
    return Object.fromEntries(
      Object.entries(json).map(([key, item]) => [
        key,
        within(`[${JSON.stringify(key)}]`, () => this.#single(value, item, depth)),
      ]),
    );
  }

  #single(field: FieldSchema, json: unknown, depth: number): unknown {
    if (field.type === 'message') return this.message(field.message!, json, depth + 1);
    return field.type === 'enum' ? enumFromJson(field, json) : scalarFromJson(field.type, json, this.style);
  }
}

/** Types for which null is a value. */
function keepsNull({ message, enum: values }: FieldSchema): boolean {
  return message?.name === 'google.protobuf.Value' || values?.name === 'google.protobuf.NullValue';
}

function enumFromJson(field: FieldSchema, json: unknown): unknown {
  const { name, numbers } = field.enum!;
  if (json === null && name === 'google.protobuf.NullValue') return 'NULL_VALUE';
  if (typeof json === 'number') return scalars.int32.check(json);
  if (typeof json === 'string' && numbers.has(json)) return json;
  const hint = typeof json === 'string' ? didYouMean(json, numbers.keys()) : '';
  throw refusal(`wanted a value of ${name}, got ${shown(json)}${hint}`);
}
