import { codeName } from 'flowrpc';
import type { CallRecord } from './call-record.ts';
import type { Execution } from './key-log.ts';

/** What became of all calls: from what callers were told, and from what replicas wrote down. */
export interface Counts {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  /** By the names of codes. */
  readonly failedBy: Readonly<Record<string, number>>;
  /** What the first of them were told, each text once. */
  readonly told: readonly string[];
  /** Failed though they may be made again. */
  readonly failedIdempotent: number;
  /** Failed, of those that may not be made twice. */
  readonly failedOnce: number;
  /** Callers who were told nothing, or told OK of what nobody did. */
  readonly lost: number;
  /** May be made again, failed with UNAVAILABLE, and were not tried as often as allowed. */
  readonly givenUp: number;
  /** Calls that some replica carried out. */
  readonly executed: number;
  readonly executedTwice: number;
  /** Of those, the ones that may not be. */
  readonly onceExecutedTwice: number;
  /** What replicas carried out and no caller knows of. */
  readonly unknownKeys: number;
  readonly maxAttempts: number;
  /** By what callers tell; undefined where they do not. */
  readonly attemptsPerCall: number | undefined;
  /** By what replicas wrote down, refused ones too. */
  readonly arrivalsPerCall: number;
}

const unavailable = 14;

/** Counts what came of calls; `attempts` are allowed to those that may be made again. */
export function counted(
  records: readonly CallRecord[],
  executions: readonly Execution[],
  { attempts }: { attempts: number },
): Counts {
  const times = new Map<string, number>();
  for (const { key, refused } of executions) if (!refused) times.set(key, (times.get(key) ?? 0) + 1);
  const known = new Set(records.map(({ key }) => key));
  const ok = records.filter(({ outcome }) => outcome?.code === 0);
  const failed = records.filter(({ outcome }) => outcome !== undefined && outcome.code !== 0);
  const again = failed.filter(({ method }) => method === 'get');
  const untold = records.filter(({ outcome }) => outcome === undefined);
  const tries = records.flatMap(({ outcome }) => outcome?.attempts ?? []);
  const failedBy: Record<string, number> = {};
  for (const { outcome } of failed) {
    const name = codeName(outcome?.code ?? 2);
    failedBy[name] = (failedBy[name] ?? 0) + 1;
  }
  const twice = [...times].filter(([key, count]) => count > 1 && known.has(key)).map(([key]) => key);
  return {
    sent: records.length,
    ok: ok.length,
    failed: failed.length,
    failedBy,
    told: [...new Set(failed.map(({ outcome }) => outcome?.message?.slice(0, 120) ?? ''))].slice(0, 5),
    failedIdempotent: again.length,
    failedOnce: failed.length - again.length,
    lost: untold.length + ok.filter(({ key }) => !times.has(key)).length,
    givenUp: again.filter(({ outcome }) => outcome?.code === unavailable && (outcome.attempts ?? attempts) < attempts)
      .length,
    executed: [...times.keys()].filter((key) => known.has(key)).length,
    executedTwice: twice.length,
    onceExecutedTwice: twice.filter((key) => !key.startsWith('get-')).length,
    unknownKeys: [...times.keys()].filter((key) => !known.has(key)).length,
    maxAttempts: tries.reduce((a, b) => Math.max(a, b), 0),
    attemptsPerCall: tries.length === 0 ? undefined : rounded(tries.reduce((a, b) => a + b, 0) / tries.length),
    arrivalsPerCall: rounded(executions.length / Math.max(1, records.length)),
  };
}

export function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
