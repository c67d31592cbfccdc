import { readFileSync, writeFileSync } from 'node:fs';
import { faults } from './every-fault.ts';
import { peerNames } from './peers/every-peer.ts';
import { lastResult, type RunResult } from './run-result.ts';

const [begin, end] = ['<!-- faults: begin -->', '<!-- faults: end -->'];

/** Writes the last results between the marks of a page. */
export function writeTable(page: string): void {
  const text = readFileSync(page, 'utf8');
  if (!text.includes(begin) || !text.includes(end))
    throw new Error(`Cannot write into ${page}: it has no "${begin}" … "${end}"`);
  const results = faults.map((fault) => peerNames.map((peer) => lastResult(fault.name, peer)));
  const table = tableOf(results);
  writeFileSync(page, `${text.slice(0, text.indexOf(begin))}${begin}\n\n${table}\n\n${text.slice(text.indexOf(end))}`);
}

/** What is wanted of us and what came of it, and all peers side by side; one row of results for each fault, one result for each peer. */
export function tableOf(results: readonly (readonly (RunResult | undefined)[])[]): string {
  const ran = results.filter((row) => row.some((result) => result !== undefined));
  const names = peerNames.filter((name) => ran.flat().some((result) => result?.peer === name));
  const heading = ['fault', 'wanted of flowrpc, and what it came to', ...names.map((name) => versioned(name, ran))];
  const rows = ran.map((row) => {
    const any = row.find((result) => result !== undefined)!;
    const own = row.find((result) => result?.peer === 'flowrpc');
    const cells = names.map((name) => cellOf(row.find((result) => result?.peer === name)));
    const wanted = [...(own?.bars ?? []).map(barOf), moreOf(own)].filter((line) => line !== '');
    return [`${any.fault}: ${any.title}`, wanted.join('<br>'), ...cells];
  });
  const dates = ran.flatMap((row) => row.flatMap((result) => result?.date.slice(0, 10) ?? [])).sort();
  const nodes = [...new Set(ran.flatMap((row) => row.flatMap((result) => result?.node ?? [])))].join(', ');
  const period = dates[0] === dates.at(-1) ? dates[0] : `${dates[0]} to ${dates.at(-1)}`;
  return [
    `\`npm run faults\`, Node ${nodes}, ${period}. p99 in milliseconds before, during and after the fault; *short* where only the short form ran.`,
    '',
    ...[heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');
}

function versioned(name: string, ran: readonly (readonly (RunResult | undefined)[])[]): string {
  const version = ran.flat().findLast((result) => result?.peer === name)?.version;
  return version === undefined ? name : `${name} ${version}`;
}

function barOf({ what, value, met }: RunResult['bars'][number]): string {
  return `${met ? '✓' : '✗'} ${what.replaceAll('|', '\\|')}: ${shown(value)}`;
}

/** Figures that only this fault has. */
function moreOf(result: RunResult | undefined): string {
  const figures = Object.entries(result?.figures.more ?? {});
  return figures.length === 0 ? '' : `*${figures.map(([name, value]) => `${name} ${shown(value)}`).join(', ')}*`;
}

function cellOf(result: RunResult | undefined): string {
  if (result === undefined) return '';
  const { sent, failed, lost, onceExecutedTwice, arrivalsPerCall, before, during, after, recoveryMs } = result.figures;
  return [
    `${shown(sent)} calls${result.short ? ' (short)' : ''}, ${shown(failed)} failed, ${shown(lost)} lost`,
    `${shown(onceExecutedTwice)} wrongly executed twice, ${shown(arrivalsPerCall)} attempts arrived for a call`,
    `p99 ${before.p99} → ${during.p99} → ${after.p99}`,
    `recovery ${recoveryMs === undefined ? 'not seen' : `${shown(recoveryMs)} ms`}`,
  ].join('<br>');
}

function shown(value: number | null | undefined): string {
  return value === undefined || value === null ? 'nothing' : value.toLocaleString('en');
}
