import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Reading } from './reading.ts';
import { growthOf, slopeOf } from './slope.ts';

test('slopeOf() finds the line, whatever a few points say', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.array(fc.nat(19), { maxLength: 2 }),
      fc.integer({ min: -1e9, max: 1e9 }),
      (slope, start, apart, wrong) => {
        const points = Array.from({ length: 20 }, (_, x): [number, number] => [
          x,
          apart.includes(x) ? wrong : start + slope * x,
        ]);

        expect(slopeOf(points)).toBeCloseTo(slope, 5);
      },
    ),
  );
});

test('growthOf() sees what each call leaves behind, and handles that become more', () => {
  const reading = (round: number, sockets: number): Reading => ({
    done: round * 1_000,
    heap: 5e6 + round * 8_000 + (round % 2) * 3_000,
    external: 1e6,
    rss: 0,
    counts: { TCPSocketWrap: sockets, Timeout: 3 },
  });

  const leaking = growthOf(Array.from({ length: 10 }, (_, round) => reading(round, 2 + (round > 6 ? 1 : 0))));
  const steady = growthOf(Array.from({ length: 10 }, () => reading(1, 2)));

  expect(leaking.heap).toBeGreaterThan(7);
  expect(leaking.heap).toBeLessThan(9);
  expect(leaking.external).toBe(0);
  expect(leaking.more).toEqual(['TCPSocketWrap: 3']);
  expect(steady).toEqual({ heap: 0, external: 0, more: [] });
});
