/** When things happen in a run, milliseconds since the load began. */
export interface Times {
  /** Calls before do not count for latencies. */
  readonly warmMs: number;
  readonly faultMs: number;
  readonly endMs: number;
}

export const longTimes: Times = { warmMs: 10_000, faultMs: 20_000, endMs: 60_000 };
export const shortTimes: Times = { warmMs: 1_000, faultMs: 3_000, endMs: 8_000 };
