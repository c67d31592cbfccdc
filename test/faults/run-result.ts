import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from './fault.ts';
import type { Figures } from './figures.ts';
import type { Times } from './times.ts';

/** What a run is kept as: one JSON line. */
export interface RunResult {
  readonly fault: string;
  readonly title: string;
  readonly peer: string;
  readonly version: string;
  readonly short: boolean;
  readonly seed: number;
  readonly node: string;
  readonly date: string;
  readonly times: Times;
  readonly bars: readonly Verdict[];
  readonly figures: Figures;
}

export const resultFolder = '.tools/faults';

/** Keeps a result with those of its fault from before. */
export function keepResult(result: RunResult, folder = resultFolder): void {
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${result.fault}.jsonl`), `${JSON.stringify(result)}\n`);
}

/** The last result of a fault with a peer; a long one rather than a short one. */
export function lastResult(fault: string, peer: string, folder = resultFolder): RunResult | undefined {
  const path = join(folder, `${fault}.jsonl`);
  if (!existsSync(path)) return undefined;
  const results = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunResult)
    .filter((result) => result.peer === peer);
  return results.findLast(({ short }) => !short) ?? results.at(-1);
}
