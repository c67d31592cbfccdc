import type { Reading } from './reading.ts';

/** The median of the slopes between all pairs of points (Theil–Sen): a few that lie apart change nothing. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([x, y], at) =>
    points.slice(at + 1).flatMap(([otherX, otherY]) => (otherX === x ? [] : [(otherY - y) / (otherX - x)])),
  );
  const sorted = slopes.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Growth {
  /** Bytes that each thing done leaves behind. */
  readonly heap: number;
  readonly external: number;
  /** Kinds of handles and listeners of which there were more in each of the last readings than in any of the first half. */
  readonly more: readonly string[];
}

/** A connection that is on its way out does not count as more, so several say it. */
const last = 3;

/** How readings grow from one to the next. */
export function growthOf(readings: readonly Reading[]): Growth {
  const before = readings.slice(0, readings.length >> 1);
  const after = readings.slice(-last);
  const least = (name: string): number => Math.min(...after.map(({ counts }) => counts[name] ?? 0));
  const names = Object.keys(after.at(-1)?.counts ?? {});
  return {
    heap: slopeOf(readings.map(({ done, heap }) => [done, heap])),
    external: slopeOf(readings.map(({ done, external }) => [done, external])),
    more: names
      .filter((name) => least(name) > Math.max(0, ...before.map(({ counts }) => counts[name] ?? 0)))
      .map((name) => `${name}: ${least(name)}`),
  };
}
