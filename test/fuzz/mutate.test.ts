import { describe, expect, test } from 'vitest';
import { dice as diceOf } from '../wire/dice.ts';
import { literalsIn } from './literals.ts';
import { mutate } from './mutate.ts';
import type { Material, Mutation } from './mutation.ts';
import { messages } from './shapes/frames.ts';
import { lines } from './shapes/lines.ts';
import { tags } from './shapes/tags.ts';

const pool = [Buffer.from('{"a": 12}'), Buffer.alloc(4_096, 65)];

function made(seed: number, { from = pool[0]!, shape = [] as readonly Mutation[], count = 500 } = {}): string[] {
  const dice = diceOf(seed);
  const material: Material = { dice, other: () => dice.pick(pool), word: () => Buffer.from('word') };
  return Array.from({ length: count }, () => mutate(from, material, shape).toString('latin1'));
}

describe('mutate()', () => {
  test('gives the same inputs for the same dice, other ones for others, never too long ones', () => {
    const [first, again, other] = [made(1), made(1), made(2)];

    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
    expect(new Set(first).size).toBeGreaterThan(250);
    expect(Math.max(...first.map(({ length }) => length))).toBeLessThanOrEqual(4_096);
  });

  test('puts a word in the place of a whole value of text', () => {
    expect(made(1, { from: Buffer.from('kind: if\nname: "x"\n'), shape: lines })).toEqual(
      expect.arrayContaining(['kind: word\nname: "x"\n', 'kind: if\nname: "word"\n']),
    );
  });

  test('puts a word in the place of a field of a message in a message, and all lengths are right', () => {
    const from = Buffer.from([0, 0x0a, 4, 0x12, 2, 65, 66]);

    expect(made(1, { from, shape: tags({ skip: 1 }), count: 2_000 })).toContain('\0\x0a\x06\x12\x04word');
  });

  test('puts a word in the place of a message of a stream, and its prefix tells the length', () => {
    const from = Buffer.from([7, 7, 0, 0, 0, 0, 2, 65, 66, 0, 0, 0, 0, 1, 67]);

    expect(made(1, { from, shape: messages({ skip: 2 }) })).toContain('\x07\x07\0\0\0\0\x04word\0\0\0\0\x01C');
  });
});

test('literalsIn() finds texts, pieces of templates, and numbers in each way of writing', () => {
  const words = literalsIn(["if (a === 'Zq\\x41!' || b > 0x461a5a21)", 'return `at $', '{c} of`'].join('')).flatMap(
    (literal) => literal.words.map((word) => word.toString('latin1')),
  );

  expect(words).toEqual(expect.arrayContaining(['ZqA!', 'F\x1aZ!', '!Z\x1aF', '1176132129', 'at ', ' of']));
});
