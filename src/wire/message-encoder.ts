import { didYouMean } from '../core/suggest.ts';
import { maxDepth, WireType } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { mapKeys } from './map-keys.ts';
import { readerOf } from './own-field.ts';
import { plainField, tagOf } from './plain-field.ts';
import { Refusal, refusal, shown } from './refusal.ts';
import { refuseForeign, refuseUnknown } from './refuse-fields.ts';
import type { FieldSchema, Fields, MessageSchema, OneofSchema } from './schema.ts';
import { type Holder, unknownFields } from './unknown-fields.ts';

/** Writes a message without its length; throws a `Refusal` with the field path when a value does not fit. */
export type EncodeMessage = (out: ByteWriter, message: unknown, depth: number) => void;

type WriteField = (out: ByteWriter, message: Fields, depth: number) => void;

/** Writes one present value, tag included. */
type WriteValue = (out: ByteWriter, value: unknown, depth: number) => void;

const encoders = new WeakMap<MessageSchema, EncodeMessage>();

/** The encoder of a message type: closures made once per type, no code is generated. */
export function encoderOf(schema: MessageSchema): EncodeMessage {
  let encode = encoders.get(schema);
  if (encode === undefined) encoders.set(schema, (encode = messageEncoder(schema)));
  return encode;
}

function messageEncoder(schema: MessageSchema): EncodeMessage {
  let names: string[] | undefined;
  let writers: WriteField[] = [];
  let known = new Set<string>();
  const compile = () => {
    const slots = slotsOf(schema);
    names = slots.map((slot) => slot.localName);
    writers = slots.map((slot) => ('fields' in slot ? oneofWriter(slot) : fieldWriter(slot)));
    known = new Set(names);
  };
  return (out, message, depth) => {
    if (names === undefined) compile();
    if (typeof message !== 'object' || message === null || Array.isArray(message))
      throw new Refusal(`a ${schema.name}`, message);
    if (depth > maxDepth) throw refusal(`nested deeper than ${maxDepth} messages`);
    let i = 0;
    try {
      for (; i < writers.length; i++) writers[i]!(out, message as Fields, depth);
    } catch (error) {
      throw error instanceof Refusal ? error.within(names![i]!) : error;
    }
    const unknown = (message as Holder)[unknownFields];
    if (unknown !== undefined && out.keepsUnknown) unknown.write(out, schema, message as Fields);
    let keys = 0;
    for (const key in message) {
      keys++;
      if (!known.has(key)) refuseUnknown(schema, message as Fields, key, known);
    }
    if (keys === 0) refuseForeign(schema.name, message, known);
  };
}

function slotsOf(schema: MessageSchema): (FieldSchema | OneofSchema)[] {
  const sorted = [...schema.fields].sort((a, b) => a.number - b.number);
  return [...new Set(sorted.map((field) => field.oneof ?? field))];
}

function fieldWriter(field: FieldSchema): WriteField {
  const name = field.localName;
  const read = readerOf(name);
  if (field.map !== undefined) return mapWriter(field, field.map);
  if (field.list) return listWriter(field);
  if (field.presence === 'implicit' && field.type !== 'message') return implicitWriter(field);
  const write = valueWriter(field);
  const required = field.presence === 'required';
  return (out, message, depth) => {
    const value = read === undefined ? message[name] : read(message);
    if (value !== undefined) write(out, value, depth);
    else if (required) throw refusal('is required');
  };
}

function implicitWriter(field: FieldSchema): WriteField {
  const name = field.localName;
  const own = readerOf(name);
  const { check, isZero, write, tag } = plainField(field);
  return (out, message) => {
    const value = own === undefined ? message[name] : own(message);
    if (value === undefined) return;
    const checked = check(value);
    if (isZero(checked)) return;
    out.uint32(tag);
    write(out, checked);
  };
}

function valueWriter(field: FieldSchema): WriteValue {
  if (field.type === 'message') return field.group ? groupWriter(field) : messageWriter(field);
  const { check, write, tag } = plainField(field);
  return (out, value) => {
    const checked = check(value);
    out.uint32(tag);
    write(out, checked);
  };
}

