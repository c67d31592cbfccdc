import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from './program.ts';

const folder = 'examples';
const programs = readdirSync(folder)
  .filter((name) => existsSync(join(folder, name, 'expected.txt')))
  .toSorted();

test.each(programs)('example %s prints what it says', async (name) => {
  const expected = readFileSync(join(folder, name, 'expected.txt'), 'utf8');

  const { code, stdout, stderr } = await runProgram(join(folder, name, 'main.ts'));

  expect(stderr).toBe('');
  expect(stdout).toBe(expected);
  expect(code).toBe(0);
});

test('example programs stay under fifty lines', () => {
  const long = programs.filter(
    (name) =>
      readFileSync(join(folder, name, 'main.ts'), 'utf8')
        .trimEnd()
        .split('\n').length >= 50,
  );

  expect(long).toEqual([]);
});

test('every numbered example is run', () => {
  const numbered = readdirSync(folder).filter((name) => /^\d\d-/.test(name));

  expect(
    numbered.filter((name) => !programs.includes(name) && !existsSync(join(folder, name, 'greeter.test.ts'))),
  ).toEqual([]);
});
