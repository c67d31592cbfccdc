import { type FieldDescriptor, fieldTypes, Label, type MessageDescriptor } from './descriptor.ts';
import { readOptions } from './descriptor-file.ts';
import { localNameOf } from './descriptor-schema.ts';
import { type Features, inherit } from './features.ts';
import { mapKeys } from './map-keys.ts';
import type { ScalarType } from './scalar.ts';
import { type EnumSchema, type FieldSchema, MessageSchema, type OneofSchema } from './schema.ts';

/** Finds a type by the name that a descriptor in `scope` gives it. */
export type Find = (name: string, scope: string) => MessageSchema | EnumSchema | undefined;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The fields of a message with types, presence and encoding resolved. */
export function fieldsOf(
  message: string,
  descriptor: MessageDescriptor,
  features: Features,
  find: Find,
): FieldSchema[] {
  const taken = new Set<string>();
  const oneofs = descriptor.oneofDecl.map(
    ({ name }): OneofSchema => ({ name, localName: localNameOf(name), fields: [] }),
  );
  return descriptor.field.map((field) => {
    const linked = linkField(message, field, inherit(features, 'FieldOptions', field.options), find);
    const oneof = field.proto3Optional || field.oneofIndex === undefined ? undefined : oneofs[field.oneofIndex];
    // Two names may differ in underscores only; the later one then is told apart, and never by `__proto__`.
    if (oneof === undefined && taken.has(linked.localName)) linked.localName = `_${field.name}`;
    if (oneof !== undefined) {
      linked.oneof = oneof;
      linked.presence = 'explicit';
      oneof.fields.push(linked);
    }
    taken.add(linked.localName);
    return linked;
  });
}

/** One field, which may be an extension. */
export function linkField(
  message: string,
  field: FieldDescriptor,
  features: Features,
  find: Find,
): Mutable<FieldSchema> {
  const localName = localNameOf(field.name);
  const { type, ...target } = typeOfField(message, field, find);
  const repeated = field.label === Label.repeated;
  const map = repeated ? mapOf(target.message) : undefined;
  return {
    name: field.name,
    localName,
    jsonName: field.jsonName || localName,
    number: field.number,
    type,
    ...target,
    list: repeated && map === undefined,
    packed: repeated && isPackable(type) && isPacked(field, features),
    ...(map === undefined ? {} : { map }),
    presence: presenceOf(field, type, features),
    group: fieldTypes[field.type ?? 0] === 'group' || (type === 'message' && features.group && map === undefined),
  };
}

function typeOfField(
  message: string,
  field: FieldDescriptor,
  find: Find,
): Pick<FieldSchema, 'type' | 'message' | 'enum'> {
  const name = fieldTypes[field.type ?? 0];
  if (name !== undefined && name !== '' && name !== 'group' && name !== 'message' && name !== 'enum')
    return { type: name };
  const found = find(field.typeName ?? '', message);
  if (found === undefined) {
    const wanted = field.typeName?.replace(/^\./, '') ?? '';
    throw new Error(
      `Cannot use message ${message}: its field "${field.name}" has type "${wanted}", which no known file declares`,
    );
  }
  return found instanceof MessageSchema ? { type: 'message', message: found } : { type: 'enum', enum: found };
}

function mapOf(entry: MessageSchema | undefined): FieldSchema['map'] {
  if (entry === undefined || readOptions('MessageOptions', entry.descriptor.options).mapEntry !== true)
    return undefined;
  // Entries that repeat themselves would be linked for ever.
  const repeated = entry.descriptor.field.find((field) => field.label === Label.repeated);
  if (repeated !== undefined)
    throw new Error(
      `Cannot use map entry ${entry.name}: its field "${repeated.name}" is repeated, wanted a single one`,
    );
  const key = entry.fields.find((field) => field.number === 1);
  const value = entry.fields.find((field) => field.number === 2);
  if (key !== undefined && mapKeys[key.type] === undefined)
    throw new Error(
      `Cannot use map entry ${entry.name}: its key is of type ${key.type}, wanted string, bool or an integer`,
    );
  // Keys and values of entries are always written.
  return key && value && { key, value };
}

function isPackable(type: ScalarType | 'enum' | 'message'): boolean {
  return type !== 'string' && type !== 'bytes' && type !== 'message';
}

function isPacked(field: FieldDescriptor, features: Features): boolean {
  const { packed } = readOptions('FieldOptions', field.options);
  return typeof packed === 'boolean' ? packed : features.packed;
}

function presenceOf(field: FieldDescriptor, type: FieldSchema['type'], features: Features): FieldSchema['presence'] {
  if (field.label === Label.required) return 'required';
  if (field.proto3Optional || type === 'message') return features.presence === 'required' ? 'required' : 'explicit';
  return features.presence;
}
