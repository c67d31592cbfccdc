import fc from 'fast-check';
import { Code, type Interceptor, retryInfo, StatusError } from 'flowrpc';
import {
  type AttemptEvent,
  attemptOf,
  hedging,
  onAttempt,
  type RetryOptions,
  retry,
  retryBudget,
  retryThrottle,
} from 'flowrpc/interceptors';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { aborted, pause } from '../suites/gate.ts';
import { type AnyHandler, everyKind, kinds, outcome, run, shout, shouted, start, texts } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const local = transports[0] as TestTransport;
const tcp = transports[2] as TestTransport;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A handler that fails as often as told, each time with the next of some codes. */
function failing(times: number, ...codes: readonly Exclude<Code, 0>[]) {
  const seen = { tries: 0 };
  const handle: AnyHandler = async function* handle(requests, context) {
    seen.tries += 1;
    if (seen.tries <= times)
      throw new StatusError(codes[Math.min(seen.tries, codes.length) - 1] ?? Code.UNAVAILABLE, `Failure ${seen.tries}`);
    yield* shout(requests, context);
  };
  return { handle, seen };
}

describe('P-12 a retry storm', () => {
  async function storm(options: RetryOptions, rounds: number): Promise<number[]> {
    const { handle, seen } = failing(Number.POSITIVE_INFINITY);
    const storming = retry({ nonIdempotent: true, baseDelayMs: 5, ...options });
    await using probe = await setup(tcp, { handlers: everyKind(handle), ...onSide('client', storming) });
    const tries: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = seen.tries;
      await Promise.all(Array.from({ length: 100 }, () => run(probe.client, 'unary')));
      tries.push(seen.tries - before);
    }
    return tries;
  }

  test('100 concurrent calls: the budget alone keeps to 1.1 attempts a call', async () => {
    const tries = await storm({ attempts: 5, throttle: false }, 3);

    for (const each of tries) expect(each).toBeLessThanOrEqual(110);
    expect(tries[0]).toBe(110);
  });

  test('100 concurrent calls: with the throttle it is less, and then none', async () => {
    const [first, second] = await storm({ attempts: 5 }, 2);

    expect(first).toBeLessThanOrEqual(104);
    expect(second).toBe(100);
  });

  test('without both, each call uses all its attempts', async () => {
    const [tries] = await storm({ attempts: 5, throttle: false, budget: false }, 1);

    expect(tries).toBe(500);
  });
});

describe('retryBudget()', () => {
  test('never gives more than its share of the calls of the window, or its minimum', () => {
    vi.useFakeTimers();
    const step = fc.oneof(
      fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 4_000 }) }),
      fc.record({ type: fc.constant('calls' as const), count: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ type: fc.constant('take' as const) }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom(0, 0.1, 0.5, 1),
        (steps, minimum, ratio) => {
          const budget = retryBudget({ ratio, minimum, windowMs: 1_000 });
          const calls: number[] = [];
          const taken: number[] = [];
          for (const each of steps) {
            if (each.type === 'wait') vi.advanceTimersByTime(each.ms);
            else if (each.type === 'calls') {
              for (let n = 0; n < each.count; n++) budget.called();
              for (let n = 0; n < each.count; n++) calls.push(performance.now());
            } else if (budget.take()) taken.push(performance.now());
            // The window moves in tenths: what is certain to be inside of it, and what may be.
            const now = performance.now();
            const inside = taken.filter((at) => now - at < 900).length;
            const possible = calls.filter((at) => now - at <= 2_000).length;
            expect(inside).toBeLessThanOrEqual(Math.max(minimum, ratio * possible));
          }
        },
      ),
    );
  });

  test('gives again when the window has passed', () => {
    vi.useFakeTimers();
    const budget = retryBudget({ minimum: 2, ratio: 0, windowMs: 1_000 });

    const first = [budget.take(), budget.take(), budget.take()];
    vi.advanceTimersByTime(1_100);
    const later = [budget.take(), budget.take(), budget.take()];
    vi.advanceTimersByTime(1_000_000);

    expect(first).toEqual([true, true, false]);
    expect(later).toEqual([true, true, false]);
    expect(budget.take()).toBe(true);
  });

  test('refuses options that mean nothing', () => {
    expect(() => retryBudget({ ratio: -1 })).toThrow('Cannot budget retries with ratio -1: wanted 0 or more');
    expect(() => retryBudget({ windowMs: 0 })).toThrow('windowMs 0');
    expect(() => retryBudget({ minimum: Number.NaN })).toThrow('minimum NaN');
    expect(() => retry({ budget: { share: 1 } as never })).toThrow('Cannot use option "share" of a retry budget');
    expect(() => retry({ throttle: { tokens: 1 } as never })).toThrow('Cannot use option "tokens" of a retry throttle');
  });
});

