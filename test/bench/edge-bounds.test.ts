import { expect, test } from 'vitest';
import { type Bound, bounds, judge } from '../../bench/edge-bounds.ts';

const names = Object.keys(bounds) as Bound[];
const at = (factor: number) =>
  Object.fromEntries(names.map((name) => [name, [bounds[name] * factor]])) as Record<Bound, number[]>;

test('judge() passes what is within its bounds and names what is not #150', () => {
  const exceeded = (factor: number) => judge(at(factor)).map((verdict) => verdict.exceeded);

  expect(names.length).toBeGreaterThan(0);
  expect(exceeded(1)).toEqual(names.map(() => false));
  expect(exceeded(1.01)).toEqual(names.map(() => true));
});

test('judge() fails a measurement that is no number, and goes by the median #150', () => {
  const outlier = Object.fromEntries(names.map((name) => [name, [0.1, 0.2, 1e9]])) as Record<Bound, number[]>;

  expect(judge(at(Number.NaN)).every(({ exceeded }) => exceeded)).toBe(true);
  expect(judge(outlier).some(({ exceeded }) => exceeded)).toBe(false);
});
