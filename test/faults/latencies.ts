import type { CallRecord } from './call-record.ts';

export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Nearest rank; 0 of nothing. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Of calls that should have been made from `from` on and before `to` and ended well; milliseconds from when they should have been made. */
export function latenciesOf(records: readonly CallRecord[], from: number, to: number): Latencies {
  const sorted = records
    .filter(({ scheduled, outcome }) => scheduled >= from && scheduled < to && outcome?.code === 0)
    .map(({ scheduled, ended = scheduled }) => ended - scheduled)
    .sort((a, b) => a - b);
  const rounded = (ms: number): number => Math.round(ms * 10) / 10;
  return {
    p50: rounded(percentile(sorted, 0.5)),
    p99: rounded(percentile(sorted, 0.99)),
    max: rounded(sorted.at(-1) ?? 0),
  };
}
