import type { ScalarType } from './scalar.ts';
import type { EnumSchema, FieldSchema, MessageSchema } from './schema.ts';

/** What a type becomes without losing a value, over the same bytes. */
const wider: { readonly [T in ScalarType]?: readonly ScalarType[] } = {
  int32: ['int64'],
  uint32: ['uint64', 'int64'],
  sint32: ['sint64'],
  string: ['bytes'],
};

/** A field, and the message that declares it. */
export interface FieldIn {
  readonly field: FieldSchema;
  readonly message: MessageSchema;
}

/**
 * Why what one field holds cannot be read as another: undefined when each value arrives as itself, an empty text when their declarations tell enough.
 * What stands in a message field is not looked at.
 */
export function fieldDifference(from: FieldIn, to: FieldIn): string | undefined {
  const { field } = from;
  const other = to.field;
  if (field.name !== other.name) return '';
  if (field.list !== other.list || (field.map === undefined) !== (other.map === undefined)) return '';
  if (field.map !== undefined && other.map !== undefined) {
    return valueDifference(field.map.key, other.map.key) ?? valueDifference(field.map.value, other.map.value);
  }
  return valueDifference(field, other) ?? (field.list ? undefined : presenceDifference(from, to));
}

function valueDifference(from: FieldSchema, to: FieldSchema): string | undefined {
  if (from.group !== to.group) return 'one is written as a group';
  if (from.enum !== undefined && to.enum !== undefined) return enumDifference(from.enum, to.enum);
  if (from.enum !== undefined) return to.type === 'int32' || to.type === 'int64' ? undefined : '';
  if (to.enum !== undefined) return from.type === 'int32' && !to.enum.closed ? undefined : '';
  if (from.type === to.type) return undefined;
  if (from.type === 'message' || to.type === 'message') return '';
  return wider[from.type as ScalarType]?.includes(to.type as ScalarType) ? undefined : '';
}

/** One number must not mean two things, nor one name two numbers; a closed enum must know each number that may come. */
function enumDifference(from: EnumSchema, to: EnumSchema): string | undefined {
  if (from === to) return undefined;
  if (to.closed && !from.closed) return `${to.name} is closed, and ${from.name} may hold any number`;
  let shared: ReadonlySet<number> | undefined;
  for (const [name, number] of from.numbers) {
    const other = to.numbers.get(name);
    if (other !== undefined && other !== number) return `${name} is ${number} in one and ${other} in the other`;
    const known = to.names.get(number);
    if (known === undefined) {
      if (to.closed) return `${to.name} is closed and has no ${name}`;
    } else if (other === undefined && !(shared ??= sharedNumbers(from, to)).has(number)) {
      return `${number} is ${name} in one and ${known} in the other`;
    }
  }
  return undefined;
}

/** Numbers that a name stands for in both. Of aliases one in common is enough. */
function sharedNumbers(from: EnumSchema, to: EnumSchema): ReadonlySet<number> {
  const shared = new Set<number>();
  for (const [name, number] of from.numbers) if (to.numbers.get(name) === number) shared.add(number);
  return shared;
}

function presenceDifference(from: FieldIn, to: FieldIn): string | undefined {
  const given = from.field.presence;
  const taken = to.field.presence;
  if (given === 'required') return undefined;
  if (taken === 'required') return 'it may be left out';
  if (from.field.type === 'message') return undefined;
  if (taken === 'implicit') return given === 'implicit' ? undefined : 'left out and zero would be one';
  const meant = given === 'implicit' ? zeroOf(from.field) : defaultOf(from);
  const read = defaultOf(to);
  return meant === read ? undefined : `left out it is ${shown(meant)} in one and ${shown(read)} in the other`;
}

/** What an absent field stands for, as its descriptor says it. */
function defaultOf({ field, message }: FieldIn): string {
  const written = defaultsOf(message).get(field.number);
  // Bytes are escaped there and text is not.
  if (field.type === 'bytes' && written) return `bytes ${written}`;
  if (field.enum === undefined) return written ?? zeroOf(field);
  const { value } = field.enum.descriptor;
  return String((written === undefined ? value[0]?.number : field.enum.numbers.get(written)) ?? 0);
}

const defaults = new WeakMap<MessageSchema, ReadonlyMap<number, string | undefined>>();

/** As a message declares them, by the numbers of its fields. */
function defaultsOf(message: MessageSchema): ReadonlyMap<number, string | undefined> {
  let declared = defaults.get(message);
  if (declared === undefined) {
    declared = new Map(message.descriptor.field.map(({ number, defaultValue }) => [number, defaultValue]));
    defaults.set(message, declared);
  }
  return declared;
}

function zeroOf({ type }: FieldSchema): string {
  if (type === 'bool') return 'false';
  return type === 'string' || type === 'bytes' ? '' : '0';
}

function shown(value: string): string {
  return value === '' ? 'empty' : value;
}
