import type { Counts } from './counting.ts';
import type { Latencies } from './latencies.ts';
import type { State } from './process-state.ts';

/** What a run gives, as one JSON line. Times are milliseconds, sizes bytes. */
export interface Figures extends Counts {
  /** 99 % of calls were made no later than this after they should have been: a busy machine shows here. */
  readonly lagMs: number;
  readonly before: Latencies;
  /** From the fault until its end. */
  readonly during: Latencies;
  readonly after: Latencies;
  /** From the fault until the first caller was told of an error. */
  readonly firstErrorMs: number | undefined;
  /** From the fault, or from when it could be over, until calls go as they did before. */
  readonly recoveryMs: number | undefined;
  /** Of the calls in the last second of the run. */
  readonly failedAtEnd: number;
  /** Of the process that makes the calls, before the load and after its clients have closed. */
  readonly driver: { readonly before: State; readonly after: State };
  /** Of the replicas that lived at either moment. */
  readonly replicas: { readonly before: readonly State[]; readonly after: readonly State[] };
  /** That the replicas printed. */
  readonly logLines: number;
  /** What only some faults have. */
  readonly more: Readonly<Record<string, number>>;
}
