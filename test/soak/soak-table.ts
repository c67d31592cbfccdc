import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { PartResult } from './part.ts';

/** The last soak, as it is kept. */
export interface SoakResult {
  readonly date: string;
  readonly node: string;
  readonly command: string;
  readonly parts: readonly PartResult[];
}

const file = '.tools/soak.json';
const [begin, end] = ['<!-- soak: begin -->', '<!-- soak: end -->'];

export function keep(result: SoakResult): void {
  writeFileSync(file, `${JSON.stringify(result)}\n`);
}

/** Writes the last result between the marks of a page. */
export function writeTable(page: string): void {
  const text = readFileSync(page, 'utf8');
  if (!text.includes(begin) || !text.includes(end))
    throw new Error(`Cannot write into ${page}: it has no "${begin}" … "${end}"`);
  if (!existsSync(file)) throw new Error(`Cannot write into ${page}: there is no ${file}, which npm run soak makes`);
  const table = tableOf(JSON.parse(readFileSync(file, 'utf8')) as SoakResult);
  writeFileSync(page, `${text.slice(0, text.indexOf(begin))}${begin}\n\n${table}\n\n${text.slice(text.indexOf(end))}`);
}

export function tableOf({ date, node, command, parts }: SoakResult): string {
  const rows = parts.map(({ name, done, wanted, noise, bytesPer1000, externalPer1000, rss, seconds, failures }) => [
    name,
    done < wanted ? `${shown(done)} of ${shown(wanted)}` : shown(done),
    noise ? '< 1 MiB in all' : shown(bytesPer1000),
    noise ? '' : shown(externalPer1000),
    shown(Math.round(rss / 1024 / 1024)),
    shown(seconds),
    failures.length === 0 ? '✓' : failures.map((failure) => `✗ ${failure.replaceAll('|', '\\|')}`).join('<br>'),
  ]);
  const heading = [
    'part',
    'done',
    'bytes of heap left by 1,000',
    'and outside of it',
    'RSS at the end, MiB',
    'seconds',
    '',
  ];
  return [
    `\`${command}\`, Node ${node}, ${date.slice(0, 10)}.`,
    '',
    ...[heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');
}

function shown(value: number): string {
  return value.toLocaleString('en');
}
