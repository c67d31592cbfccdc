import type { Method } from 'flowrpc';
import { AdaptiveLimit } from 'flowrpc/interceptors/limits/load-shed-limit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ProbeService } from '../suites/probe-service.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const { unary, bidi } = ProbeService.methods;
const options = { initial: 50, min: 5, max: 500, tolerance: 2 };

/** A server that does `capacity` calls at a time: beyond it each takes longer. Steps of 100 ms, ten calls each. */
function simulate(
  limit: AdaptiveLimit,
  { offered, capacity, steps, baseMs = 10, method = unary }: Load & { steps: number },
): void {
  for (let step = 0; step < steps; step++) {
    const inFlight = Math.min(offered, Math.floor(limit.limit));
    limit.started(inFlight);
    for (let n = 0; n < 10; n++) limit.succeeded(method, baseMs * Math.max(1, inFlight / capacity));
    vi.advanceTimersByTime(100);
  }
}

interface Load {
  offered: number;
  capacity: number;
  baseMs?: number;
  method?: Method;
}

test('a limit that is used and harmless grows to its maximum', () => {
  const limit = new AdaptiveLimit(options);

  simulate(limit, { offered: 10_000, capacity: 10_000, steps: 500 });

  expect(limit.limit).toBe(500);
});

test('a limit that nobody needs stays where it is', () => {
  const limit = new AdaptiveLimit(options);

  simulate(limit, { offered: 10, capacity: 10_000, steps: 500 });

  expect(limit.limit).toBe(50);
});

test('overload brings it down to what the server can do within its tolerance, and it recovers afterwards', () => {
  const limit = new AdaptiveLimit({ ...options, initial: 200 });
  simulate(limit, { offered: 10, capacity: 20, steps: 50 });

  simulate(limit, { offered: 1_000, capacity: 20, steps: 100 });
  const overloaded = limit.limit;
  simulate(limit, { offered: 1_000, capacity: 400, steps: 200 });

  expect(overloaded).toBeGreaterThan(20);
  expect(overloaded).toBeLessThan(60);
  expect(limit.limit).toBeGreaterThan(200);
});

test('overload does not become usual within minutes', () => {
  const limit = new AdaptiveLimit({ ...options, initial: 200 });
  simulate(limit, { offered: 10, capacity: 20, steps: 50 });

  simulate(limit, { offered: 1_000, capacity: 20, steps: 3_000 });

  expect(limit.limit).toBeLessThan(80);
});

test('what has become slower for another reason is usual after a while', () => {
  const limit = new AdaptiveLimit(options);
  simulate(limit, { offered: 100, capacity: 10_000, steps: 50 });

  simulate(limit, { offered: 100, capacity: 10_000, steps: 20, baseMs: 50 });
  const soon = limit.limit;
  simulate(limit, { offered: 100, capacity: 10_000, steps: 400, baseMs: 50 });

  expect(soon).toBeLessThan(20);
  expect(limit.limit).toBeGreaterThan(50);
});

test('slow methods among fast ones are no overload', () => {
  const limit = new AdaptiveLimit(options);

  for (let round = 0; round < 100; round++) {
    const method = round % 10 < 5 ? unary : bidi;
    simulate(limit, { offered: 100, capacity: 10_000, steps: 5, method, baseMs: method === unary ? 1 : 500 });
  }

  expect(limit.limit).toBeGreaterThan(50);
});

test('calls without an answer in time bring it down, to its minimum at last', () => {
  const limit = new AdaptiveLimit(options);

  for (let n = 0; n < 2_000; n++) {
    limit.started(50);
    limit.dropped();
    vi.advanceTimersByTime(25);
  }

  expect(limit.limit).toBe(5);
});

test('what nobody registered teaches it nothing', () => {
  const limit = new AdaptiveLimit(options);

  for (let n = 0; n < 1_000; n++) {
    limit.started(50);
    limit.succeeded({ ...unary, known: false }, n);
    vi.advanceTimersByTime(25);
  }

  expect(limit.limit).toBe(50);
});
