import type { CallRecord } from './call-record.ts';
import { percentile } from './latencies.ts';

const windowMs = 1_000;
/** A machine that others use too pauses so long by itself. */
const noiseMs = 25;

/**
 * Milliseconds from `since` to the first instant after which a second passes without an error and with a p99 below twice that of before;
 * undefined when there is none. Calls count when they should have been made.
 */
export function recoveryMs(
  records: readonly CallRecord[],
  { since, baselineP99 }: { since: number; baselineP99: number },
): number | undefined {
  const limit = Math.max(2 * baselineP99, noiseMs);
  const calls = records.filter(({ scheduled }) => scheduled >= since);
  const last = calls.at(-1)?.scheduled ?? since;
  // Nothing changes between two calls, so a second can only begin behind one that was bad.
  const bad = ({ scheduled, ended, outcome }: CallRecord): boolean =>
    outcome?.code !== 0 || (ended ?? Number.POSITIVE_INFINITY) - scheduled > limit;
  const starts = [since, ...calls.filter(bad).map(({ scheduled }) => scheduled + 0.001)];
  for (const start of starts) {
    if (start + windowMs > last) return undefined;
    const within = calls.filter(({ scheduled }) => scheduled >= start && scheduled < start + windowMs);
    if (within.some(({ outcome }) => outcome?.code !== 0)) continue;
    const sorted = within.map(({ scheduled, ended = scheduled }) => ended - scheduled).sort((a, b) => a - b);
    if (percentile(sorted, 0.99) < limit) return Math.round(start - since);
  }
  return undefined;
}

/** Milliseconds from `since` until somebody was told of an error; undefined when nobody was. */
export function firstErrorMs(records: readonly CallRecord[], since: number): number | undefined {
  const told = records
    .filter(({ ended = -1, outcome }) => ended >= since && outcome?.code !== 0)
    .map(({ ended = since }) => ended - since);
  return told.length === 0 ? undefined : Math.round(told.reduce((a, b) => Math.min(a, b)));
}
