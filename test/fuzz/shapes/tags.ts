import { varint } from '../literals.ts';
import { edgeNumbers, type Material, type Mutation } from '../mutation.ts';

/** A field of protobuf: its key, and what follows. Of delimited ones without the length. */
interface Field {
  readonly key: number;
  readonly value: Buffer;
}

const delimited = 2;
const maxDepth = 8;

/** Changes to the fields of a protobuf message, however deep; the lengths around them stay right. The first bytes may be none of it. */
export function tags({ skip = 0 } = {}): readonly Mutation[] {
  return [
    (input, material) =>
      Buffer.concat([
        input.subarray(0, skip),
        withChange(input.subarray(skip), material.other().subarray(skip), material),
      ]),
  ];
}

function withChange(bytes: Buffer, other: Buffer, material: Material, depth = 0): Buffer {
  const { dice } = material;
  const { fields, rest } = fieldsOf(bytes);
  const at = dice.below(fields.length);
  const field = fields[at];
  if (field === undefined)
    return Buffer.concat([bytes, encoded({ key: (1 << 3) | delimited, value: material.word() })]);
  const isMessage = (field.key & 7) === delimited && fieldsOf(field.value).fields.length > 0;
  if (isMessage && depth < maxDepth && dice.chance(0.6)) {
    const value = withChange(field.value, dice.chance(0.5) ? other : field.value, material, depth + 1);
    fields[at] = { key: field.key, value };
  } else dice.pick(changes)(fields, at, other, material);
  return Buffer.concat([...fields.map(encoded), rest]);
}

type Change = (fields: Field[], at: number, other: Buffer, material: Material) => void;

const changes: readonly Change[] = [
  (fields, at) => fields.splice(at, 1),
  (fields, at, _other, { dice }) => fields.splice(dice.below(fields.length + 1), 0, fields[at]!),
  (fields, at, _other, material) =>
    fields.splice(at, 1, { key: fields[at]!.key, value: valueFor(fields[at]!, material) }),
  (fields, at, _other, material) =>
    fields.splice(at, 1, { key: fields[at]!.key, value: valueFor(fields[at]!, material) }),
  // Another number, another way of writing.
  (fields, at, _other, { dice }) => fields.splice(at, 1, { ...fields[at]!, key: dice.below(40 * 8) }),
  (fields, at, other, { dice }) => {
    const { fields: others } = fieldsOf(other);
    if (others.length > 0) fields.splice(at, dice.below(2), dice.pick(others));
  },
  // Within itself, so often.
  (fields, at, _other, { dice }) => {
    const { key, value } = fields[at]!;
    if ((key & 7) !== delimited) return;
    const times = dice.chance(0.1) ? 1 + dice.below(300) : 1;
    let nested = value;
    for (let time = 0; time < times && nested.length < 4_096; time++) nested = encoded({ key, value: nested });
    fields.splice(at, 1, { key, value: nested });
  },
];

function valueFor({ key, value }: Field, { dice, word }: Material): Buffer {
  if ((key & 7) === 0) return varint(dice.pick(edgeNumbers));
  if ((key & 7) === delimited) return dice.chance(0.7) ? word() : Buffer.concat([value, word()]);
  return Buffer.alloc(value.length, dice.pick([0, 0x7f, 0x80, 0xff, 0xf0]));
}

function encoded({ key, value }: Field): Buffer {
  return Buffer.concat((key & 7) === delimited ? [varint(key), varint(value.length), value] : [varint(key), value]);
}

/** As many as can be read, and what is left behind them. */
function fieldsOf(bytes: Buffer): { fields: Field[]; rest: Buffer } {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const key = read(bytes, at);
    if (key === undefined || key.number < 8) break;
    const end = endOf(bytes, key.end, key.number & 7);
    if (end === undefined) break;
    const begin = (key.number & 7) === delimited ? read(bytes, key.end)!.end : key.end;
    fields.push({ key: key.number, value: bytes.subarray(begin, end) });
    at = end;
  }
  return { fields, rest: bytes.subarray(at) };
}

function endOf(bytes: Buffer, at: number, wire: number): number | undefined {
  const fixed = { 1: 8, 5: 4 }[wire];
  if (fixed !== undefined) return at + fixed <= bytes.length ? at + fixed : undefined;
  const number = wire === 0 || wire === delimited ? read(bytes, at) : undefined;
  if (number === undefined || wire === 0) return number?.end;
  return number.end + number.number <= bytes.length ? number.end + number.number : undefined;
}

function read(bytes: Buffer, at: number): { number: number; end: number } | undefined {
  let number = 0;
  for (let n = 0; n < 10 && at + n < bytes.length; n++) {
    number += (bytes[at + n]! & 127) * 128 ** n;
    if (bytes[at + n]! < 128) return { number, end: at + n + 1 };
  }
  return undefined;
}
