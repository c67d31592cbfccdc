import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Gauntlet, tables } from './every-row.ts';

/*
 * Runs every row against bare grpc-js and against us, each in processes of their own, and writes what came of it into
 * docs/reliability.md between its marks:
 *
 *   node --import tsx --conditions=@flowrpc/source test/hostile/against/compare.ts
 */

const page = 'docs/reliability.md';
const [begin, end] = ['<!-- against: begin -->', '<!-- against: end -->'];
const { version } = createRequire(import.meta.url)('@grpc/grpc-js/package.json') as { version: string };

const lines: string[] = [];
const counted = { rows: 0, bare: 0, ours: 0, deaths: 0 };
await using bare = new Gauntlet('bare');
await using ours = new Gauntlet('ours');
for (const { title, rows } of tables) {
  lines.push(`**${title}**`, '', '| input | wanted | bare grpc-js | flowrpc |', '| --- | --- | --- | --- |');
  for (const row of rows) {
    const theirs = await bare.run(row);
    const own = await ours.run(row);
    counted.rows += 1;
    counted.bare += theirs.good ? 1 : 0;
    counted.ours += own.good ? 1 : 0;
    counted.deaths += theirs.said.includes('the process dies') ? 1 : 0;
    const cell = ({ said, good }: typeof own): string => `${good ? '✓' : '✗'} ${said}`;
    const line = [`${row.input} (${row.mark})`, row.wanted, cell(theirs), cell(own)].map((text) =>
      text.replaceAll('|', '\\|'),
    );
    lines.push(`| ${line.join(' | ')} |`);
    process.stderr.write(`${row.mark} ${row.input}: ${cell(theirs)} / ${cell(own)}\n`);
  }
  lines.push('');
}
const summary = [
  `Of ${counted.rows} inputs bare grpc-js ${version} meets ${counted.bare} as wanted and ends its process at ${counted.deaths}, flowrpc meets ${counted.ours}.`,
  `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.`,
];
const text = readFileSync(page, 'utf8');
if (!text.includes(begin) || !text.includes(end))
  throw new Error(`Cannot write into ${page}: it has no "${begin}" … "${end}"`);
const table = [begin, '', ...summary, '', ...lines].join('\n');
writeFileSync(page, text.slice(0, text.indexOf(begin)) + table + text.slice(text.indexOf(end)));
process.exitCode = counted.ours === counted.rows ? 0 : 1;
process.stderr.write(`${summary.join('\n')}\n`);
