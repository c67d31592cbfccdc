import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDocuments } from '../../src/wire/yaml/documents.ts';

const secrets = [
  '*hunter22',
  '!hunter22',
  '&hunter22 *hunter23',
  '%hunter22',
  '"hunter22',
  '@hunter22',
  '|hunter22',
  '>hunter22 x',
];

describe('readDocuments() with conceal', () => {
  test.each(secrets)('tells where %s is wrong, and not what it says S-10', (password) => {
    const text = `user: app\npassword: ${password}\n`;
    const { problems } = readDocuments(text, 'values.yaml', { conceal: true });
    const open = readDocuments(text, 'values.yaml');

    expect(problems.map(({ line, column }) => [line, column])).toEqual(
      open.problems.map(({ line, column }) => [line, column]),
    );
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toMatch(/hunter/);
    expect(problems[0]?.message).toMatch(/^Cannot read "values\.yaml": /);
  });

  test('shows no word of a text, whatever it is', () => {
    const piece = fc.constantFrom(
      'a: ',
      '- ',
      '\n',
      ' ',
      '*',
      '!',
      '&',
      '%',
      '"',
      "'",
      '{',
      '}',
      '[',
      ']',
      '|',
      '>',
      '@',
      '`',
      'hunter22',
      'pass',
    );
    fc.assert(
      fc.property(
        fc.array(piece).map((all) => all.join('')),
        (text) => {
          const { problems } = readDocuments(text, 'v.yaml', { conceal: true });

          expect(JSON.stringify(problems)).not.toMatch(/hunter|pass/);
        },
      ),
    );
  });
});
