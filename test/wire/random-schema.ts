import { create, toBinary } from '@bufbuild/protobuf';
import {
  Edition,
  FeatureSet_EnumType,
  FeatureSet_FieldPresence,
  FeatureSet_MessageEncoding,
  FeatureSet_RepeatedFieldEncoding,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import { descriptorIndex, type MessageSchema, protoFile } from '../../src/wire/index.ts';
import type { Dice } from './dice.ts';

export const scalarTypes = [
  ...['int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64', 'fixed32', 'fixed64', 'sfixed32', 'sfixed64'],
  ...['bool', 'float', 'double', 'string', 'bytes'],
] as const;
const keyTypes = ['int32', 'int64', 'uint32', 'uint64', 'sint32', 'bool', 'string'] as const;

/** A field as a person would declare it; `type` is a scalar, `E0` or `M0`. */
export interface FieldModel {
  name: string;
  number: number;
  type: string;
  label: 'implicit' | 'explicit' | 'required' | 'repeated' | 'map';
  key: string;
  oneof: string | undefined;
  packed: boolean;
  group: boolean;
  default: string | undefined;
}

export interface EnumModel {
  closed: boolean;
  values: { name: string; number: number }[];
}

/** Messages `M0`… and enums `E0`…; the first message is the one that travels. */
export interface SchemaModel {
  messages: FieldModel[][];
  enums: EnumModel[];
}

export function randomSchema(dice: Dice): SchemaModel {
  const enums = Array.from({ length: 2 }, () => randomEnum(dice));
  const messages = Array.from({ length: 1 + dice.below(3) }, () => randomMessage(dice));
  const model = { messages, enums };
  for (const fields of messages) for (const field of fields) settle(field, model, messages.indexOf(fields));
  return model;
}

export function randomField(dice: Dice, number: number): FieldModel {
  return {
    name: `f${number}`,
    number,
    type: dice.pick([...scalarTypes, 'E0', 'E1', 'M0', 'M1', 'M2']),
    label: dice.pick(['implicit', 'explicit', 'explicit', 'implicit', 'required', 'repeated', 'map'] as const),
    key: dice.pick(keyTypes),
    oneof: dice.chance(0.25) ? dice.pick(['left', 'right']) : undefined,
    packed: dice.chance(0.7),
    group: dice.chance(0.15),
    default: undefined,
  };
}

/** Changes a field so that it can be declared at all. */
export function settle(field: FieldModel, { messages, enums }: SchemaModel, own: number): void {
  if (field.type.startsWith('M') && Number(field.type.slice(1)) >= messages.length) field.type = 'M0';
  const message = field.type.startsWith('M');
  const values = field.type.startsWith('E') ? enums[Number(field.type.slice(1))] : undefined;
  if (field.label === 'repeated' || field.label === 'map') field.oneof = undefined;
  if (field.oneof !== undefined) field.label = 'explicit';
  if (message && field.label === 'implicit') field.label = 'explicit';
  // A message that must contain itself has no end.
  if (message && field.label === 'required' && Number(field.type.slice(1)) <= own) field.label = 'explicit';
  if (values !== undefined && field.label === 'implicit' && (values.closed || values.values[0]!.number !== 0))
    field.label = 'explicit';
  if (!message || field.label === 'map') field.group = false;
  if (field.label !== 'explicit' || !isDefault(field)) field.default = undefined;
}

function isDefault({ type, default: written = '' }: FieldModel): boolean {
  if (type === 'string') return true;
  return type === 'bool' ? /^(true|false)$/.test(written) : type.endsWith('int32') && /^\d+$/.test(written);
}

function randomMessage(dice: Dice): FieldModel[] {
  return Array.from({ length: 1 + dice.below(4) }, (_, i) => randomField(dice, i + 1));
}

function randomEnum(dice: Dice): EnumModel {
  const closed = dice.chance(0.4);
  const values = Array.from({ length: 1 + dice.below(3) }, (_, i) => ({ name: `V${i}`, number: i }));
  if (closed && dice.chance(0.3)) values.shift();
  if (values.length === 0) values.push({ name: 'V1', number: 1 });
  return { closed, values };
}

/** The first message of a model, in a package of its own. */
export function schemaOf(model: SchemaModel, scope: string): MessageSchema {
  const bytes = toBinary(
    FileDescriptorProtoSchema,
    create(FileDescriptorProtoSchema, {
      name: `${scope}.proto`,
      package: scope,
      syntax: 'editions',
      edition: Edition.EDITION_2023,
      messageType: model.messages.map((fields, index) => messageProto(fields, index, scope)),
      enumType: model.enums.map(({ closed, values }, index) => ({
        name: `E${index}`,
        value: values.map(({ name, number }) => ({ name: `E${index}_${name}`, number })),
        options: { features: { enumType: closed ? FeatureSet_EnumType.CLOSED : FeatureSet_EnumType.OPEN } },
      })),
    }),
  );
  return descriptorIndex([protoFile(bytes)]).messages.get(`${scope}.M0`)!;
}

function messageProto(fields: readonly FieldModel[], index: number, scope: string) {
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
  const full = `.${scope}.M${index}`;
  return {
    name: `M${index}`,
    oneofDecl: oneofs.map((name) => ({ name })),
    nestedType: fields
      .filter(({ label }) => label === 'map')
      .map((field) => ({
        name: entryName(field),
        field: [
          fieldProto({ ...plain, name: 'key', number: 1, type: field.key }, scope, oneofs, full),
          fieldProto({ ...plain, name: 'value', number: 2, type: field.type }, scope, oneofs, full),
        ],
        options: { mapEntry: true },
      })),
    field: fields.map((field) => fieldProto(field, scope, oneofs, full)),
  };
}

const plain = {
  label: 'explicit',
  key: 'string',
  oneof: undefined,
  packed: false,
  group: false,
  default: undefined,
} as const;

function entryName({ name }: FieldModel): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Entry`;
}

function fieldProto(field: FieldModel, scope: string, oneofs: readonly string[], message: string) {
  const { name, number, type, label, oneof, packed, group } = field;
  const many = label === 'repeated' || label === 'map';
  const named = /^[EM]\d$/.test(type) || label === 'map';
  const target = label === 'map' ? `${message}.${entryName(field)}` : `.${scope}.${type}`;
  return {
    name,
    number,
    label: many ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
    type: protoType(label === 'map' ? 'M' : type),
    ...(named && { typeName: target }),
    ...(oneof !== undefined && { oneofIndex: oneofs.indexOf(oneof) }),
    ...(field.default !== undefined && { defaultValue: field.default }),
    options: {
      features: {
        ...(presences[label] !== undefined && oneof === undefined && { fieldPresence: presences[label] }),
        ...(many && {
          repeatedFieldEncoding: packed
            ? FeatureSet_RepeatedFieldEncoding.PACKED
            : FeatureSet_RepeatedFieldEncoding.EXPANDED,
        }),
        ...(group && { messageEncoding: FeatureSet_MessageEncoding.DELIMITED }),
      },
    },
  };
}

const presences: Readonly<Record<string, FeatureSet_FieldPresence>> = {
  implicit: FeatureSet_FieldPresence.IMPLICIT,
  explicit: FeatureSet_FieldPresence.EXPLICIT,
  required: FeatureSet_FieldPresence.LEGACY_REQUIRED,
};

function protoType(type: string): FieldDescriptorProto_Type {
  if (type.startsWith('E')) return FieldDescriptorProto_Type.ENUM;
  if (type.startsWith('M')) return FieldDescriptorProto_Type.MESSAGE;
  return FieldDescriptorProto_Type[type.toUpperCase() as 'INT32'];
}
