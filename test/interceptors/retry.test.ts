import {
  Code,
  type ErrorCode,
  type Handlers,
  type Idempotency,
  type Interceptor,
  type Service,
  StatusError,
} from 'flowrpc';
import { type RetryOptions, retry } from 'flowrpc/interceptors';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { aborted, gate } from '../suites/gate.ts';
import {
  type AnyHandler,
  everyKind,
  kinds,
  outcome,
  run,
  shout,
  shouted,
  sides,
  start,
  texts,
} from '../suites/kinds.ts';
import { type Probe, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const quick: RetryOptions = { baseDelayMs: 0, nonIdempotent: true, throttle: false };

/** A handler that fails some times, then answers; `tries` holds what each attempt was told of earlier ones. */
function failing(times: number, code: ErrorCode = Code.UNAVAILABLE, trailer: Record<string, string> = {}) {
  const tries: (string | undefined)[] = [];
  const handle: AnyHandler = async function* handle(requests, context) {
    tries.push(context.metadata.get('grpc-previous-rpc-attempts'));
    // Reads all first: another attempt must get them again.
    const messages: Probe[] = [];
    for await (const message of shout(requests, context)) messages.push(message);
    if (tries.length <= times) throw new StatusError(code, `Failure ${tries.length}`, { trailer });
    yield* messages;
  };
  return { handle, tries };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe.each(sides)('retry() on the %s', (side) => {
  test.each(kinds)('%s: tries again until it succeeds, requests included', async (kind) => {
    const { handle, tries } = failing(2);
    await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide(side, retry(quick)) });

    const result = await run(probe.client, kind);

    expect(result.status.code).toBe(Code.OK);
    expect(texts(result)).toEqual(shouted(kind));
    expect(tries).toEqual(side === 'client' ? [undefined, '1', '2'] : [undefined, undefined, undefined]);
  });

  test.each(kinds)('%s: gives the last failure when attempts are used up', async (kind) => {
    const { handle, tries } = failing(9);
    await using probe = await setup(transport, {
      handlers: everyKind(handle),
      ...onSide(side, retry({ ...quick, attempts: 4 })),
    });

    const { status } = await run(probe.client, kind);

    expect(status).toMatchObject({ code: Code.UNAVAILABLE, message: 'Failure 4' });
    expect(tries).toHaveLength(4);
  });

  test.each(kinds)('%s: never repeats a method that is not marked idempotent', async (kind) => {
    const { handle, tries } = failing(1);
    await using probe = await setup(transport, {
      handlers: everyKind(handle),
      ...onSide(side, retry({ baseDelayMs: 0 })),
    });

    const { status } = await run(probe.client, kind);

    expect(status.code).toBe(Code.UNAVAILABLE);
    expect(tries).toHaveLength(1);
  });

  test.each(['no-side-effects', 'idempotent'] as const)('repeats methods marked %s', async (idempotency) => {
    const { handle, tries } = failing(1);
    const service = marked(idempotency);
    await using probe = await setup(transport, onSide(side, retry({ baseDelayMs: 0 })));
    probe.server.replace(service, everyKind(handle) as Handlers<ProbeMethods>);

    const status = await probe.channel.client(service).unary({ text: 'a', n: 1 }).status;

    expect(status.code).toBe(Code.OK);
    expect(tries).toHaveLength(2);
  });

  test('takes only the codes it was given', async () => {
    const listed = failing(2, Code.ABORTED);
    const other = failing(2, Code.UNAVAILABLE);
    const again = retry({ ...quick, codes: [Code.ABORTED] });
    await using one = await setup(transport, { handlers: everyKind(listed.handle), ...onSide(side, again) });
    await using two = await setup(transport, { handlers: everyKind(other.handle), ...onSide(side, again) });

    await run(one.client, 'unary');
    await run(two.client, 'unary');

    expect([listed.tries.length, other.tries.length]).toEqual([3, 1]);
  });

  test.each(['serverStream', 'bidi'] as const)('%s: stops once a message was delivered', async (kind) => {
    let tries = 0;
    await using probe = await setup(transport, {
      handlers: everyKind(async function* partial(requests, context) {
        tries += 1;
        yield* shout(requests, context);
        throw new StatusError(Code.UNAVAILABLE, 'Broke off');
      }),
      ...onSide(side, retry(quick)),
    });

    const result = await run(probe.client, kind);

    expect(result.status.message).toBe('Broke off');
    expect(texts(result)).toEqual(shouted(kind));
    expect(tries).toBe(1);
  });

  test.each(kinds)('%s: stops once a header was delivered', async (kind) => {
    let tries = 0;
    await using probe = await setup(transport, {
      handlers: everyKind(async function* early(requests, context) {
        tries += 1;
        context.sendHeader();
        if (tries === 1) throw new StatusError(Code.UNAVAILABLE, 'After the header');
        yield* shout(requests, context);
      }),
      ...onSide(side, retry(quick)),
    });

    const { status } = await run(probe.client, kind);

    expect(status.message).toBe('After the header');
    expect(tries).toBe(1);
  });

  test.each(['clientStream', 'bidi'] as const)('%s: stops once the requests outgrew the buffer', async (kind) => {
    const { handle, tries } = failing(1);
    await using probe = await setup(transport, {
      handlers: everyKind(handle),
      ...onSide(side, retry({ ...quick, maxBytes: 100 })),
    });
    const large = Array.from({ length: 10 }, (_, n) => ({ text: 'x'.repeat(50), n }));

    const { status } = await run(probe.client, kind, {}, large);

    expect(status.message).toBe('Failure 1');
    expect(tries).toHaveLength(1);
  });

  test.each(['-1', 'soon', '', '1.5'])('stops when the server pushes back with %j', async (value) => {
    const { handle, tries } = failing(1, Code.UNAVAILABLE, { 'grpc-retry-pushback-ms': value });
    await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide(side, retry(quick)) });

    const { status } = await run(probe.client, 'unary');

    expect(status.code).toBe(Code.UNAVAILABLE);
    expect(tries).toHaveLength(1);
  });

  test('waits as long as the server asks', async () => {
    const { handle, tries } = failing(1, Code.UNAVAILABLE, { 'grpc-retry-pushback-ms': '0' });
    const never = retry({ ...quick, baseDelayMs: 1_000_000, maxDelayMs: 1_000_000 });
    await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide(side, never) });

    const { status } = await run(probe.client, 'unary');

    expect(status.code).toBe(Code.OK);
    expect(tries).toHaveLength(2);
  });

  test('gives up at once when the deadline would pass in the pause', async () => {
    const { handle, tries } = failing(1);
    const slow = retry({ ...quick, baseDelayMs: 60_000, maxDelayMs: 60_000 });
    await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide(side, slow) });

    const { status } = await run(probe.client, 'unary', { timeoutMs: 10_000 });

    expect(status).toMatchObject({ code: Code.UNAVAILABLE, message: 'Failure 1' });
    expect(tries).toHaveLength(1);
  });

  test.each(kinds)('%s: a cancel ends the pause, and nothing is tried after it', async (kind) => {
    const { handle, tries } = failing(9);
    const failed = gate();
    const slow = retry({ ...quick, baseDelayMs: 5_000, maxDelayMs: 5_000 });
    const tell: Interceptor = async function tell(call, next) {
      const status = await next(call);
      failed.open();
      return status;
    };
    await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide(side, slow, tell) });

    const call = start(probe.client, kind);
    const ended = outcome(call);
    await failed.promise;
    await new Promise(setImmediate);
    call.cancel();

    expect((await ended).status.code).toBe(Code.CANCELLED);
    expect(tries).toHaveLength(1);
  });

  test('bounds each attempt when told to', async () => {
    let tries = 0;
    const bounded = retry({ ...quick, attemptTimeoutMs: 15, codes: [Code.DEADLINE_EXCEEDED] });
    await using probe = await setup(transport, {
      handlers: everyKind(async function* slow(requests, context) {
        tries += 1;
        if (tries < 3) throw await aborted(context.signal);
        yield* shout(requests, context);
      }),
      ...onSide(side, bounded),
    });

    const { status } = await run(probe.client, 'unary', { timeoutMs: 10_000 });

    expect(status.code).toBe(Code.OK);
    expect(tries).toBe(3);
  });
});