function messageWriter(field: FieldSchema): WriteValue {
  const tag = tagOf(field.number, WireType.delimited);
  const encode = encoderOf(field.message!);
  return (out, value, depth) => {
    out.uint32(tag);
    const start = out.open();
    encode(out, value, depth + 1);
    out.close(start);
  };
}

function groupWriter(field: FieldSchema): WriteValue {
  const encode = encoderOf(field.message!);
  const startTag = tagOf(field.number, WireType.startGroup);
  const endTag = tagOf(field.number, WireType.endGroup);
  return (out, value, depth) => {
    out.uint32(startTag);
    encode(out, value, depth + 1);
    out.uint32(endTag);
  };
}

function listWriter(field: FieldSchema): WriteField {
  const name = field.localName;
  const own = readerOf(name);
  const write = field.packed ? packedWriter(field) : elementsWriter(valueWriter(field));
  return (out, message, depth) => {
    const value = own === undefined ? message[name] : own(message);
    if (value === undefined) return;
    if (!Array.isArray(value)) throw new Refusal('an array', value);
    if (value.length > 0) write(out, value, depth);
  };
}

function elementsWriter(write: WriteValue): (out: ByteWriter, list: readonly unknown[], depth: number) => void {
  return (out, list, depth) => {
    let i = 0;
    try {
      for (; i < list.length; i++) write(out, list[i], depth);
    } catch (error) {
      throw error instanceof Refusal ? error.within(`[${i}]`) : error;
    }
  };
}

function packedWriter(field: FieldSchema): (out: ByteWriter, list: readonly unknown[]) => void {
  const { check, write } = plainField(field);
  const tag = tagOf(field.number, WireType.delimited);
  const elements = elementsWriter((out, value) => write(out, check(value)));
  return (out, list) => {
    out.uint32(tag);
    const start = out.open();
    elements(out, list, 0);
    out.close(start);
  };
}

function mapWriter(field: FieldSchema, map: { key: FieldSchema; value: FieldSchema }): WriteField {
  const name = field.localName;
  const own = readerOf(name);
  const tag = tagOf(field.number, WireType.delimited);
  const writeKey = valueWriter(map.key);
  const writeValue = valueWriter(map.value);
  const keyOf = mapKeys[map.key.type] ?? Number;
  return (out, message, depth) => {
    const entries = own === undefined ? message[name] : own(message);
    if (entries === undefined) return;
    if (typeof entries !== 'object' || entries === null || Array.isArray(entries))
      throw new Refusal('an object', entries);
    const keys = Object.keys(entries);
    if (keys.length === 0) refuseForeign('plain object', entries);
    for (const key of keys) {
      out.uint32(tag);
      const start = out.open();
      try {
        writeKey(out, keyOf(key), depth);
        writeValue(out, (entries as Fields)[key], depth);
      } catch (error) {
        throw error instanceof Refusal ? error.within(`[${JSON.stringify(key)}]`) : error;
      }
      out.close(start);
    }
  };
}

function oneofWriter(oneof: OneofSchema): WriteField {
  const name = oneof.localName;
  const own = readerOf(name);
  const members = new Map(oneof.fields.map((field) => [field.localName, valueWriter(field)]));
  return (out, message, depth) => {
    const choice = own === undefined ? message[name] : own(message);
    if (choice === undefined) return;
    if (typeof choice !== 'object' || choice === null || Array.isArray(choice))
      throw new Refusal('{ case, value }', choice);
    const { case: chosen, value } = choice as { case?: unknown; value?: unknown };
    for (const key in choice) {
      if (key !== 'case' && key !== 'value') throw refusal(`wanted { case, value }, got another property "${key}"`);
    }
    if (chosen === undefined && value === undefined) return;
    const write = typeof chosen === 'string' ? members.get(chosen) : undefined;
    if (write === undefined) {
      const hint = typeof chosen === 'string' ? didYouMean(chosen, members.keys()) : '';
      throw refusal(
        `wanted case to be ${[...members.keys()].map((key) => `"${key}"`).join(' or ')}, got ${shown(chosen)}${hint}`,
      );
    }
    try {
      write(out, value, depth);
    } catch (error) {
      throw error instanceof Refusal ? error.within(chosen as string) : error;
    }
  };
}
