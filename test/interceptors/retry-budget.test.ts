import { Code, StatusError } from 'flowrpc';
import { type RetryOptions, retry, retryBudget, retryThrottle } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

/** How many further attempts are given one after another, up to a hundred. */
function taken(budget: ReturnType<typeof retryBudget>): number {
  let count = 0;
  while (count < 100 && budget.take()) count += 1;
  return count;
}

describe('retryBudget()', () => {
  test.each([
    [0, 0],
    [1, 0],
    [10, 2],
    [54, 10],
    [55, 11],
  ])('gives its whole share: after %i calls with a ratio of 0.2 exactly %i', (calls, wanted) => {
    const budget = retryBudget({ ratio: 0.2, minimum: 0 });
    for (let call = 0; call < calls; call++) budget.called();

    expect(taken(budget)).toBe(wanted);
  });

  test.each([
    [3, 10, 3],
    [3, 100, 10],
  ])('gives the larger of its minimum (%i) and its share of %i calls', (minimum, calls, wanted) => {
    const budget = retryBudget({ minimum });
    for (let call = 0; call < calls; call++) budget.called();

    expect(taken(budget)).toBe(wanted);
  });

  test('takes windows above 0 up to an hour, the ends told apart', () => {
    expect(() => retryBudget({ windowMs: 3_600_000 })).not.toThrow();
    expect(() => retryBudget({ windowMs: 3_600_001 })).toThrow(
      'Cannot budget retries with windowMs 3600001: wanted more than 0, an hour at most',
    );
    expect(() => retryBudget({ windowMs: 0 })).toThrow('Cannot budget retries with windowMs 0');
    expect(() => retryBudget({ ratio: 0, minimum: 0 })).not.toThrow();
  });

  test('names the options there are when one is unknown', () => {
    expect(() => retryBudget({ windowsMs: 1 } as never)).toThrow(/"windowsMs".*windowMs/s);
  });
});

describe('retryThrottle()', () => {
  test('is open while it is more than half full, and shut at the half', () => {
    const throttle = retryThrottle({ maxTokens: 4, tokenRatio: 0.5 });

    expect(throttle.failed()).toBe(true);
    expect(throttle.open).toBe(true);
    expect(throttle.failed()).toBe(false);
    expect(throttle.open).toBe(false);
    throttle.succeeded();
    expect(throttle.open).toBe(true);
  });

  test('takes up to 1000 tokens and any ratio above 0, the ends told apart', () => {
    expect(() => retryThrottle({ maxTokens: 1_000, tokenRatio: 0.001 })).not.toThrow();
    for (const maxTokens of [0, 1_001])
      expect(() => retryThrottle({ maxTokens })).toThrow(`Cannot throttle with maxTokens ${maxTokens}`);
    expect(() => retryThrottle({ tokenRatio: 0 })).toThrow('Cannot throttle with tokenRatio 0: wanted more than 0');
  });
});

describe('retry()', () => {
  /** How often a handler is tried that always fails, by one call. */
  async function tries(options: RetryOptions, trailer: Record<string, string> = {}): Promise<number> {
    let count = 0;
    await using probe = await setup(transports[0] as TestTransport, {
      handlers: everyKind(async function* busy(requests, context) {
        count += 1;
        if (count > 9) yield* shout(requests, context);
        throw new StatusError(Code.UNAVAILABLE, 'Busy', { trailer });
      }),
      ...onSide('client', retry({ baseDelayMs: 1, nonIdempotent: true, ...options })),
    });
    await run(probe.client, 'unary');
    return count;
  }

  test('asks a budget of the user’s own before each further attempt, and tells it of each call', async () => {
    const asked = { called: 0, taken: 0 };
    const budget = {
      called: () => void (asked.called += 1),
      take: () => (asked.taken += 1) < 2,
    };

    expect(await tries({ attempts: 5, throttle: false, budget })).toBe(2);
    expect(asked).toEqual({ called: 1, taken: 2 });
  });

  test('asks a throttle of the user’s own after each failure', async () => {
    let failures = 0;
    const throttle = { open: true, succeeded: () => {}, failed: () => (failures += 1) < 3 };

    expect(await tries({ attempts: 5, throttle, budget: false })).toBe(3);
    expect(failures).toBe(3);
  });

  test.each([
    ['12', 2],
    ['-1', 1],
    ['1.5', 1],
    ['12x', 1],
    ['x12', 1],
    ['', 1],
    ['1234567890', 1],
    ['999999999', 1],
  ])('with a pushback of "%s" a call of two attempts is made %i times', async (pushback, wanted) => {
    expect(await tries({ attempts: 2 }, { 'grpc-retry-pushback-ms': pushback })).toBe(wanted);
  });
});
