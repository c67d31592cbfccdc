import { type ByteReader, Malformed, maxDepth, WireType } from './byte-reader.ts';
import type { CodecStyle } from './codec-options.ts';
import { templateOf, zeroOf } from './message-template.ts';
import { is64Bit, scalars } from './scalar.ts';
import type { EnumSchema, FieldSchema, Fields, MessageSchema } from './schema.ts';
import { holdUnknown } from './unknown-fields.ts';

/** Reads fields into a message until the reader's `end`; `group` is the field number of the group being read, 0 for none. */
interface MessageReader {
  create(): Fields;
  merge(from: ByteReader, message: Fields, depth: number, group: number): void;
}

/** False when a field is not encoded as its type is: then nothing was read, and nobody knows it. */
type ReadField = (from: ByteReader, message: Fields, wire: number, depth: number) => boolean;
type ReadValue = (from: ByteReader, depth: number, previous: unknown) => unknown;

const decoders = {
  bigint: new WeakMap<MessageSchema, MessageReader>(),
  string: new WeakMap<MessageSchema, MessageReader>(),
};

/** The decoder of a message type: closures made once per type, no code is generated. */
export function decoderOf(schema: MessageSchema, style: CodecStyle): MessageReader {
  const known = decoders[style.int64];
  let decoder = known.get(schema);
  if (decoder === undefined) known.set(schema, (decoder = messageDecoder(schema, style)));
  return decoder;
}

function messageDecoder(schema: MessageSchema, style: CodecStyle): MessageReader {
  let readers: ReadonlyMap<number, ReadField> | undefined;
  // Most messages number their fields from 1 without large gaps.
  const low: (ReadField | undefined)[] = [];
  let template: Fields = {};
  let lists: string[] = [];
  let maps: string[] = [];
  const compile = () => {
    template = templateOf(schema, style);
    lists = schema.fields.filter(({ list }) => list).map(({ localName }) => localName);
    maps = schema.fields.filter(({ map }) => map !== undefined).map(({ localName }) => localName);
    readers = new Map(schema.fields.map((field) => [field.number, fieldReader(field, style)]));
    for (let number = 0; number < 64; number++) low.push(readers.get(number));
  };
  return {
    create() {
      if (readers === undefined) compile();
      const message = { ...template };
      for (let i = 0; i < lists.length; i++) message[lists[i]!] = [];
      for (let i = 0; i < maps.length; i++) message[maps[i]!] = {};
      return message;
    },
    merge(from, message, depth, group) {
      if (depth > maxDepth) throw new Malformed(`it is nested deeper than ${maxDepth}`);
      // Where fields begin that nobody knows.
      let unknown = -1;
      while (from.at < from.end) {
        const start = from.at;
        const tag = from.tag();
        const number = tag >>> 3;
        const read = number < 64 ? low[number] : readers!.get(number);
        const wire = tag & 7;
        if (wire === WireType.endGroup) {
          if (number !== group) throw new Malformed('a group ends that did not start');
          if (unknown >= 0) holdUnknown(message, schema, from, unknown, start);
          return;
        }
        if (read === undefined || !read(from, message, wire, depth)) {
          from.skip(tag, depth);
          if (unknown < 0) unknown = start;
        } else if (unknown >= 0) {
          holdUnknown(message, schema, from, unknown, start);
          unknown = -1;
        }
      }
      if (group !== 0) throw new Malformed('a group does not end');
      if (unknown >= 0) holdUnknown(message, schema, from, unknown, from.at);
    },
  };
}

function fieldReader(field: FieldSchema, style: CodecStyle): ReadField {
  if (field.map !== undefined) return mapReader(field, field.map, style);
  const wire = wireOf(field);
  const read = valueReader(field, style);
  if (field.list) return listReader(field, wire, read);
  const name = field.localName;
  if (field.oneof !== undefined) return oneofReader(field, wire, read);
  if (field.type !== 'message') {
    return (from, message, got, depth) => {
      if (got !== wire) return false;
      message[name] = read(from, depth, undefined);
      return true;
    };
  }
  return (from, message, got, depth) => {
    if (got !== wire) return false;
    // Two occurrences of one message are merged.
    message[name] = read(from, depth, Object.hasOwn(message, name) ? message[name] : undefined);
    return true;
  };
}