describe('retry()', () => {
  test('#144 tries three times after DEADLINE_EXCEEDED with 100 ms between, and no other status', async () => {
    const pauses: number[] = [];
    const real = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) => {
      if (ms === 100) pauses.push(ms);
      return real(run, ms === 100 ? 0 : ms);
    }) as never);
    const again = retry({
      attempts: 4,
      codes: [Code.DEADLINE_EXCEEDED],
      baseDelayMs: 100,
      multiplier: 1,
      jitter: 0,
      nonIdempotent: true,
    });
    const late = failing(3, Code.DEADLINE_EXCEEDED);
    const other = failing(1, Code.UNAVAILABLE);
    await using one = await setup(tcp, { handlers: everyKind(late.handle), ...onSide('client', again) });
    await using two = await setup(tcp, { handlers: everyKind(other.handle), ...onSide('client', again) });

    const result = await run(one.client, 'unary');
    const refused = await run(two.client, 'unary');

    expect(result.status.code).toBe(Code.OK);
    expect([late.seen.tries, pauses]).toEqual([4, [100, 100, 100]]);
    expect(refused.status.code).toBe(Code.UNAVAILABLE);
    expect(other.seen.tries).toBe(1);
  });

  test('an attempt that took longer than attemptTimeoutMs is tried again, whatever codes says', async () => {
    let tries = 0;
    const again = retry({ attemptTimeoutMs: 300, attempts: 10, nonIdempotent: true, baseDelayMs: 1 });
    await using probe = await setup(tcp, {
      handlers: everyKind(async function* slow(requests, context) {
        tries += 1;
        if (tries === 1) throw await aborted(context.signal);
        yield* shout(requests, context);
      }),
      ...onSide('client', again),
    });

    const { status } = await run(probe.client, 'unary', { timeoutMs: 20_000 });

    expect(status.code).toBe(Code.OK);
    // More than two, where the machine is slow.
    expect(tries).toBeGreaterThanOrEqual(2);
  });

  test.each(['serverStream', 'bidi'] as const)('%s: attemptTimeoutMs holds until the stream begins', async (kind) => {
    let tries = 0;
    const again = retry({ attemptTimeoutMs: 300, attempts: 10, nonIdempotent: true, baseDelayMs: 1 });
    await using probe = await setup(tcp, {
      handlers: everyKind(async function* slow(requests, context) {
        tries += 1;
        if (tries === 1) throw await aborted(context.signal);
        for await (const message of shout(requests, context)) {
          yield message;
          await pause(350);
        }
      }),
      ...onSide('client', again),
    });

    const result = await run(probe.client, kind);

    expect(result.status.code).toBe(Code.OK);
    expect(texts(result)).toEqual(shouted(kind));
    // More than two, where the machine is slow.
    expect(tries).toBeGreaterThanOrEqual(2);
  });

  test('a call that cannot be repeated any more ends without a pause', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    await using probe = await setup(local, {
      handlers: everyKind(async function* partial(requests, context) {
        yield* shout(requests, context);
        throw new StatusError(Code.UNAVAILABLE, 'Broke off');
      }),
      ...onSide('client', retry({ nonIdempotent: true, baseDelayMs: 77, jitter: 0 })),
    });

    const { status } = await run(probe.client, 'serverStream');

    expect(status.message).toBe('Broke off');
    expect(timers.mock.calls.filter(([, ms]) => ms === 77)).toEqual([]);
  });

  test('waits at least as long as RetryInfo asks', async () => {
    const pauses: number[] = [];
    const real = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) => {
      if (ms === 1_250) pauses.push(ms);
      return real(run, ms === 1_250 ? 0 : ms);
    }) as never);
    let tries = 0;
    await using probe = await setup(local, {
      handlers: everyKind(async function* busy(requests, context) {
        tries += 1;
        const details = [retryInfo({ retryDelay: { seconds: 1, nanos: 250_000_000 } })];
        if (tries === 1) throw new StatusError(Code.UNAVAILABLE, 'Busy', { details });
        yield* shout(requests, context);
      }),
      ...onSide('client', retry({ baseDelayMs: 1, nonIdempotent: true })),
    });

    const { status } = await run(probe.client, 'unary');

    expect(status.code).toBe(Code.OK);
    expect(pauses).toEqual([1_250]);
  });

  test('methods: the first entry that matches holds, over the rest', async () => {
    const { handle, seen } = failing(Number.POSITIVE_INFINITY);
    const again = retry({
      baseDelayMs: 0,
      budget: false,
      throttle: false,
      methods: [
        { match: '/suite.Probe/Unary', attempts: 5, nonIdempotent: true },
        { match: { kind: ['unary', 'clientStream'] }, attempts: 2, nonIdempotent: true },
        { match: '/suite.Probe/Bidi', attempts: 1 },
      ],
      nonIdempotent: false,
    });
    await using probe = await setup(local, { handlers: everyKind(handle), ...onSide('client', again) });

    const tries: number[] = [];
    for (const kind of kinds) {
      const before = seen.tries;
      await run(probe.client, kind);
      tries.push(seen.tries - before);
    }

    expect(tries).toEqual([5, 1, 2, 1]);
  });

  test('shares a throttle and a budget with hedging()', async () => {
    const throttle = retryThrottle({ maxTokens: 4 });
    const budget = retryBudget({ minimum: 1, ratio: 0 });
    const { handle, seen } = failing(Number.POSITIVE_INFINITY);
    const hedged = hedging({ nonIdempotent: true, delayMs: 1_000, throttle, budget });
    const again = retry({ nonIdempotent: true, baseDelayMs: 0, throttle, budget });
    await using one = await setup(local, { handlers: everyKind(handle), ...onSide('client', hedged) });
    await using two = await setup(local, { handlers: everyKind(handle), ...onSide('client', again) });

    await run(one.client, 'unary');
    await run(two.client, 'unary');

    // The hedge took what the budget had, and both together half of the tokens.
    expect(seen.tries).toBe(3);
    expect(throttle.open).toBe(false);
  });

  test('those further out hear of each attempt, those further in ask which it is', async () => {
    const { handle } = failing(2);
    const events: AttemptEvent[] = [];
    const numbers: number[] = [];
    const outer: Interceptor = async function outer(call, next) {
      return next(onAttempt(call, (event) => events.push(event)));
    };
    const inner: Interceptor = async function inner(call, next) {
      numbers.push(attemptOf(call));
      return next(call);
    };
    await using probe = await setup(tcp, {
      handlers: everyKind(handle),
      ...onSide('client', outer, retry({ nonIdempotent: true, baseDelayMs: 1 }), inner),
    });

    const { status } = await run(probe.client, 'bidi');

    expect(status.code).toBe(Code.OK);
    expect(numbers).toEqual([1, 2, 3]);
    expect(events.map((event) => [event.type, event.number])).toEqual([
      ['started', 1],
      ['ended', 1],
      ['started', 2],
      ['ended', 2],
      ['started', 3],
      ['ended', 3],
    ]);
    expect(events.flatMap((event) => (event.type === 'ended' ? event.status.code : []))).toEqual([14, 14, 0]);
    expect(events[0]).toEqual({ type: 'started', number: 1, hedge: false, transparent: false, delayMs: 0 });
    expect(events.flatMap((event) => (event.type === 'started' && event.number > 1 ? event.delayMs : []))).toEqual([
      expect.closeTo(1, 0),
      expect.closeTo(2, 0),
    ]);
  });

  test('the caller sees the last attempt only: its header, trailer and status', async () => {
    let tries = 0;
    await using probe = await setup(tcp, {
      handlers: everyKind(async function* twice(requests, context) {
        tries += 1;
        context.trailer.set('x-try', String(tries));
        if (tries === 1) throw new StatusError(Code.UNAVAILABLE, 'Not yet');
        context.header.set('x-try', String(tries));
        yield* shout(requests, context);
      }),
      ...onSide('client', retry({ nonIdempotent: true, baseDelayMs: 1 })),
    });

    const { status, header } = await run(probe.client, 'serverStream');

    expect(status.trailer.getAll('x-try')).toEqual(['2']);
    expect(header.getAll('x-try')).toEqual(['2']);
  });

  test.each(kinds)('D-08 %s: a deadline that comes in the pause ends it', async (kind) => {
    const { handle, seen } = failing(9);
    const slow = retry({ nonIdempotent: true, baseDelayMs: 80, jitter: 0, attempts: 9, multiplier: 1 });
    await using probe = await setup(local, { handlers: everyKind(handle), ...onSide('client', slow) });

    const { status } = await run(probe.client, kind, { timeoutMs: 100 });
    const tries = seen.tries;
    await pause(150);

    expect([Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED]).toContain(status.code);
    expect(seen.tries).toBe(tries);
  });

  test('D-08 a cancel while an attempt runs is the last word', async () => {
    let tries = 0;
    const again = retry({ nonIdempotent: true, baseDelayMs: 0, codes: [Code.CANCELLED, Code.UNAVAILABLE] });
    await using probe = await setup(tcp, {
      handlers: everyKind(async function* stuck(requests, context) {
        tries += 1;
        await aborted(context.signal);
        yield* shout(requests, context);
      }),
      ...onSide('client', again),
    });

    const call = start(probe.client, 'unary');
    const ended = outcome(call);
    await expect.poll(() => tries).toBe(1);
    call.cancel();

    expect((await ended).status.code).toBe(Code.CANCELLED);
    await pause(20);
    expect(tries).toBe(1);
  });
});
