import fc from 'fast-check';
import {
  Code,
  connect,
  createServer,
  type ErrorCode,
  findDetail,
  type HandlerContext,
  RetryInfo,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { type CircuitBreakerOptions, type CircuitChange, circuitBreaker, faults, retry } from 'flowrpc/interceptors';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gate } from '../suites/gate.ts';
import { everyKind, kinds, outcome, run, shout, sides, start } from '../suites/kinds.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const key = { client: 'in-process', server: '/suite.Probe/Unary' };

afterEach(() => {
  vi.useRealTimers();
});

/** Only the clock that circuits look at: calls have timers of their own. */
function clock(): { pass(ms: number): void } {
  vi.useFakeTimers({ toFake: ['performance'] });
  return { pass: (ms) => void vi.advanceTimersByTime(ms) };
}

/** A handler that does what it is told until told otherwise. */
function backend() {
  const state = { calls: 0, code: Code.OK as Code, wait: Promise.resolve() as Promise<unknown> };
  const handlers = everyKind(async function* answer(requests, context: HandlerContext) {
    state.calls += 1;
    await state.wait;
    if (state.code !== Code.OK) throw new StatusError(state.code as ErrorCode, 'Down');
    yield* shout(requests, context);
  });
  return { state, handlers };
}

describe.each(sides)('circuitBreaker() on the %s', (side) => {
  test('#131 fails fast after failures in a row; one trial later closes the circuit again', async () => {
    const time = clock();
    const { state, handlers } = backend();
    const changes: CircuitChange[] = [];
    const breaker = circuitBreaker({
      consecutiveFailures: 3,
      openMs: 4_000,
      onChange: (change) => changes.push(change),
    });
    await using probe = await setup(transport, { handlers, ...onSide(side, breaker) });

    state.code = Code.UNAVAILABLE;
    for (let n = 0; n < 3; n++) await run(probe.client, 'unary');
    const fast = await run(probe.client, 'unary');
    time.pass(3_000);
    const still = await run(probe.client, 'unary');
    const duringOutage = state.calls;
    time.pass(1_000);
    const failedTrial = await run(probe.client, 'unary');
    const again = await run(probe.client, 'unary');
    time.pass(4_000);
    state.code = Code.OK;
    const trial = await run(probe.client, 'unary');
    const after = await run(probe.client, 'unary');

    expect(fast.status.code).toBe(Code.UNAVAILABLE);
    expect(fast.status.message).toBe(
      `Circuit of ${key[side]} is open after 3 calls in a row failed: next try in 4000 ms`,
    );
    expect(findDetail(fast.status, RetryInfo)).toMatchObject({ retryDelay: { seconds: 4n, nanos: 0 } });
    expect(still.status.message).toContain('next try in 1000 ms');
    expect(duringOutage).toBe(3);
    expect(failedTrial.status.message).toBe('Down');
    expect(again.status.message).toContain('is open after a trial call failed');
    expect([trial.status.code, after.status.code]).toEqual([Code.OK, Code.OK]);
    expect(state.calls).toBe(6);
    expect(changes.map(({ key, from, to }) => [key, from, to])).toEqual(
      [
        ['closed', 'open'],
        ['open', 'half-open'],
        ['half-open', 'open'],
        ['open', 'half-open'],
        ['half-open', 'closed'],
      ].map((pair) => [key[side], ...pair]),
    );
    expect(breaker.state(key[side])).toBe('closed');
  });

  test('half open: no more than the probes at a time, and all of them must succeed', async () => {
    const time = clock();
    const { state, handlers } = backend();
    const breaker = circuitBreaker({ consecutiveFailures: 1, openMs: 1_000, probes: 2 });
    await using probe = await setup(transport, { handlers, ...onSide(side, breaker) });
    state.code = Code.UNAVAILABLE;
    await run(probe.client, 'unary');
    state.code = Code.OK;
    time.pass(1_000);
    const held = gate();
    state.wait = held.promise;

    const calls = Array.from({ length: 5 }, () => run(probe.client, 'unary'));
    await expect.poll(() => state.calls).toBe(3);
    const refused = await Promise.all(calls.slice(2));
    const between = breaker.state(key[side]);
    held.open();
    const passed = await Promise.all(calls.slice(0, 2));

    expect(refused.map(({ status }) => status.code)).toEqual(Array(3).fill(Code.UNAVAILABLE));
    expect(refused[0]!.status.message).toBe(
      `Circuit of ${key[side]} is half-open after a call failed: a trial call is under way`,
    );
    expect(passed.map(({ status }) => status.code)).toEqual([Code.OK, Code.OK]);
    expect([between, breaker.state(key[side])]).toEqual(['half-open', 'closed']);
  });

  test('half open: one success of two is not enough', async () => {
    const time = clock();
    const { state, handlers } = backend();
    const breaker = circuitBreaker({ consecutiveFailures: 1, openMs: 1_000, probes: 2 });
    await using probe = await setup(transport, { handlers, ...onSide(side, breaker) });
    state.code = Code.UNAVAILABLE;
    await run(probe.client, 'unary');
    state.code = Code.OK;
    time.pass(1_000);

    await run(probe.client, 'unary');
    const one = breaker.state(key[side]);
    await run(probe.client, 'unary');

    expect([one, breaker.state(key[side])]).toEqual(['half-open', 'closed']);
  });

  test('opens at a failure rate, once there were enough calls in the window', async () => {
    const time = clock();
    const { state, handlers } = backend();
    const breaker = circuitBreaker({ failureRate: 0.5, minimumCalls: 10, consecutiveFailures: 100, windowMs: 10_000 });
    await using probe = await setup(transport, { handlers, ...onSide(side, breaker) });
    const call = async (...codes: readonly Code[]): Promise<void> => {
      for (const code of codes) {
        state.code = code;
        await run(probe.client, 'unary');
      }
    };
    const { OK, UNAVAILABLE } = Code;

    await call(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
    const few = breaker.state(key[side]);
    time.pass(11_000);
    await call(OK, UNAVAILABLE, OK, UNAVAILABLE, OK, UNAVAILABLE, OK, OK, UNAVAILABLE);
    const nine = breaker.state(key[side]);
    await call(UNAVAILABLE);

    expect([few, nine, breaker.state(key[side])]).toEqual(['closed', 'closed', 'open']);
    expect((await run(probe.client, 'unary')).status.message).toContain('open after 5 of 10 calls failed');
  });

  test('answers that are no failures, and cancels, do not count against a target', async () => {
    const { state, handlers } = backend();
    const breaker = circuitBreaker({ consecutiveFailures: 2 });
    await using probe = await setup(transport, { handlers, ...onSide(side, breaker) });

    for (const code of [Code.UNAVAILABLE, Code.NOT_FOUND, Code.UNAVAILABLE, Code.INVALID_ARGUMENT]) {
      state.code = code;
      await run(probe.client, 'unary');
    }
    const held = gate();
    state.wait = held.promise;
    for (let n = 0; n < 3; n++) {
      const before = state.calls;
      const call = start(probe.client, 'unary');
      const ended = outcome(call);
      await expect.poll(() => state.calls).toBe(before + 1);
      call.cancel();
      await ended;
    }
    held.open();

    expect(breaker.state(key[side])).toBe('closed');
  });

  test.each(['serverStream', 'bidi'] as const)('%s: the first message of a trial closes the circuit', async (kind) => {
    const time = clock();
    const held = gate();
    let calls = 0;
    const breaker = circuitBreaker({ consecutiveFailures: 1, openMs: 1_000, key: () => 'all' });
    await using probe = await setup(transport, {
      handlers: everyKind(async function* watch(requests, context) {
        calls += 1;
        if (calls === 1) throw new StatusError(Code.UNAVAILABLE, 'Down');
        for await (const message of shout(requests, context)) {
          yield message;
          await held.promise;
        }
      }),
      ...onSide(side, breaker),
    });
    await run(probe.client, 'unary');
    time.pass(1_000);

    const ended = outcome(start(probe.client, kind));
    await expect.poll(() => breaker.state('all')).toBe('closed');
    held.open();

    expect((await ended).status.code).toBe(Code.OK);
  });

  test('a trial that nobody hears of again does not keep the circuit as it is', async () => {
    const time = clock();
    const { state, handlers } = backend();
    const breaker = circuitBreaker({ consecutiveFailures: 1, openMs: 1_000 });
    await using probe = await setup(transport, { handlers, ...onSide(side, breaker) });
    state.code = Code.UNAVAILABLE;
    await run(probe.client, 'unary');
    time.pass(1_000);
    const held = gate();
    state.wait = held.promise;
    const lost = run(probe.client, 'unary');
    await expect.poll(() => state.calls).toBe(2);
    state.wait = Promise.resolve();
    state.code = Code.OK;

    const refused = await run(probe.client, 'unary');
    time.pass(1_000);
    const next = await run(probe.client, 'unary');
    state.code = Code.UNAVAILABLE;
    held.open();
    await lost;

    expect(refused.status.message).toContain('a trial call is under way');
    expect(next.status.code).toBe(Code.OK);
    // What the lost one says at last is of an earlier time.
    expect(breaker.state(key[side])).toBe('closed');
  });
});

describe('circuitBreaker()', () => {
  test('each target has its own', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    const bad = createServer({ logger: silentLogger, interceptors: [faults([{ abort: Code.UNAVAILABLE }])] });
    const good = createServer({ logger: silentLogger });
    for (const server of [bad, good]) server.add(ProbeService, everyKind(shout));
    const tcp = transports[2] as TestTransport;
    await using one = await tcp.open(bad, { interceptors: [breaker] });
    await using two = await tcp.open(good, { interceptors: [breaker] });

    await run(one.client(ProbeService), 'unary');
    const refused = await run(one.client(ProbeService), 'unary');
    const served = await run(two.client(ProbeService), 'unary');

    expect(refused.status.message).toMatch(new RegExp(`^Circuit of ${one.target} is open`));
    expect(served.status.code).toBe(Code.OK);
    expect([breaker.state(one.target), breaker.state(two.target)]).toEqual(['open', 'closed']);
    expect(breaker.keys()).toEqual([one.target, two.target]);
    await Promise.all([bad.close({ graceMs: 0 }), good.close({ graceMs: 0 })]);
  });

  test('a target that cannot be reached opens its circuit too', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 2 });
    await using channel = connect('127.0.0.1:1', { interceptors: [breaker] });
    const client = channel.client(ProbeService);

    await run(client, 'unary');
    await run(client, 'unary');

    expect(breaker.state('127.0.0.1:1')).toBe('open');
  });

  test('inside of retry() each attempt counts, and none is made once it is open', async () => {
    const { state, handlers } = backend();
    state.code = Code.UNAVAILABLE;
    const again = retry({ attempts: 10, baseDelayMs: 0, nonIdempotent: true, throttle: false });
    await using probe = await setup(transport, {
      handlers,
      ...onSide('client', again, circuitBreaker({ consecutiveFailures: 3 })),
    });

    const { status } = await run(probe.client, 'unary');

    expect(status.message).toContain('Circuit of in-process is open');
    expect(state.calls).toBe(3);
  });

  test('on a server it tells clients when to come back', async () => {
    const time = clock();
    const { state, handlers } = backend();
    state.code = Code.UNAVAILABLE;
    await using probe = await setup(transport, {
      handlers,
      ...onSide('server', circuitBreaker({ consecutiveFailures: 1, openMs: 2_500 })),
    });

    await run(probe.client, 'unary');
    time.pass(500);
    const { status } = await run(probe.client, 'unary');

    expect(status.trailer.get('grpc-retry-pushback-ms')).toBe('2000');
  });

  test('paths that nobody registered have none on a server', async () => {
    const breaker = circuitBreaker();
    await using probe = await setup(transport, onSide('server', breaker));

    for (let n = 0; n < 20; n++) await probe.channel.call(`/no.Such/M${n}`, new Uint8Array()).status;

    expect(breaker.keys()).toEqual([]);
  });

  test('circuits are bounded, the one used longest ago goes first, and unused ones are forgotten', async () => {
    const time = clock();
    let name = '';
    const breaker = circuitBreaker({ key: () => name, maxCircuits: 3 });
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide('client', breaker) });
    const use = async (...names: readonly string[]): Promise<void> => {
      for (name of names) {
        await run(probe.client, 'unary');
        time.pass(1);
      }
    };

    await use('a', 'b', 'c', 'a', 'd');
    const kept = breaker.keys();
    time.pass(700_000);
    await use('e');

    expect(kept).toEqual(['a', 'c', 'd']);
    expect(breaker.keys()).toEqual(['e']);
  });

  test('what onChange throws decides nothing', async () => {
    const { state, handlers } = backend();
    state.code = Code.UNAVAILABLE;
    const onChange = (): void => {
      throw new Error('no');
    };
    await using probe = await setup(transport, {
      handlers,
      ...onSide('client', circuitBreaker({ consecutiveFailures: 1, onChange })),
    });

    expect((await run(probe.client, 'unary')).status.message).toBe('Down');
  });

  test('whatever comes: opens only for a reason, and a healthy target gets its calls back', async () => {
    const time = clock();
    const step = fc.oneof(
      fc.constantFrom<Code>(Code.OK, Code.UNAVAILABLE, Code.NOT_FOUND),
      fc.integer({ min: 50, max: 3_000 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (steps, probes) => {
        const { state, handlers } = backend();
        const options: CircuitBreakerOptions = { consecutiveFailures: 3, openMs: 1_000, probes, minimumCalls: 1_000 };
        const breaker = circuitBreaker(options);
        await using probe = await setup(transport, { handlers, ...onSide('client', breaker) });
        let inARow = 0;
        for (const each of steps) {
          if (each > 16) {
            time.pass(each);
            continue;
          }
          state.code = each as Code;
          const before = breaker.state('in-process');
          await run(probe.client, 'unary');
          inARow = each === Code.UNAVAILABLE ? inARow + 1 : 0;
          if (before === 'closed') expect(breaker.state('in-process')).toBe(inARow >= 3 ? 'open' : 'closed');
          if (breaker.state('in-process') !== 'closed') inARow = 0;
        }
        state.code = Code.OK;
        time.pass(1_000);
        for (let n = 0; n < probes; n++) await run(probe.client, 'unary');
        expect(breaker.state('in-process')).toBe('closed');
      }),
      { numRuns: 50 },
    );
  });

  test.each(kinds)('%s: a call that is refused is not sent', async (kind) => {
    const { state, handlers } = backend();
    state.code = Code.UNAVAILABLE;
    const breaker = circuitBreaker({ consecutiveFailures: 1, key: () => 'all' });
    await using probe = await setup(transport, { handlers, ...onSide('client', breaker) });

    await run(probe.client, kind);
    const { status } = await run(probe.client, kind);

    expect(status.message).toContain('Circuit of all is open');
    expect(state.calls).toBe(1);
  });

  test('refuses options that mean nothing', () => {
    expect(() => circuitBreaker({ failureRate: 0 })).toThrow('wanted a share above 0, 1 at most');
    expect(() => circuitBreaker({ probes: 0 })).toThrow('Cannot break circuits with probes 0: wanted 1 or more');
    expect(() => circuitBreaker({ openMs: Number.NaN })).toThrow('openMs NaN');
    expect(() => circuitBreaker({ consecutiveFailure: 1 } as never)).toThrow('did you mean "consecutiveFailures"?');
  });
});
