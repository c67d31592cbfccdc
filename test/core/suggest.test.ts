import fc from 'fast-check';
import { expect, test } from 'vitest';
import { suggest } from '../../src/core/suggest.ts';

test.each([
  ['thumbnial', ['thumbnail', 'resize'], 'thumbnail'],
  ['timeoutms', ['deadline', 'timeoutMs'], 'timeoutMs'],
  ['max-bytes', ['maxBytes'], 'maxBytes'],
  ['iff', ['if', 'for'], 'if'],
  ['if', ['of', 'in'], undefined],
  ['frobnicate', ['if', 'switch'], undefined],
  ['anything', [], undefined],
])('suggest() finds what %s was meant to be among %j', (wrong, known, meant) => {
  expect(suggest(wrong, known)).toBe(meant);
});

test('suggest() gives a known name or nothing, whatever the texts are', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (wrong, known) => {
      const suggestion = suggest(wrong, known);

      expect(suggestion === undefined || known.includes(suggestion)).toBe(true);
    }),
  );
});

test('suggest() repairs one swap, loss or doubling in a longer name', () => {
  const name = fc.stringMatching(/^[a-z]{5,20}$/);
  fc.assert(
    fc.property(name, fc.nat(), fc.constantFrom('swap', 'loss', 'double'), (meant, at, how) => {
      const i = at % (meant.length - 1);
      const [a, b] = [meant[i]!, meant[i + 1]!];
      const middle = { swap: b + a, loss: b, double: a + a + b }[how];
      const wrong = meant.slice(0, i) + middle + meant.slice(i + 2);

      expect(suggest(wrong, [meant])).toBe(meant);
    }),
  );
});
