import type { EnumSchema, FieldSchema, MessageSchema } from '../../src/wire/index.ts';

type Fields = Record<string, unknown>;

/**
 * Whether what a reader sees in a message is what its sender put there. Goes by the names of fields and by values alone, so it says nothing of how
 * the two types are declared beyond what a reader can see. Readers that follow proto2 are assumed to.
 */
export function sameMeaning(from: MessageSchema, to: MessageSchema, sent: Fields, read: Fields): boolean {
  const others = new Map(to.fields.map((field) => [field.name, field]));
  for (const field of from.fields) {
    const other = others.get(field.name);
    others.delete(field.name);
    const value = held(field, sent);
    if (other === undefined) {
      if (holdsSomething(field, value)) return false;
    } else if (!sameField({ field, value, schema: from }, { field: other, value: held(other, read), schema: to }))
      return false;
  }
  // What the sender does not know must not be there.
  for (const field of others.values()) {
    if (field.presence === 'required' && !isMany(field)) return false;
    if (holdsSomething(field, held(field, read))) return false;
  }
  return true;
}

interface Seen {
  readonly field: FieldSchema;
  readonly value: unknown;
  readonly schema: MessageSchema;
}

function sameField(from: Seen, to: Seen): boolean {
  if (isMany(from.field) || isMany(to.field)) return sameMany(from, to);
  const { field, value } = from;
  const { presence } = field;
  if (presence === 'implicit') {
    const effective = value ?? zero(field);
    if (isZero(effective, field)) return to.field.presence !== 'required' && isZero(to.value ?? absent(to), to.field);
    return to.value !== undefined && sameValue(field, to.field, effective, to.value);
  }
  if (value !== undefined) return to.value !== undefined && sameValue(field, to.field, value, to.value);
  if (to.field.presence !== 'explicit' || to.value !== undefined) return false;
  return from.field.message !== undefined || sameAbsence(from, to);
}

function sameMany({ field, value }: Seen, { field: other, value: read }: Seen): boolean {
  if (isMany(field) !== isMany(other) || field.list !== other.list)
    return !holdsSomething(field, value) && !holdsSomething(other, read);
  if (field.list) {
    const all = (value ?? []) as unknown[];
    const got = read as unknown[];
    return all.length === got.length && all.every((item, i) => sameValue(field, other, item, got[i]));
  }
  const all = Object.entries((value ?? {}) as Fields);
  const got = read as Fields;
  const { key, value: content } = field.map!;
  const otherMap = other.map!;
  return (
    all.length === Object.keys(got).length &&
    (all.length === 0 || (key.type === 'bool') === (otherMap.key.type === 'bool')) &&
    (all.length === 0 || (key.type === 'string') === (otherMap.key.type === 'string')) &&
    all.every(([name, item]) => Object.hasOwn(got, name) && sameValue(content, otherMap.value, item, got[name]))
  );
}

function sameValue(field: FieldSchema, other: FieldSchema, value: unknown, read: unknown): boolean {
  if (field.message !== undefined || other.message !== undefined) {
    if (field.message === undefined || other.message === undefined) return false;
    return sameMeaning(field.message, other.message, value as Fields, read as Fields);
  }
  if (field.enum !== undefined || other.enum !== undefined) return sameEnum(field, other, value, read);
  if (isText(field) || isText(other))
    return isText(field) && isText(other) && Buffer.from(value as string).equals(Buffer.from(read as string));
  if (field.type === 'bool' || other.type === 'bool') return field.type === other.type && value === read;
  if (isFloat(field) || isFloat(other)) return field.type === other.type && Object.is(value, read);
  return BigInt(value as number) === BigInt(read as number);
}

function sameEnum(field: FieldSchema, other: FieldSchema, value: unknown, read: unknown): boolean {
  const sent = numberOf(field.enum, value);
  const got = numberOf(other.enum, read);
  if (typeof sent !== 'bigint' || sent !== got) return false;
  if (other.enum?.closed && !other.enum.names.has(Number(got))) return false;
  if (field.enum === undefined || other.enum === undefined) return true;
  const named = [...field.enum.numbers].flatMap(([name, number]) => (BigInt(number) === sent ? name : []));
  const known = new Map([...other.enum.numbers].map(([name, number]) => [name, number]));
  if (named.some((name) => known.has(name) && BigInt(known.get(name)!) !== sent)) return false;
  const names = [...known].flatMap(([name, number]) => (BigInt(number) === sent ? name : []));
  return named.length === 0 || names.length === 0 || names.some((name) => named.includes(name));
}

function numberOf(values: EnumSchema | undefined, value: unknown): bigint | undefined {
  if (typeof value === 'string') {
    const number = values?.numbers.get(value);
    return number === undefined ? undefined : BigInt(number);
  }
  return typeof value === 'bigint' ? value : Number.isInteger(value) ? BigInt(value as number) : undefined;
}

/** What readers that follow proto2 see where nothing is. */
function sameAbsence(from: Seen, to: Seen): boolean {
  const meant = absent(from);
  const read = absent(to);
  if (isZero(meant, from.field) && isZero(read, to.field)) return true;
  return sameValue(from.field, to.field, meant, read);
}

function absent({ field, schema }: Seen): unknown {
  const text = schema.descriptor.field.find(({ number }) => number === field.number)?.defaultValue;
  if (field.enum !== undefined) return text ?? field.enum.descriptor.value[0]!.name;
  if (text === undefined) return zero(field);
  if (field.type === 'bool') return text === 'true';
  if (field.type === 'bytes') return Buffer.from(text);
  return field.type === 'string' ? text : Number(text);
}

function zero(field: FieldSchema): unknown {
  if (field.enum !== undefined) return 0;
  if (field.type === 'bool') return false;
  return isText(field) ? '' : 0;
}

function isZero(value: unknown, field: FieldSchema): boolean {
  if (field.message !== undefined) return false;
  if (field.enum !== undefined) return numberOf(field.enum, value) === 0n;
  if (isText(field)) return Buffer.from(value as string).length === 0;
  return value === false || Object.is(value, 0) || value === 0n;
}

function holdsSomething(field: FieldSchema, value: unknown): boolean {
  if (value === undefined) return false;
  if (field.list) return (value as unknown[]).length > 0;
  if (field.map !== undefined) return Object.keys(value as Fields).length > 0;
  return field.presence !== 'implicit' || !isZero(value, field);
}

function held(field: FieldSchema, message: Fields): unknown {
  if (field.oneof === undefined) return message[field.localName];
  const choice = message[field.oneof.localName] as { case: string; value: unknown } | undefined;
  return choice?.case === field.localName ? choice.value : undefined;
}

function isMany({ list, map }: FieldSchema): boolean {
  return list || map !== undefined;
}

function isText({ type }: FieldSchema): boolean {
  return type === 'string' || type === 'bytes';
}

function isFloat({ type }: FieldSchema): boolean {
  return type === 'float' || type === 'double';
}
