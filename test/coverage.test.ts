import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/** What must have a test by now; a number joins the list with the work that brings it. */
const promised = [...span(1, 73), ...span(76, 147), 150];

interface Row {
  /** A number of docs/coverage.md, a mark of docs/reliability.md. */
  readonly key: string;
  /** `path › name` of each test. */
  readonly tests: readonly string[];
  readonly remark: string;
}

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function rowsOf(page: string): Row[] {
  const lines = readFileSync(page, 'utf8').matchAll(/^\| (\d+|[A-Z0]{1,2}-\d\d) \| .+? \| (.*) \|$/gm);
  return [...lines].map(([, key, cell]) => {
    const entries = cell!.split('<br>').filter(Boolean);
    const tests = entries.flatMap((entry) => /^(`+)(.+ › .+)\1$/.exec(entry)?.[2] ?? []);
    return { key: key!, tests, remark: entries.slice(tests.length).join(' ') };
  });
}

const rows = rowsOf('docs/coverage.md');
const marks = rowsOf('docs/reliability.md');

const sources = new Map<string, Set<string>>();

/** The first arguments of calls with a text and more: names of tests, and little else. */
function namesIn(path: string): Set<string> {
  const known = sources.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(join('test', path), 'utf8');
  const names = new Set([...text.matchAll(/\(\s*(['"`])((?:\\.|(?!\1).)+)\1,/g)].map(([, , name]) => name!));
  sources.set(path, names);
  return names;
}

/** What a page names and no file has. */
function missing(page: readonly Row[]): string[] {
  return page.flatMap(({ key, tests }) =>
    tests
      .filter((entry) => {
        const [path, name] = entry.split(/ › (.*)/) as [string, string];
        return !existsSync(join('test', path)) || !namesIn(path).has(name);
      })
      .map((entry) => `${key}: ${entry}`),
  );
}

describe('docs/coverage.md', () => {
  test('has each number once, in order', () => {
    expect(rows.map(({ key }) => Number(key))).toEqual(span(1, 150));
  });

  test('names tests that exist', () => {
    expect(missing(rows)).toEqual([]);
  });

  test('names a test for every number that is promised by now', () => {
    const bare = promised.filter((number) => rows[number - 1]?.tests.length === 0);

    expect(bare).toEqual([]);
  });

  test('says of every other number why it has no test', () => {
    const silent = rows.filter(({ tests, remark }) => tests.length === 0 && !/^(Later|Not here): ./.test(remark));

    expect(silent).toEqual([]);
  });

  test('has the numbers that tests claim in their names', () => {
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((path) => /\.test\.ts$/.test(path));
    const unlisted = files.flatMap((path) =>
      [...namesIn(path)].flatMap((name) =>
        [...name.matchAll(/#(\d+)/g)]
          .filter(([, number]) => rows[Number(number) - 1]?.tests.length === 0)
          .map(([claim]) => `${claim}: ${path} › ${name}`),
      ),
    );

    expect(unlisted).toEqual([]);
  });
});

describe('docs/reliability.md', () => {
  test('has the marks that tests claim in their names', () => {
    const known = new Set(marks.map(({ key }) => key));
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    const unlisted = files.flatMap((path) =>
      [...namesIn(path)].flatMap((name) =>
        [...name.matchAll(/\b[A-Z]{1,2}-\d\d\b/g)]
          .filter(([mark]) => !known.has(mark))
          .map(([mark]) => `${mark}: ${path} › ${name}`),
      ),
    );

    expect(unlisted).toEqual([]);
  });

  test('has the eight promises, in order', () => {
    expect(marks.filter(({ key }) => /^\d$/.test(key)).map(({ key }) => Number(key))).toEqual(span(1, 8));
  });

  test('has each mark once, with tests that exist', () => {
    const keys = marks.map(({ key }) => key);

    expect(new Set(keys).size).toBe(keys.length);
    expect(marks.filter(({ tests }) => tests.length === 0)).toEqual([]);
    expect(missing(marks)).toEqual([]);
  });
});
