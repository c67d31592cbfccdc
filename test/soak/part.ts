import type { Reading } from './reading.ts';
import { growthOf } from './slope.ts';

/** One thing that is done again and again, in a process of its own. */
export interface Part {
  readonly name: string;
  run(budget: Budget): Promise<PartRun>;
}

export interface Budget {
  /** Of the whole soak; parts other than calls do a share. */
  readonly calls: number;
  readonly maxMs: number;
  /** A leak that is to be found. */
  readonly plant?: string | undefined;
}

export interface PartRun {
  readonly wanted: number;
  /** Without those that only warm up. */
  readonly readings: readonly Reading[];
  /** What went wrong by itself, whatever was left behind. */
  readonly failures: readonly string[];
  /** What each may leave behind; `Infinity` where it is only measured. */
  readonly maxBytesEach: number;
}

/** What a part left behind, as a line of JSON has it. */
export interface PartResult {
  readonly name: string;
  readonly wanted: number;
  readonly done: number;
  readonly seconds: number;
  readonly heap: number;
  readonly rss: number;
  /** Whether so little was left in all that nothing can be said of one. */
  readonly noise: boolean;
  /** What 1,000 leave behind, in bytes. */
  readonly bytesPer1000: number;
  readonly externalPer1000: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

/** What a heap goes up and down by in any case. */
const noiseBytes = 1024 * 1024;

const fewestReadings = 3;

/** Says what was left behind, and whether that is too much. */
export function judge(name: string, run: PartRun, seconds: number): PartResult {
  const { wanted, readings, maxBytesEach } = run;
  const { done = 0, heap = 0, rss = 0, counts = {} } = readings.at(-1) ?? {};
  const growth = growthOf(readings);
  const failures = [...run.failures];
  if (readings.length < fewestReadings)
    failures.push(`${readings.length} readings say nothing: wanted ${fewestReadings}`);
  for (const where of ['heap', 'external'] as const) {
    if (growth[where] > maxBytesEach && growth[where] * done > noiseBytes)
      failures.push(
        `${where} grows by ${growth[where].toFixed(1)} bytes each: wanted ${maxBytesEach.toFixed(1)} at most`,
      );
  }
  failures.push(...growth.more.map((what) => `more is open at the end than in the first half, ${what}`));
  const [bytesPer1000, externalPer1000] = [growth.heap, growth.external].map((bytes) => Math.round(bytes * 1_000));
  return {
    name,
    wanted,
    done,
    seconds,
    heap,
    rss,
    noise: Math.max(growth.heap, growth.external) * done <= noiseBytes,
    bytesPer1000: bytesPer1000!,
    externalPer1000: externalPer1000!,
    counts,
    failures,
  };
}
