import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { kinds } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { check } from './docs/checked-page.ts';
import { expectCurl } from './docs/curl.ts';
import { expectGrpcurl } from './docs/grpcurl.ts';
import { graphsOf, type ShownCommand } from './docs/page.ts';
import { type Replace, servePage } from './docs/served-page.ts';
import { shellWords } from './docs/shell-words.ts';

/** Pages whose graphs are run; `KINDS_DOC=one.md,two.md` for others. */
const pages = (process.env.KINDS_DOC ?? 'docs/kinds.md,docs/languages.md').split(',');

test.skipIf(process.env.KINDS_DOC !== undefined)(
  'docs/kinds.md has a section for each built-in kind, with all its fields, and names its other names',
  () => {
    const text = readFileSync('docs/kinds.md', 'utf8');
    const sections = new Map(text.split(/^## /m).map((section) => [section.split('\n')[0], section]));
    const [named, others] = [
      [...kinds].filter(([name]) => sections.has(name)),
      [...kinds].filter(([name]) => !sections.has(name)),
    ];

    expect(others.map(([name]) => name).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
    expect(
      named.flatMap(([name, { fields = [] }]) =>
        fields.filter((field) => !sections.get(name)!.includes(`\`${field}\``)).map((field) => `${name}: ${field}`),
      ),
    ).toEqual([]);
  },
);

describe.each(pages)('%s', (page) => {
  const graphs = graphsOf(page);
  const shown = graphs.map((graph) => [`${graph.section}, ${basename(graph.page)}:${graph.line}`, graph] as const);
  const running = shown.filter(([, { commands }]) => commands.length > 0);

  test('shows graphs', () => {
    expect(graphs.length).toBeGreaterThan(0);
  });

  test.each(shown)('%s is right', async (_, graph) => {
    expect(await check(graph)).toBe('');
  });

  test.each(running)('%s answers what it says', { timeout: 60_000 }, async (_, graph) => {
    const replace = await servePage(graph);

    for (const command of graph.commands) await expectShown(command, page, replace);
  });
});

async function expectShown({ command, output, line }: ShownCommand, page: string, replace: Replace): Promise<void> {
  const [program, ...words] = shellWords(replace(command));
  try {
    if (program === 'grpcurl') await expectGrpcurl(words, replace(output));
    else if (program === 'curl') await expectCurl(words, replace(output));
    else throw new Error(`Cannot run "${program}": pages may use grpcurl and curl`);
  } catch (error) {
    (error as Error).message = `${page}:${line}: ${command}\n${(error as Error).message}`;
    throw error;
  }
}
