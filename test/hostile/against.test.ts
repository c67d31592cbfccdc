import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clientTables, serverTables } from './against/every-row.ts';
import { testTables } from './against/table-tests.ts';

testTables(serverTables);

test('docs/reliability.md has a line for each input, as wanted from us', () => {
  const page = readFileSync('docs/reliability.md', 'utf8');
  const compared = /<!-- against: begin -->(.*)<!-- against: end -->/s.exec(page)?.[1] ?? '';
  const inputs = [...serverTables, ...clientTables].flatMap((table) =>
    table.inputs.map(({ row }) => `| ${row.input.replaceAll('|', '\\|')} (${row.mark}) |`),
  );

  expect(inputs.filter((line) => !compared.includes(line))).toEqual([]);
  // How long others wait is measured: what was missed stays to be read there, and is the machine's fault as often as ours.
  const missed = (compared.match(/\| ✗ [^|]*\|$/gm) ?? []).filter((cell) => !/; others take \d+ ms/.test(cell));
  expect(missed).toEqual([]);
});
