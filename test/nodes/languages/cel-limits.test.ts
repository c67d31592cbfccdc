import { Code } from 'flowrpc';
import { CompileError } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';

const thousand = Array.from({ length: 1_000 }, (_item, index) => index);
/** Lists that are equal but for their ends. */
const alike = Array.from({ length: 650 }, (_item, index) => [...thousand.slice(0, 700), index]);
const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
/** Doubles a list, or a text, once for each letter. */
const doubling = letters.reduceRight(
  (inner, letter, index) =>
    `cel.bind(${letter}, ${letters[index - 1] ?? 'self'} + ${letters[index - 1] ?? 'self'}, ${inner})`,
  'size(z)',
);

/** Of each place, half of it is compared. */
const hardToFind = `${'a'.repeat(5_000)}b${'a'.repeat(5_000)}`;

describe('cel', () => {
  test.each([
    ['comprehensions in comprehensions', 'self.map(a, self.map(b, self.map(c, c)))', thousand],
    ['those behind an `||`', 'self.all(a, self.all(b, self.all(c, true))) || true', thousand],
    ['those with two variables', 'self.all(i, a, self.all(j, b, self.all(k, c, true)))', thousand],
    ['a list doubled 26 times', doubling, thousand],
    ['a text doubled 26 times in a list', doubling, 'x'.repeat(10_000)],
    ['a long range', 'lists.range(1000000000)', null],
    [
      'what comes behind a range of less than nothing',
      'lists.range(-9000000000000000000).size() == 0 && self.all(a, self.all(b, self.all(c, true)))',
      thousand,
    ],
    ['distinct of lists that differ at their ends', 'self.distinct().size()', alike],
    ['sets of them', 'sets.contains(self, self)', alike],
    ['sets of mappings', 'sets.equivalent(self, self)', alike.map((list) => ({ ...list }))],
    ['the order of them', 'self.sort()', alike],
    ['texts put in for texts', 'self.replace("", self)', 'x'.repeat(20_000)],
    ['each in all', 'self.filter(x, x in self)', [...thousand, ...thousand, ...thousand]],
    ['distinct of many', 'lists.range(100000).distinct()', null],
    ['large texts compared often', 'lists.range(1000).all(i, self + "a" == self + "a")', 'x'.repeat(1_000_000)],
    ['texts made of large texts', 'lists.range(200).all(i, self.lowerAscii().size() > 0)', 'x'.repeat(300_000)],
    ['a pattern that repeats over a text', 'self.matches("^(?:.?){900}[^a]$")', 'a'.repeat(3_000)],
    ['a pattern that repeats a long one', 'self.matches(self)', `(?:${'ab.?c'.repeat(190)}){1000}`],
    ['patterns of many instructions', 'lists.range(20).all(i, matches("a", "(?:.?){" + string(900 + i) + "}"))', null],
    ['a pattern over a large text', 'self.matches("(a+)+$")', 'a'.repeat(4_000_000)],
  ])('stops %s with RESOURCE_EXHAUSTED, S-12', async (_what, text, self) => {
    await expect(evaluate(text, self)).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      statusMessage: expect.stringContaining('takes more than 2000000 steps'),
    });
  });

  test.each([
    'contains(self[1])',
    'indexOf(self[1])',
    'lastIndexOf(self[1])',
    'split(self[1])',
    'replace(self[1], "")',
  ])('stops what seeks a long text in another with RESOURCE_EXHAUSTED, S-12: %s', async (call) => {
    await expect(evaluate(`self[0].${call}`, ['a'.repeat(100_000), hardToFind])).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
    });
  });

  test.each(['cel', '1', 'self'])('gives a list in a list, and so on, 59 deep, around %s, S-12', async (inside) => {
    // Deeper than anything that takes time by powers of two would get.
    const deep = await evaluate(`${'['.repeat(59)}${inside}${']'.repeat(59)}`, 7);

    expect(JSON.stringify(deep)).toMatch(/^\[{59}.*\]{59}$/);
  });

  test('seeks short texts in large ones', async () => {
    const text = `${'a'.repeat(1_000_000)}needle`;

    expect(await evaluate('self.contains("needle")', text)).toBe(true);
    expect(await evaluate('self.lastIndexOf("needle") == 1000000', text)).toBe(true);
    expect(await evaluate('self.split("needle").size()', text)).toBe(2);
    expect(await evaluate('self.matches("needle$")', text.slice(-200_000))).toBe(true);
  });

  test('matches in linear time a pattern that takes JavaScript forever, S-12', async () => {
    expect(await evaluate('self.matches("(a+)+$")', `${'a'.repeat(30)}b`)).toBe(false);
    expect(await evaluate('self.matches("^(([a-z])+.)+[A-Z]([a-z])+$")', 'a'.repeat(100))).toBe(false);
    expect(await evaluate('matches("aab", "a+b")', null)).toBe(true);
    await expect(evaluate('self.matches("(?=a)")', 'a')).rejects.toThrow(/regexp/);
  });

  test.each([
    ['5,000 parentheses', '('.repeat(5_000)],
    ['5,000 brackets', '['.repeat(5_000)],
    ['50,000 negations', `${'!'.repeat(50_000)}true`],
    ['a sum of 30,000', `1${'+1'.repeat(30_000)}`],
    ['30,000 fields', `self${'.a'.repeat(30_000)}`],
    ['a text of more than 64 KiB', `"${'x'.repeat(65_536)}"`],
    ['calls of a function that makes code', 'self.constructor.constructor("return process")()'],
    ['`this`', 'this.constructor.constructor("return process")()'],
  ])('refuses %s as it is read, S-12', async (_what, text) => {
    await expect(evaluate(text, {})).rejects.toBeInstanceOf(CompileError);
  });

  test.each(['self.constructor', 'self.__defineGetter__', 'constructor', 'valueOf', 'self.list.length', 'self.fn'])(
    'finds nothing of JavaScript by %s, S-12',
    async (text) => {
      await expect(evaluate(text, { list: [] })).rejects.toThrow(/No such key|Unknown variable|index_type|overload/i);
    },
  );

  test('works as before after one that was stopped', async () => {
    await evaluate('self.map(a, self.map(b, self.map(c, c)))', thousand).catch(() => {});

    expect(await evaluate('self.map(a, a + 1)', [1])).toEqual([2]);
  });
});
