// The last night as a table in docs/reliability.md, between its marks.
import { readFileSync, writeFileSync } from 'node:fs';

const page = 'docs/reliability.md';
const [begin, end] = ['<!-- nightly: begin -->', '<!-- nightly: end -->'];

export function writeTable({ machine, runs }) {
  const text = readFileSync(page, 'utf8');
  if (!text.includes(begin) || !text.includes(end)) throw new Error(`Cannot write into ${page}: it has no "${begin}" … "${end}"`);
  const rows = [
    ['part', 'Node', 'date, commit, how long', 'what came of it'],
    ['---', '---', '---', '---'],
    ...Object.values(runs).map(rowOf),
  ];
  const table = rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const block = `${begin}\n\n${machine}\n\n${table}\n\n`;
  writeFileSync(page, `${text.slice(0, text.indexOf(begin))}${block}${text.slice(text.indexOf(end))}`);
}

function rowOf({ command, node, date, commit, seconds, exit, figures }) {
  const took = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  const told = figures.map((line) => line.replaceAll('|', '\\|')).join('<br>');
  const failed = exit === 0 ? '' : `**failed (${exit === null ? 'too long' : `exit ${exit}`})**${told === '' ? '' : '<br>'}`;
  return [`\`${command.split(' -- --reporter')[0]}\``, node, `${date.slice(0, 10)}, ${commit}, ${took}`, failed + told];
}
