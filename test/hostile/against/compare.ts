import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { Gauntlet, type Input, tables } from './every-row.ts';
import { note, onlyLate, summary, type Told } from './table-text.ts';

/*
 * Runs every row against bare grpc-js and against us, each in processes of their own, and writes what came of it into
 * docs/reliability.md between its marks, into .tools/hostile.md, and figures into .tools/hostile.json:
 *
 *   node --import tsx --conditions=@flowrpc/source test/hostile/against/compare.ts [--ours] [--dry] [--only W-08 …]
 *
 * With --ours, --only or --dry the page stays as it is. Ends with 1 when we miss one.
 */

const page = 'docs/reliability.md';
const [begin, end] = ['<!-- against: begin -->', '<!-- against: end -->'];
const { version } = createRequire(import.meta.url)('@grpc/grpc-js/package.json') as { version: string };
const { values } = parseArgs({
  options: {
    ours: { type: 'boolean', default: false },
    dry: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
});

// A machine of two cores that runs attacker, neighbour and victim has pauses of its own.
const bars = { floorMs: 25, everyMs: 2 };

/** A pause of the machine is no fault of an input: what was late, and nothing else, is tried twice more. */
async function judged(gauntlet: Gauntlet, input: Input): Promise<Told> {
  let told = await gauntlet.run(input);
  for (let again = 0; again < 2 && onlyLate(told); again++) told = await gauntlet.run(input);
  return told;
}

const cell = ({ said, good }: Told): string => `${good ? '✓' : '✗'} ${said}`;
const notBare = (input: Input): string | undefined => ('notBare' in input.row ? input.row.notBare : undefined);

const lines: string[] = [];
const all: { input: Input; theirs: Told | undefined; own: Told }[] = [];
await using bare = new Gauntlet('bare', bars);
await using ours = new Gauntlet('ours', bars);
for (const { title, inputs } of tables) {
  lines.push(`**${title}**`, '', '| input | wanted | bare grpc-js | flowrpc |', '| --- | --- | --- | --- |');
  for (const input of inputs) {
    const { row } = input;
    if (values.only !== undefined && !values.only.includes(row.mark)) continue;
    const theirs = values.ours || notBare(input) !== undefined ? undefined : await judged(bare, input);
    const own = await judged(ours, input);
    all.push({ input, theirs, own });
    const bareCell = theirs === undefined ? `— ${notBare(input) ?? ''}` : cell(theirs);
    const line = [`${row.input} (${row.mark})`, row.wanted, bareCell, cell(own)].map((text) =>
      text.replaceAll('|', '\\|'),
    );
    lines.push(`| ${line.join(' | ')} |`);
    process.stderr.write(`${row.mark} ${row.input}: ${bareCell} / ${cell(own)}${note(own)}\n`);
  }
  lines.push('');
}

const said = [
  ...summary({ version, floorMs: bars.floorMs }, all),
  `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, \`npm run hostile\`.`,
];
mkdirSync('.tools', { recursive: true });
const rows = all.map(({ input: { row }, theirs, own }) => ({
  mark: row.mark,
  input: row.input,
  bare: theirs,
  ours: own,
}));
const json = (key: string, value: unknown): unknown => (/^(?:answers|state)$/.test(key) ? undefined : value);
writeFileSync('.tools/hostile.json', `${JSON.stringify({ node: process.version, summary: said, rows }, json, 1)}\n`);
const table = [begin, '', said.join('\n\n'), '', ...lines].join('\n');
writeFileSync('.tools/hostile.md', `${table}${end}\n`);
if (!values.ours && !values.dry && values.only === undefined) {
  const text = readFileSync(page, 'utf8');
  if (!text.includes(begin) || !text.includes(end))
    throw new Error(`Cannot write into ${page}: it has no "${begin}" … "${end}"`);
  writeFileSync(page, text.slice(0, text.indexOf(begin)) + table + text.slice(text.indexOf(end)));
}
process.exitCode = all.every(({ own }) => own.good) ? 0 : 1;
process.stderr.write(`${said.join('\n')}\n`);
