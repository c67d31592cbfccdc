import type { Dice } from './dice.ts';
import { type FieldModel, randomField, randomSchema, type SchemaModel, scalarTypes, settle } from './random-schema.ts';

type Change = (model: SchemaModel, dice: Dice) => void;

const changeField =
  (change: (field: FieldModel, dice: Dice, fields: FieldModel[]) => void): Change =>
  (model, dice) => {
    const fields = dice.pick(model.messages);
    if (fields.length > 0) change(dice.pick(fields), dice, fields);
  };

const widened: Readonly<Record<string, readonly string[]>> = {
  int32: ['int64', 'E0', 'sint32', 'uint32'],
  uint32: ['uint64', 'int64', 'int32'],
  sint32: ['sint64'],
  string: ['bytes'],
  bytes: ['string'],
  E0: ['int32', 'int64', 'E1'],
  M1: ['M2', 'bytes'],
};

/** What people do to a schema, the harmless and the harmful. */
const changes: Readonly<Record<string, Change>> = {
  rename: changeField((field, dice) => {
    field.name = `g${dice.below(20)}_${field.number}`;
  }),
  renumber: changeField((field, dice, fields) => {
    const number = 1 + dice.below(12);
    if (!fields.some((other) => other.number === number)) field.number = number;
  }),
  swap: changeField((field, dice, fields) => {
    const other = dice.pick(fields);
    [field.number, other.number] = [other.number, field.number];
  }),
  retype: changeField((field, dice) => {
    field.type = dice.pick([...scalarTypes, 'E0', 'E1', 'M0', 'M1', 'M2']);
  }),
  widen: changeField((field, dice) => {
    field.type = dice.pick(widened[field.type] ?? [field.type]);
  }),
  relabel: changeField((field, dice) => {
    field.label = dice.pick(['implicit', 'explicit', 'required', 'repeated', 'map'] as const);
  }),
  presence: changeField((field, dice) => {
    if (field.label === 'repeated' || field.label === 'map') return;
    field.label = dice.pick(['implicit', 'explicit', 'required'] as const);
  }),
  remove: changeField((field, _dice, fields) => {
    fields.splice(fields.indexOf(field), 1);
  }),
  add: (model, dice) => {
    const fields = dice.pick(model.messages);
    const number = Math.max(0, ...fields.map((field) => field.number)) + 1;
    fields.push({ ...randomField(dice, number), name: `n${number}` });
  },
  oneof: changeField((field, dice) => {
    field.oneof = dice.pick(['left', 'right', undefined]);
  }),
  pack: changeField((field) => {
    field.packed = !field.packed;
  }),
  group: changeField((field) => {
    field.group = !field.group;
  }),
  default: changeField((field, dice) => {
    if (/^[su]?int32$/.test(field.type)) field.default = dice.pick(['0', '5', undefined]);
    if (field.type === 'string') field.default = dice.pick(['', 'x', undefined]);
    if (field.type === 'bool') field.default = dice.pick(['true', 'false', undefined]);
  }),
  key: changeField((field, dice) => {
    field.key = dice.pick(['int32', 'int64', 'uint32', 'string', 'bool']);
  }),
  reorder: (model, dice) => {
    dice.pick(model.messages).reverse();
  },
  enumClosed: ({ enums }, dice) => {
    const changed = dice.pick(enums);
    changed.closed = !changed.closed;
  },
  enumAdd: ({ enums }, dice) => {
    const { values } = dice.pick(enums);
    const number = Math.max(...values.map((value) => value.number)) + 1;
    values.push({ name: `W${number}`, number });
  },
  enumRemove: ({ enums }, dice) => {
    const { values } = dice.pick(enums);
    if (values.length > 1) values.splice(1 + dice.below(values.length - 1), 1);
  },
  enumRename: ({ enums }, dice) => {
    const value = dice.pick(dice.pick(enums).values);
    value.name = `R${value.number}`;
  },
  enumRenumber: ({ enums }, dice) => {
    const { values } = dice.pick(enums);
    const value = dice.pick(values);
    const number = 10 + dice.below(3);
    if (values.indexOf(value) > 0 && !values.some((other) => other.number === number)) value.number = number;
  },
  another: (model, dice) => {
    Object.assign(model, randomSchema(dice));
  },
};

/** A copy with one to three changes. */
export function mutate(model: SchemaModel, dice: Dice): SchemaModel {
  const copy = structuredClone(model);
  const names = Object.keys(changes);
  for (let count = 1 + dice.below(3); count > 0; count--) changes[dice.pick(names)]!(copy, dice);
  for (const [index, fields] of copy.messages.entries()) for (const field of fields) settle(field, copy, index);
  return copy;
}