function wireOf(field: FieldSchema): number {
  if (field.type === 'message') return field.group ? WireType.startGroup : WireType.delimited;
  return field.type === 'enum' ? WireType.varint : scalars[field.type].wire;
}

function valueReader(field: FieldSchema, style: CodecStyle): ReadValue {
  if (field.type === 'message') return messageReader(field, style);
  if (field.type === 'enum') return enumReader(field.enum!);
  const scalar = scalars[field.type];
  if (is64Bit(field.type) && style.int64 === 'string') return (from) => String(scalar.read(from));
  return scalar.read as ReadValue;
}

/** Numbers that this side does not know stay numbers. */
function enumReader({ names }: EnumSchema): ReadValue {
  return (from) => {
    const number = from.uint32() | 0;
    return names.get(number) ?? number;
  };
}

function messageReader(field: FieldSchema, style: CodecStyle): ReadValue {
  const decoder = decoderOf(field.message!, style);
  if (field.group) {
    return (from, depth, previous) => {
      const message = (previous as Fields | undefined) ?? decoder.create();
      decoder.merge(from, message, depth + 1, field.number);
      return message;
    };
  }
  return (from, depth, previous) => {
    const message = (previous as Fields | undefined) ?? decoder.create();
    const outer = from.end;
    from.end = from.length() + from.at;
    decoder.merge(from, message, depth + 1, 0);
    from.end = outer;
    return message;
  };
}

function listReader(field: FieldSchema, wire: number, read: ReadValue): ReadField {
  const name = field.localName;
  const mayBePacked = wire !== WireType.delimited && wire !== WireType.startGroup;
  return (from, message, got, depth) => {
    const list = message[name] as unknown[];
    if (got === wire) list.push(read(from, depth, undefined));
    else if (mayBePacked && got === WireType.delimited) {
      const outer = from.end;
      from.end = from.length() + from.at;
      while (from.at < from.end) list.push(read(from, depth, undefined));
      from.end = outer;
    } else return false;
    return true;
  };
}

function oneofReader(field: FieldSchema, wire: number, read: ReadValue): ReadField {
  const { localName } = field;
  const name = field.oneof!.localName;
  return (from, message, got, depth) => {
    if (got !== wire) return false;
    const current = Object.hasOwn(message, name) ? (message[name] as { case: string; value: unknown }) : undefined;
    const previous = field.type === 'message' && current?.case === localName ? current.value : undefined;
    message[name] = { case: localName, value: read(from, depth, previous) };
    return true;
  };
}

function mapReader(
  field: FieldSchema,
  { key, value }: { key: FieldSchema; value: FieldSchema },
  style: CodecStyle,
): ReadField {
  const name = field.localName;
  const readKey = valueReader(key, style);
  const readValue = valueReader(value, style);
  const keyWire = wireOf(key);
  const valueWire = wireOf(value);
  const keyZero = zeroOf(key, style);
  // An entry without a value is legal and has the default one, an empty message included.
  const absent =
    value.type === 'message' ? () => decoderOf(value.message!, style).create() : () => zeroOf(value, style);
  return (from, message, got, depth) => {
    if (got !== WireType.delimited) return false;
    const outer = from.end;
    from.end = from.length() + from.at;
    let entryKey = keyZero;
    let entryValue: unknown;
    while (from.at < from.end) {
      const tag = from.tag();
      if (tag === ((1 << 3) | keyWire)) entryKey = readKey(from, depth, undefined);
      else if (tag === ((2 << 3) | valueWire)) entryValue = readValue(from, depth, entryValue);
      else from.skip(tag, depth);
    }
    from.end = outer;
    setEntry(message[name] as Fields, String(entryKey), entryValue === undefined ? absent() : entryValue);
    return true;
  };
}

/** `__proto__` becomes an ordinary key. */
function setEntry(entries: Fields, key: string, value: unknown): void {
  if (key !== '__proto__') entries[key] = value;
  else Object.defineProperty(entries, key, { value, enumerable: true, writable: true, configurable: true });
}
