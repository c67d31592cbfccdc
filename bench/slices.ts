export interface SliceOptions {
  /** The first one warms up and is dropped. */
  rounds?: number;
  sliceMs?: number;
  /** Calls under way at a time. */
  concurrency?: number;
}

/**
 * Microseconds a call, a figure for each round. Contenders take turns within a round, in one process: a ratio of figures of
 * one round says more than one of medians.
 */
export async function slices<K extends string>(
  contenders: Readonly<Record<K, () => Promise<unknown>>>,
  { rounds = 9, sliceMs = 100, concurrency = 1 }: SliceOptions = {},
): Promise<Record<K, number[]>> {
  const names = Object.keys(contenders) as K[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const micros = await slice(contenders[name], sliceMs, concurrency);
      if (round > 0) samples[name].push(micros);
    }
  }
  return samples;
}

/** What two figures of the same round give, for all rounds. */
export function paired(
  left: readonly number[],
  right: readonly number[],
  of: (a: number, b: number) => number,
): number[] {
  return left.map((value, round) => of(value, right[round]!));
}

async function slice(call: () => Promise<unknown>, sliceMs: number, concurrency: number): Promise<number> {
  const start = performance.now();
  let calls = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() - start < sliceMs) {
      // The clock costs as much as a cheap call, so it is not asked after each.
      for (let i = 0; i < 16; i++) await call();
      calls += 16;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  return ((performance.now() - start) * 1_000) / calls;
}
