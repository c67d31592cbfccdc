import { expect, test } from 'vitest';
import { type Bound, judge } from '../../bench/edge-bounds.ts';

/** The same measurements for every bound there is. */
const all = (...ratios: number[]) => new Proxy({} as Record<Bound, number[]>, { get: () => ratios });
const exceeded = (...ratios: number[]) => judge(all(...ratios)).map((verdict) => verdict.exceeded);

test('judge() passes what is within its bounds and names what is not #150', () => {
  const limits = judge(all(0)).map(({ limit }) => limit);

  expect(limits.length).toBeGreaterThan(0);
  expect(new Set(exceeded(Math.min(...limits)))).toEqual(new Set([false]));
  expect(new Set(exceeded(Math.max(...limits) + 0.01))).toEqual(new Set([true]));
});

test('judge() fails a measurement that is no number, and goes by the median #150', () => {
  expect(new Set(exceeded(Number.NaN))).toEqual(new Set([true]));
  expect(new Set(exceeded(0.1, 0.2, 1e9))).toEqual(new Set([false]));
});