test('retry() throttles while most calls fail, and lets go when they succeed', async () => {
  let down = true;
  let tries = 0;
  await using probe = await setup(transport, {
    handlers: everyKind((requests, context) => {
      tries += 1;
      if (down) throw new StatusError(Code.UNAVAILABLE, 'Down');
      return shout(requests, context);
    }),
    ...onSide('client', retry({ baseDelayMs: 0, nonIdempotent: true })),
  });
  const triesOf = async (calls: number): Promise<number> => {
    tries = 0;
    for (let n = 0; n < calls; n++) await run(probe.client, 'unary');
    return tries;
  };

  const outage = await triesOf(100);
  down = false;
  const recovery = await triesOf(70);
  down = true;
  const again = await triesOf(1);

  expect(outage).toBeLessThanOrEqual(105);
  expect(recovery).toBe(70);
  expect(again).toBe(2);
});

test('retry() waits longer each time, with jitter around it', async () => {
  const pauses: number[] = [];
  const real = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) => {
    if (ms !== undefined && ms >= 50 && ms <= 1_000) pauses.push(ms);
    return real(run, 0);
  }) as never);
  vi.spyOn(Math, 'random').mockReturnValueOnce(0).mockReturnValueOnce(0.5).mockReturnValue(1);
  const { handle } = failing(9);
  const pacing = retry({ ...quick, attempts: 6, baseDelayMs: 100, maxDelayMs: 500 });
  await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide('client', pacing) });

  await run(probe.client, 'serverStream');

  expect(pauses).toEqual([80, 200, 480, 600, 600]);
});

test('retry() refuses options that mean nothing', () => {
  expect(() => retry({ attempts: 0 })).toThrow('Cannot retry 0 times: attempts must be 1 or more');
  expect(() => retry({ jitter: 2 })).toThrow('Cannot retry with jitter 2: wanted a share from 0 to 1');
  expect(() => retry({ baseDelayMs: Number.NaN })).toThrow('Cannot retry with baseDelayMs NaN: wanted 0 or more');
  expect(() => retry({ throttle: { maxTokens: 0 } })).toThrow('maxTokens 0');
  expect(() => retry({ maxAttempts: 3 } as never)).toThrow('did you mean "attempts"?');
});

function marked(idempotency: Idempotency): Service<ProbeMethods> {
  const methods = Object.entries(ProbeService.methods).map(([name, method]) => [name, { ...method, idempotency }]);
  return { ...ProbeService, methods: Object.fromEntries(methods) as ProbeMethods };
}
