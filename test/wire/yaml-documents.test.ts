import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { formatProblems } from '../../src/graph/problems.ts';
import { readDocuments } from '../../src/wire/yaml/documents.ts';
import { positionOf } from '../../src/wire/yaml/position.ts';

const run = promisify(execFile);

function read(text: string | Uint8Array): unknown[] {
  const { documents, problems } = readDocuments(text, 'g.yaml');
  expect(formatProblems(problems)).toBe('');
  return documents.map(({ value }) => value);
}

function refusal(text: string | Uint8Array): string {
  const { documents, problems } = readDocuments(text, 'g.yaml');
  expect(documents).toEqual([]);
  return formatProblems(problems);
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test('readDocuments() reads several documents, JSON among them', () => {
  const values = read('a: 1\n---\n{"b":\n\t[true, null, "\\u00e9"]}\n---\n# nothing\n---\n- x\n');

  expect(values).toEqual([{ a: 1 }, { b: [true, null, 'é'] }, ['x']]);
});

test('readDocuments() keeps integers beyond 53 bits and reads keys as text', () => {
  const [value] = read('{ a: 9007199254740991, b: 9007199254740993, c: 0x1f, 8080: x, 1.0: y, true: z }');

  expect(value).toEqual({ a: 9007199254740991, b: 9007199254740993n, c: 31, 8080: 'x', '1.0': 'y', true: 'z' });
});

test.each([
  ['behind the mark of a block', '> {'],
  ['as a tag', '!'],
  ['as an escape', '"\\'],
  ['as an alias', '- *'],
  ['as an anchor', '&a &'],
])('readDocuments() repeats no more than a line of a text that is wrong %s', (_, start) => {
  const { problems } = readDocuments(start + 'x'.repeat(100_000), 'g.yaml');

  expect(problems.length).toBeGreaterThan(0);
  for (const { message } of problems) expect(message.length).toBeLessThan(250);
});

test('readDocuments() copies what an alias stands for', () => {
  const [value] = read('a: &a { n: 1 }\nb: *a\n') as [{ a: object; b: object }];

  expect(value).toEqual({ a: { n: 1 }, b: { n: 1 } });
  expect(value.a).not.toBe(value.b);
});

test('positionOf() knows line and column of every value, beside the plain objects', () => {
  const [value] = read('- kind: a\n  list: [x, { y: 1 }]\n');

  expect(positionOf(value, [0, 'list'])).toEqual({ file: 'g.yaml', line: 2, column: 3 });
  expect(positionOf(value, [0, 'list', 1, 'y'])).toEqual({ file: 'g.yaml', line: 2, column: 15 });
  expect(positionOf(value, [0, 'missing', 'deeper'])).toEqual({ file: 'g.yaml', line: 1, column: 3 });
  expect(Object.getOwnPropertyNames((value as object[])[0])).toEqual(['kind', 'list']);
  expect(positionOf({ made: 'in code' }, ['made'])).toBeUndefined();
});

// RELIABILITY S-04 and S-05
test.each([
  ['duplicate key', 'a: 1\na: 2', '2:1: error: Cannot read "g.yaml": key "a" appears twice'],
  ['duplicate key in other words', '1: a\n"1": b', '2:1: error: Cannot read "g.yaml": key "1" appears twice'],
  ['tab', 'a:\n\tb: 1', '2:1: error: Cannot read "g.yaml": tabs are not allowed'],
  ['function tag', 'a: !!js/function "x"', '1:18: error: Cannot read "g.yaml": tag "tag:yaml.org,2002:js/function"'],
  ['unknown tag', 'a: !point [1]', '1:11: error: Cannot read "g.yaml": tag "!point" is not known'],
  ['binary tag', 'a: !!binary aGk=', 'tag "tag:yaml.org,2002:binary"'],
  ['cyclic alias', '&a [*a]', '1:5: error: Cannot read "g.yaml": alias "a" is inside the value'],
  ['cyclic alias by way of a mapping', 'a: &a { b: { c: *a } }', 'alias "a" is inside the value'],
  ['unknown alias', 'a: *b', '1:4: error: Cannot read "g.yaml": alias "b" has no anchor'],
  ['complex key', '? [1]\n: 2', '1:3: error: Cannot read "g.yaml": a key must be plain text'],
  ['alias as key', 'a: &a b\n*a : c', '2:1: error: Cannot read "g.yaml": a key must be plain text'],
  ['null key', ': x', 'a key must be plain text'],
  ['merge key', 'a: &a { b: 1 }\nc:\n  <<: *a', '3:3: error: Cannot read "g.yaml": merge keys are not read'],
  ['YAML 1.1', '%YAML 1.1\n---\na: yes', 'YAML 1.1 is not read'],
  ['__proto__', 'a: { __proto__: { b: 1 } }', '1:6: error: Cannot read "g.yaml": key "__proto__" is not allowed'],
  ['constructor', '"constructor": 1', 'key "constructor" is not allowed'],
  ['prototype', 'prototype: 1', 'key "prototype" is not allowed'],
  ['unclosed text', 'a: "x', '1:'],
  ['not UTF-8', Uint8Array.of(0x61, 0x3a, 0x20, 0xff), 'it is not UTF-8 text'],
])('readDocuments() refuses a %s and says where', (_, text, message) => {
  expect(refusal(text)).toContain(message);
  expect(({} as { b?: unknown }).b).toBeUndefined();
});

test('readDocuments() reports several faults of one text together', () => {
  const message = refusal('a: 1\na: 2\nb: !x y\n? [c]\n: d\n');

  expect(message.split('\n').filter(Boolean)).toHaveLength(3);
});

// RELIABILITY S-01
test('readDocuments() counts what aliases stand for, so a billion laughs is refused', () => {
  const letters = [...'abcdefghij'];
  const laughs = letters.map((name, i) => {
    const inner = i === 0 ? 'ha' : `*${letters[i - 1]}`;
    return `${name}: &${name} [${Array(9).fill(inner).join(', ')}]`;
  });

  expect(refusal(laughs.join('\n'))).toContain('more than 100000 values, aliases counted in full');
});

// RELIABILITY S-03
test('readDocuments() refuses a text over 1 MiB before reading it, and too many tokens while reading', () => {
  expect(refusal(`# ${'x'.repeat(1_048_576)}`)).toContain('it has 1048578 bytes, at most 1048576 are read');
  expect(refusal(`[${','.repeat(1_000_000)}`)).toContain('more than 300000 tokens');
  expect(read(JSON.stringify('x'.repeat(1_000_000)))).toHaveLength(1);
});

test('readDocuments() reads 64 levels and refuses the 65th', () => {
  expect(read(nested(64))).toHaveLength(1);
  expect(refusal(nested(65))).toContain('nests deeper than 64 levels');
});

// RELIABILITY S-02: an abort cannot be caught, so the texts are read in another process, judged by its exit.
// Whether one text aborts yaml depends on the frame in which the stack ran out, hence many texts, each twice.
async function readBombs(read: string): Promise<string> {
  const program = `
    import { parse } from 'yaml';
    import { readDocuments } from ${JSON.stringify(fileURLToPath(new URL('../../src/wire/yaml/documents.ts', import.meta.url)))};
    const bombs = ['[', '- ', '{', '? ', '[{', '{a: ', 'a: ', '? - ', '"a": ', '&a [', '!!seq ['].map((part) => part.repeat(5_000));
    bombs.push('['.repeat(100_000), '['.repeat(1_000_000), '- '.repeat(500_000), '{'.repeat(1_000_000), 'a: '.repeat(300_000));
    bombs.push(Array.from({ length: 1_300 }, (_, i) => ' '.repeat(i) + 'a:').join('\\n'));
    bombs.push(Array.from({ length: 1_300 }, (_, i) => ' '.repeat(i) + '-').join('\\n'));
    const read = ${read};
    const refused = [...bombs, ...bombs].filter((text) => { try { return read(text); } catch { return true; } });
    console.log(refused.length + ' of ' + 2 * bombs.length + ' refused');
  `;
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    timeout: 12_000,
  });
  return stdout.trim();
}

