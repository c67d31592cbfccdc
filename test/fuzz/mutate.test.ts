import { expect, test } from 'vitest';
import { dice } from '../wire/dice.ts';
import { mutate } from './mutate.ts';

test('mutate() gives the same inputs for the same dice, other ones for others, never too long ones', () => {
  const pool = [Buffer.from('{"a": 12}'), Buffer.alloc(4_096, 65)];
  const some = (seed: number): string[] => {
    const from = dice(seed);
    return Array.from({ length: 500 }, () => mutate(from, pool, ['word']).toString('latin1'));
  };

  const [first, again, other] = [some(1), some(1), some(2)];

  expect(first).toEqual(again);
  expect(first).not.toEqual(other);
  expect(new Set(first).size).toBeGreaterThan(250);
  expect(Math.max(...first.map(({ length }) => length))).toBeLessThanOrEqual(4_096);
});
