/** Chance that a seed repeats. */
export interface Dice {
  /** A whole number from 0 to below `count`. */
  below(count: number): number;
  /** True with that probability. */
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function dice(seed: number): Dice {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return { below, chance: (share) => next() < share, pick: (items) => items[below(items.length)]! };
}