test('readDocuments() refuses deep texts one after another', async () => {
  const outcome = await readBombs("(text) => readDocuments(text, 'g').problems.length > 0");

  expect(outcome).toBe('36 of 36 refused');
});

test('yaml by itself aborts the process on the same texts', async () => {
  const outcome: unknown = await readBombs('(text) => (parse(text), false)').catch((error: unknown) => error);

  // Node 20 and 22 abort; Node 24 does not come to an end, and is killed.
  const { killed = false, stderr = '' } = outcome as { killed?: boolean; stderr?: string };
  const lost = killed || stderr.includes('RegExpCompiler Allocation failed');
  expect(lost, 'it no longer does: the depth check before it may go').toBe(true);
});

const key = fc.string().filter((text) => !['__proto__', 'constructor', 'prototype', '<<'].includes(text));
const number = fc
  .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger())
  .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value));
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.string(),
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json')),
    fc.dictionary(key, tie('json')),
  ),
}));

test('readDocuments() reads any JSON as JSON.parse does', () => {
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify([value], null, indent);

      expect(read(text)).toEqual([JSON.parse(text)]);
    }),
  );
});

test('readDocuments() reads any value that was printed as YAML', () => {
  fc.assert(
    fc.property(json, (value) => {
      const plain: unknown = JSON.parse(JSON.stringify([value]));

      expect(read(stringify(plain))).toEqual([plain]);
    }),
  );
});

const syntax = fc.constantFrom(
  '- ',
  ': ',
  '? ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '\n',
  '\n  ',
  '&a ',
  '*a',
  '!x ',
  '|',
  '>',
  '"',
  "'",
  '#',
  '%',
  '---\n',
  '<<',
  'a',
  '1',
  '\t',
  '\0',
  '\ud800',
);

test('readDocuments() answers any text with values or problems, and never throws', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(syntax, { maxLength: 60 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (input) => {
      const { documents, problems } = readDocuments(input, 'g.yaml');

      expect(documents.length >= 0 && problems.every(({ line, column }) => line! >= 1 && column! >= 1)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
