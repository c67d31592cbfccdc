import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

// Inside test/, so that imports of the package by its own name resolve as in the examples.
const folder = 'test/.snippets';
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'interceptors/README.md', ...docs.map((name) => join('docs', name))];

interface Snippet {
  readonly page: string;
  readonly line: number;
  readonly code: string;
}

function snippets(page: string): Snippet[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    code: match[1]!,
  }));
}

test('every ts block of README and docs compiles', () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const all = pages.flatMap(snippets);
  for (const { page, line, code } of all) {
    // Each block is a module of its own, with the examples' generated service beside it.
    writeFileSync(
      join(folder, `${page.replaceAll(/[/.]/g, '-')}-${line}.ts`),
      `${code.replaceAll('./gen/', '../../examples/gen/')}\nexport {};\n`,
    );
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../tsconfig.json',
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      include: ['*.ts'],
    }),
  );

  let problems = '';
  try {
    execFileSync(
      process.execPath,
      ['node_modules/typescript/bin/tsc', '-p', join(folder, 'tsconfig.json'), '--noEmit'],
      { encoding: 'utf8' },
    );
  } catch (error) {
    problems = (error as { stdout: string }).stdout;
  }

  expect(all.length).toBeGreaterThan(10);
  expect(problems).toBe('');
}, 120_000);

test('links between pages lead somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)]
      .map((match) => join(page, '..', match[1]!))
      .filter((target) => !existsSync(target))
      .map((target) => `${page} → ${target}`),
  );

  expect(broken).toEqual([]);
});
