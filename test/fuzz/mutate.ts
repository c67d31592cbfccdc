import type { Dice } from '../wire/dice.ts';

const maxBytes = 4_096;
const edges = [0, 1, 9, 10, 13, 32, 34, 37, 44, 48, 57, 58, 91, 123, 127, 128, 192, 254, 255];
const numbers = ['0', '-1', '1e999', '2147483648', '9007199254740993', '18446744073709551616', '0x10', '00', '1.5'];

type Mutation = (input: Buffer, dice: Dice, pool: readonly Buffer[], words: readonly string[]) => Buffer;

const mutations: readonly Mutation[] = [
  (input, dice) => changed(input, dice, (byte) => byte ^ (1 << dice.below(8))),
  (input, dice) => changed(input, dice, () => dice.pick(edges)),
  (input, dice) => changed(input, dice, (byte) => (byte + dice.below(35) - 17) & 255),
  (input, dice) => inserted(input, dice, Buffer.from(Array.from({ length: 1 + dice.below(8) }, () => dice.below(256)))),
  (input, dice) => inserted(input, dice, Buffer.alloc(1 + dice.below(40), dice.pick(edges))),
  (input, dice, _pool, words) => inserted(input, dice, wordOf(dice, words)),
  (input, dice, _pool, words) => {
    const [from, to] = rangeOf(input, dice);
    return Buffer.concat([input.subarray(0, from), wordOf(dice, words), input.subarray(to)]);
  },
  (input, dice) => {
    const [from, to] = rangeOf(input, dice);
    return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  },
  (input, dice) => {
    const [from, to] = rangeOf(input, dice);
    return inserted(input, dice, input.subarray(from, to));
  },
  (input, dice) => input.subarray(0, dice.below(input.length + 1)),
  (input, dice, pool) => {
    const [from, to] = rangeOf(input, dice);
    const other = dice.pick(pool);
    const [otherFrom, otherTo] = rangeOf(other, dice);
    return Buffer.concat([input.subarray(0, from), other.subarray(otherFrom, otherTo), input.subarray(to)]);
  },
  // Numbers, as text and as a length.
  (input, dice) => {
    const match = [...input.toString('latin1').matchAll(/\d+/g)];
    if (match.length === 0) return input;
    const { index, 0: digits } = dice.pick(match);
    const number = Buffer.from(dice.pick(numbers));
    return Buffer.concat([input.subarray(0, index), number, input.subarray(index + digits.length)]);
  },
  (input, dice) => {
    if (input.length < 4) return input;
    const copy = Buffer.from(input);
    copy.writeUInt32BE(dice.pick([0, 1, 255, 65_536, 2 ** 31, 2 ** 32 - 1]), dice.below(copy.length - 3));
    return copy;
  },
];

/** An input like one of the pool, changed in a few places. The same dice give the same input. */
export function mutate(dice: Dice, pool: readonly Buffer[], words: readonly string[] = []): Buffer {
  let input = dice.pick(pool);
  const times = 1 + dice.below(dice.chance(0.2) ? 12 : 3);
  for (let time = 0; time < times; time++) input = dice.pick(mutations)(input, dice, pool, words);
  return Buffer.from(input.subarray(0, maxBytes));
}

function changed(input: Buffer, dice: Dice, change: (byte: number) => number): Buffer {
  if (input.length === 0) return input;
  const copy = Buffer.from(input);
  const at = dice.below(copy.length);
  copy[at] = change(copy[at]!);
  return copy;
}

function inserted(input: Buffer, dice: Dice, piece: Buffer): Buffer {
  const at = dice.below(input.length + 1);
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at)]);
}

function wordOf(dice: Dice, words: readonly string[]): Buffer {
  return Buffer.from(words.length === 0 ? dice.pick(numbers) : dice.pick(words), 'latin1');
}

function rangeOf(input: Buffer, dice: Dice): [from: number, to: number] {
  const from = dice.below(input.length + 1);
  return [from, from + dice.below(Math.min(input.length - from, 64) + 1)];
}
