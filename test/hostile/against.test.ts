import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { Gauntlet, tables } from './against/every-row.ts';

/* What docs/reliability.md compares with bare grpc-js, against us alone: one server, one client, and all of it one after another. */

const gauntlet = new Gauntlet('ours');
afterAll(() => gauntlet[Symbol.asyncDispose]());

for (const { title, rows } of tables) {
  describe(title, () => {
    test.each(rows.map((row) => [row.mark, row.input, row] as const))(
      '%s %s: as wanted, the process stays up, and calls of others end well',
      async (_mark, _input, row) => {
        const { said, good, grownMb = 0 } = await gauntlet.run(row);

        expect(good, `${said}; wanted: ${row.wanted}`).toBe(true);
        // What is kept for a while by the allocator is no leak.
        expect(grownMb).toBeLessThan(64);
      },
      60_000,
    );
  });
}

test('docs/reliability.md has a line for each input, as wanted from us', () => {
  const page = readFileSync('docs/reliability.md', 'utf8');
  const compared = /<!-- against: begin -->(.*)<!-- against: end -->/s.exec(page)?.[1] ?? '';
  const inputs = tables.flatMap(({ rows }) =>
    rows.map(({ mark, input }) => `| ${input.replaceAll('|', '\\|')} (${mark}) |`),
  );

  expect(inputs.filter((line) => !compared.includes(line))).toEqual([]);
  expect(compared.match(/\| ✗ [^|]*\|$/gm) ?? []).toEqual([]);
});
