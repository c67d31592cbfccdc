import type { EnumSchema, FieldSchema, MessageSchema } from '../../src/wire/index.ts';
import type { Dice } from './dice.ts';

type Fields = Record<string, unknown>;

const maxDepth = 3;
const int32 = [0, 1, -1, 5, 300, -(2 ** 31), 2 ** 31 - 1];
const uint32 = [0, 1, 5, 70_000, 2 ** 31, 2 ** 32 - 1];
const int64 = [0n, 1n, -1n, 5n, 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n)];
const uint64 = [0n, 1n, 5n, 2n ** 33n, 2n ** 63n, 2n ** 64n - 1n];

const samples: Readonly<Record<string, readonly unknown[]>> = {
  int32,
  sint32: int32,
  sfixed32: int32,
  uint32,
  fixed32: uint32,
  int64,
  sint64: int64,
  sfixed64: int64,
  uint64,
  fixed64: uint64,
  bool: [true, false],
  float: [0, -0, 1.5, -2, Number.NaN, Number.POSITIVE_INFINITY],
  double: [0, -0, 0.1, 1e300, Number.NEGATIVE_INFINITY],
  string: ['', 'a', 'é€𝄞', '\u0000', 'true', '5'],
  bytes: [[], [0], [0xff, 0xfe], [0x61], [8, 1], [1, 2, 3, 4]].map((all) => new Uint8Array(all)),
};

/** A message of a type, as code would write it, with values at the edges of their types. */
export function randomMessage(schema: MessageSchema, dice: Dice, depth = 0): Fields {
  const message: Fields = {};
  for (const field of schema.fields) {
    const value = fieldValue(field, dice, depth);
    if (value === undefined) continue;
    if (field.oneof === undefined) message[field.localName] = value;
    else if (dice.chance(0.7)) message[field.oneof.localName] = { case: field.localName, value };
  }
  return message;
}

function fieldValue(field: FieldSchema, dice: Dice, depth: number): unknown {
  const deep = depth >= maxDepth;
  if (field.map !== undefined) {
    const { key, value } = field.map;
    const count = deep && value.type === 'message' ? 0 : dice.below(3);
    return Object.fromEntries(
      Array.from({ length: count }, () => [String(single(key, dice, depth)), single(value, dice, depth)]),
    );
  }
  if (field.list) {
    const count = deep && field.type === 'message' ? 0 : dice.below(4);
    return Array.from({ length: count }, () => single(field, dice, depth));
  }
  if (field.presence === 'required') return single(field, dice, depth);
  if (dice.chance(0.25) || (deep && field.type === 'message')) return undefined;
  return single(field, dice, depth);
}

function single(field: FieldSchema, dice: Dice, depth: number): unknown {
  if (field.message !== undefined) return randomMessage(field.message, dice, depth + 1);
  return field.enum === undefined ? dice.pick(samples[field.type]!) : enumValue(field.enum, dice);
}

/** Open enums hold any number. */
function enumValue({ numbers, closed }: EnumSchema, dice: Dice): unknown {
  return closed || dice.chance(0.8) ? dice.pick([...numbers.keys()]) : dice.pick([7, 10, 11, -3, 1, 2]);
}
