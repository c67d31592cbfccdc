import { Code, type Interceptor, type Logger, StatusError, silentLogger } from 'flowrpc';
import {
  circuitBreaker,
  concurrencyLimit,
  hedging,
  loadShed,
  onAttempt,
  type RetryBudget,
  type RetryThrottle,
  rateLimit,
  retry,
} from 'flowrpc/interceptors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aborted, pause } from '../suites/gate.ts';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const warnings: string[] = [];
const lost: unknown[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning.message);
const onLost = (thrown: unknown): void => void lost.push(thrown);

// In front of the test runner's own: what nobody caught would end a process.
beforeEach(() => {
  process.on('warning', onWarning);
  process.prependListener('unhandledRejection', onLost);
  process.prependListener('uncaughtException', onLost);
});
afterEach(() => {
  process.off('warning', onWarning);
  process.off('unhandledRejection', onLost);
  process.off('uncaughtException', onLost);
  warnings.length = lost.length = 0;
});

const rejects = async (): Promise<never> => {
  throw new Error('not now');
};
const throws = (): never => {
  throw new Error('not now');
};

/** How one call through some interceptors ends, once all that it left behind has settled. */
async function one(interceptors: readonly Interceptor[], act: () => unknown = () => undefined) {
  await using probe = await setup(transport, {
    handlers: everyKind(async function* answer(requests, context) {
      await act();
      yield* shout(requests, context);
    }),
    ...onSide('client', ...interceptors),
  });
  const { status } = await run(probe.client, 'unary');
  await pause(20);
  return status;
}

const down = (): never => {
  throw new StatusError(Code.UNAVAILABLE, 'Down');
};

describe.each([
  ['throws', throws],
  ['rejects', rejects],
])('a function of the user that %s', (_how, fail) => {
  test('circuitBreaker() onChange is a warning', async () => {
    const status = await one([circuitBreaker({ consecutiveFailures: 1, onChange: fail })], down);

    expect(status.message).toBe('Down');
    expect(warnings).toEqual(['onChange of circuitBreaker() failed: not now']);
    expect(lost).toEqual([]);
  });

  test.each([
    ['retry()', (budget: RetryBudget, throttle: RetryThrottle) => retry({ budget, throttle, nonIdempotent: true })],
    ['hedging()', (budget: RetryBudget, throttle: RetryThrottle) => hedging({ budget, throttle, nonIdempotent: true })],
  ])('%s: one that is only told is a warning', async (_name, make) => {
    const budget: RetryBudget = { called: fail, take: () => true };
    const throttle: RetryThrottle = { open: true, succeeded: fail, failed: () => true };

    const status = await one([make(budget, throttle)]);

    expect(status.code).toBe(Code.OK);
    expect(warnings).toEqual([
      'called() of a retry budget failed: not now',
      'succeeded() of a retry throttle failed: not now',
    ]);
    expect(lost).toEqual([]);
  });

  test.each([
    ['retry()', () => retry({ nonIdempotent: true, baseDelayMs: 1 })],
    ['hedging()', () => hedging({ nonIdempotent: true, delayMs: 5 })],
  ])('%s: a listener of attempts is a warning', async (_name, make) => {
    let tries = 0;
    const listen: Interceptor = async function listen(call, next) {
      return next(onAttempt(call, fail));
    };

    const status = await one([listen, make()], () => (++tries === 1 ? down() : undefined));

    expect(status.code).toBe(Code.OK);
    expect(warnings).toEqual(Array(4).fill('A listener of attempts failed: not now'));
    expect(lost).toEqual([]);
  });

  test('hedging(): a budget ends the call, and its attempts', async () => {
    const budget: RetryBudget = { called() {}, take: fail as () => never };
    let cancelled = 0;
    await using probe = await setup(transport, {
      handlers: everyKind(async function* stuck(requests, context) {
        await aborted(context.signal);
        cancelled += 1;
        yield* shout(requests, context);
      }),
      ...onSide('client', hedging({ budget, nonIdempotent: true, delayMs: 5 })),
    });

    const { status } = await run(probe.client, 'unary');

    expect(status.code).toBe(Code.UNKNOWN);
    await expect.poll(() => cancelled).toBe(1);
    expect(lost).toEqual([]);
  });

  test('hedging(): a throttle ends the call when an attempt fails', async () => {
    const throttle: RetryThrottle = { open: true, succeeded() {}, failed: fail as () => never };

    const status = await one([hedging({ throttle, nonIdempotent: true, delayMs: 1_000 })], down);

    expect(status.code).toBe(Code.UNKNOWN);
    expect(lost).toEqual([]);
  });

  test('rateLimit() with a store that fails: its logger is a warning', async () => {
    const logger: Logger = { ...silentLogger, warn: fail };

    const status = await one([rateLimit({ store: { take: rejects }, logger })]);

    expect(status.code).toBe(Code.OK);
    expect(warnings).toEqual(['the logger of rateLimit() failed: not now']);
    expect(lost).toEqual([]);
  });
});

test.each([
  ['rateLimit()', rateLimit({ perSecond: 1, key: rejects as never }), 'the key of a limit'],
  ['concurrencyLimit()', concurrencyLimit({ max: 1, key: rejects as never }), 'the key of a limit'],
  ['circuitBreaker()', circuitBreaker({ key: rejects as never }), 'the key of circuitBreaker()'],
])('%s: a key that is a promise ends the call with what is wrong', async (_name, interceptor, what) => {
  const status = await one([interceptor]);

  expect(status.message).toBe(`Cannot wait for ${what}: it gave a promise, wanted its value at once`);
  expect(warnings).toEqual([`${what} failed: not now`]);
  expect(lost).toEqual([]);
});

test('loadShed(): a priority that is a promise is normal, and its rejection a warning', async () => {
  await using shed = loadShed({ maxLoopDelayMs: false, priority: rejects as never });

  const status = await one([shed]);

  expect(status.code).toBe(Code.OK);
  expect(warnings).toEqual(['priority of loadShed() failed: not now']);
  expect(lost).toEqual([]);
});
