import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judge } from './part.ts';
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

test('judge() does not pass what was hardly done', () => {
  const result = judge('calls', { wanted: 300, readings: [], failures: [], maxBytesEach: 100 }, 1);

  expect(result.failures).toEqual(['0 readings say nothing: wanted 3']);
});

test.each([
  ['20 bytes for each call', 300_000, 20, ['heap grows by 20.0 bytes each: wanted 5.2 at most']],
  ['what is allowed', 300_000, 5, []],
  ['less than heaps go up and down by', 10_000, 50, []],
])('judge() of %s in %d calls', (_what, calls, bytes, failures) => {
  const readings = Array.from({ length: 16 }, (_, at): Reading => {
    const done = (calls / 20) * (at + 5);
    // Ups and downs of 400 KB, and once of 2 MB.
    const noise = at === 7 ? 2e6 : 2e5 * Math.sin(at * at);
    return { done, heap: 2e7 + done * bytes + noise, external: 1e6, rss: 0, counts: {} };
  });
  const mib = 1024 * 1024;

  const result = judge('calls', { wanted: calls, readings, failures: [], maxBytesEach: (5 * mib) / 1e6 }, 1);

  expect(result.failures.map((failure) => failure.replace(/by [\d.]+/, 'by 20.0'))).toEqual(failures);
});
