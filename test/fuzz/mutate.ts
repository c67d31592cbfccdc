import type { Dice } from '../wire/dice.ts';
import { edgeBytes, type Material, type Mutation, rangeOf, spliced } from './mutation.ts';

const maxBytes = 4_096;
const numbers = ['0', '-1', '1e999', '2147483648', '9007199254740993', '18446744073709551616', '0x10', '00', '1.5'];

const mutations: readonly Mutation[] = [
  (input, { dice }) => changed(input, dice, (byte) => byte ^ (1 << dice.below(8))),
  (input, { dice }) => changed(input, dice, () => dice.pick(edgeBytes)),
  (input, { dice }) => changed(input, dice, (byte) => (byte + dice.below(35) - 17) & 255),
  (input, { dice }) =>
    inserted(input, dice, Buffer.from(Array.from({ length: 1 + dice.below(8) }, () => dice.below(256)))),
  (input, { dice }) => inserted(input, dice, Buffer.alloc(1 + dice.below(40), dice.pick(edgeBytes))),
  (input, { dice, word }) => inserted(input, dice, word()),
  (input, { dice, word }) => spliced(input, ...rangeOf(input, dice), word()),
  // What is as long as the word.
  (input, { dice, word }) => {
    const piece = word();
    const at = dice.below(Math.max(0, input.length - piece.length) + 1);
    return spliced(input, at, Math.min(input.length, at + piece.length), piece);
  },
  (input, { dice }) => spliced(input, ...rangeOf(input, dice), Buffer.alloc(0)),
  (input, { dice }) => inserted(input, dice, input.subarray(...rangeOf(input, dice))),
  (input, { dice }) => input.subarray(0, dice.below(input.length + 1)),
  (input, { dice, other }) => {
    const second = other();
    return spliced(input, ...rangeOf(input, dice), second.subarray(...rangeOf(second, dice)));
  },
  // The beginning of one and the end of another.
  (input, { dice, other }) => {
    const second = other();
    return Buffer.concat([
      input.subarray(0, dice.below(input.length + 1)),
      second.subarray(dice.below(second.length + 1)),
    ]);
  },
  // Numbers, as text and as a length.
  (input, { dice, word }) => {
    const match = [...input.toString('latin1').matchAll(/\d+/g)];
    if (match.length === 0) return input;
    const { index, 0: digits } = dice.pick(match);
    const number = dice.chance(0.7) ? Buffer.from(dice.pick(numbers)) : word();
    return spliced(input, index, index + digits.length, number);
  },
  (input, { dice }) => {
    if (input.length < 4) return input;
    const copy = Buffer.from(input);
    copy.writeUInt32BE(dice.pick([0, 1, 255, 65_536, 2 ** 31, 2 ** 32 - 1]), dice.below(copy.length - 3));
    return copy;
  },
];

/** An input like that one, changed in a few places: half of them by what knows its `shape`. The same dice give the same input. */
export function mutate(given: Buffer, material: Material, shape: readonly Mutation[] = []): Buffer {
  const { dice } = material;
  let input = given;
  const times = 1 + dice.below(dice.chance(0.2) ? 12 : 3);
  for (let time = 0; time < times; time++) {
    const known = shape.length > 0 && dice.chance(0.5);
    input = dice.pick(known ? shape : mutations)(input, material);
  }
  return Buffer.from(input.subarray(0, maxBytes));
}

/** Numbers as text, where a target names no words of its own. */
export const numberWords: readonly Buffer[] = numbers.map((number) => Buffer.from(number));

function changed(input: Buffer, dice: Dice, change: (byte: number) => number): Buffer {
  if (input.length === 0) return input;
  const copy = Buffer.from(input);
  const at = dice.below(copy.length);
  copy[at] = change(copy[at]!);
  return copy;
}

function inserted(input: Buffer, dice: Dice, piece: Buffer): Buffer {
  const at = dice.below(input.length + 1);
  return spliced(input, at, at, piece);
}
