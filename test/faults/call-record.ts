import type { Ended, MethodName } from './peers/peer.ts';

/** One call, as the driver saw it. Times are milliseconds since the load began. */
export interface CallRecord {
  readonly key: string;
  readonly method: MethodName;
  /** When it should have been made; delays of the driver itself count as latency. */
  readonly scheduled: number;
  readonly sent: number;
  /** Undefined while its caller was told nothing. */
  ended: number | undefined;
  outcome: Ended | undefined;
}

/** Told that it failed. */
export function failed({ outcome }: CallRecord): boolean {
  return outcome !== undefined && outcome.code !== 0;
}

/** Those that were under way in a span of time. */
export function underWay(records: readonly CallRecord[], from: number, to = from): CallRecord[] {
  return records.filter(({ sent, ended = to }) => sent <= to && ended >= from);
}
