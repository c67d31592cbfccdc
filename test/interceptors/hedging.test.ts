import { getEventListeners } from 'node:events';
import {
  type Channel,
  Code,
  connect,
  createServer,
  type ErrorCode,
  type HandlerContext,
  type Interceptor,
  Metadata,
  ok,
  type Server,
  StatusError,
  silentLogger,
  streamsResponses,
} from 'flowrpc';
import {
  type AttemptEvent,
  attemptOf,
  type HedgingOptions,
  hedging,
  onAttempt,
  retryBudget,
} from 'flowrpc/interceptors';
import { afterEach, describe, expect, test } from 'vitest';
import { aborted, gate, pause } from '../suites/gate.ts';
import { type AnyHandler, everyKind, kinds, outcome, run, shout, shouted, start, texts } from '../suites/kinds.ts';
import { type Probe, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const both = [transports[0], transports[2]] as TestTransport[];
const quick: HedgingOptions = { delayMs: 5, nonIdempotent: true, budget: false, throttle: false };

/** A handler that acts by which attempt it gets, and what became of each. */
function attempts(...acts: readonly ((context: HandlerContext) => unknown)[]) {
  const seen = { tries: 0, before: [] as (string | undefined)[], cancelled: [] as number[] };
  const handle: AnyHandler = async function* handle(requests, context) {
    const number = ++seen.tries;
    seen.before.push(context.metadata.get('grpc-previous-rpc-attempts'));
    context.signal.addEventListener('abort', () => seen.cancelled.push(number));
    const messages: Probe[] = [];
    for await (const message of shout(requests, context)) messages.push(message);
    await acts[number - 1]?.(context);
    yield* messages.map(({ text }) => ({ text, n: number }));
  };
  return { handle, seen };
}

const stuck = ({ signal }: HandlerContext): Promise<unknown> =>
  aborted(signal).then((reason) => Promise.reject(reason));
const fails =
  (code: ErrorCode, trailer: Record<string, string> = {}) =>
  () => {
    throw new StatusError(code, 'Failed', { trailer });
  };

describe.each(both)('hedging() $name', (transport) => {
  test.each(kinds)('%s: the second attempt answers while the first is stuck, which is cancelled', async (kind) => {
    const { handle, seen } = attempts(stuck);
    await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide('client', hedging(quick)) });

    const result = await run(probe.client, kind);

    expect(result.status.code).toBe(Code.OK);
    expect(texts(result)).toEqual(shouted(kind));
    expect(result.messages.map(({ n }) => n)).toEqual(shouted(kind).map(() => 2));
    await expect.poll(() => seen.cancelled).toEqual([1]);
    expect(seen.before).toEqual([undefined, '1']);
  });

  test.each(kinds)('%s: nothing of a loser reaches the caller', async (kind) => {
    const late = gate();
    const handlers: Promise<unknown>[] = [];
    const slow = async (context: HandlerContext): Promise<void> => {
      context.header.set('x-loser', 'yes');
      context.trailer.set('x-loser', 'yes');
      handlers.push(late.promise);
      await late.promise;
    };
    const { handle, seen } = attempts(slow, ({ header }) => header.set('x-winner', 'yes'));
    await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide('client', hedging(quick)) });

    const result = await run(probe.client, kind);
    late.open();
    await pause(5);

    expect(result.messages.every(({ n }) => n === 2)).toBe(true);
    expect(result.header.get('x-winner')).toBe('yes');
    expect([result.header.has('x-loser'), result.status.trailer.has('x-loser')]).toEqual([false, false]);
    expect(seen.tries).toBe(2);
    expect(handlers).toHaveLength(1);
  });

  test('a quick answer needs no second attempt', async () => {
    const { handle, seen } = attempts();
    await using probe = await setup(transport, {
      handlers: everyKind(handle),
      ...onSide('client', hedging({ ...quick, delayMs: 30_000 })),
    });

    for (const kind of kinds) await run(probe.client, kind);

    expect(seen.tries).toBe(4);
    expect(seen.cancelled).toEqual([]);
  });

  test('a failure that is not fatal starts the next at once, and all of them used up give the last', async () => {
    const { handle, seen } = attempts(...Array(9).fill(fails(Code.UNAVAILABLE)));
    await using probe = await setup(transport, {
      handlers: everyKind(handle),
      ...onSide('client', hedging({ ...quick, attempts: 4, delayMs: 30_000 })),
    });

    const { status } = await run(probe.client, 'unary');

    expect(status).toMatchObject({ code: Code.UNAVAILABLE, message: 'Failed' });
    expect(seen.tries).toBe(4);
  });

  test('a fatal answer ends the call, and the others', async () => {
    const { handle, seen } = attempts(stuck, fails(Code.NOT_FOUND));
    await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide('client', hedging(quick)) });

    const { status } = await run(probe.client, 'unary');

    expect(status.code).toBe(Code.NOT_FOUND);
    await expect.poll(() => seen.cancelled).toEqual([1]);
    expect(seen.tries).toBe(2);
  });

  test.each(['serverStream', 'bidi'] as const)(
    '%s: the first to send a message has the call to itself',
    async (kind) => {
      const go = gate();
      let tries = 0;
      await using probe = await setup(transport, {
        handlers: everyKind(async function* slowly(requests, context) {
          tries += 1;
          for await (const message of shout(requests, context)) {
            yield message;
            await go.promise;
          }
          throw new StatusError(Code.UNAVAILABLE, 'Broke off');
        }),
        ...onSide('client', hedging({ ...quick, delayMs: 400 })),
      });

      const ended = outcome(start(probe.client, kind));
      await pause(500);
      go.open();
      const result = await ended;

      expect(texts(result)).toEqual(shouted(kind));
      expect(result.status.message).toBe('Broke off');
      expect(tries).toBe(1);
    },
  );

  test.each(kinds)('D-08 %s: a cancel ends all attempts, and no new one starts', async (kind) => {
    const { handle } = attempts(stuck, stuck, stuck, stuck);
    const controller = new AbortController();
    const ends: Code[] = [];
    let sent = 0;
    const count: Interceptor = async function count(call, next) {
      sent += 1;
      const status = await next(call);
      ends.push(status.code);
      return status;
    };
    await using probe = await setup(transport, {
      handlers: everyKind(handle),
      ...onSide('client', hedging({ ...quick, attempts: 4, delayMs: 30 }), count),
    });

    const ended = outcome(start(probe.client, kind, { signal: controller.signal }));
    await expect.poll(() => sent, { interval: 1 }).toBeGreaterThanOrEqual(2);
    controller.abort();
    const { status } = await ended;
    const before = sent;
    await pause(80);

    expect(status.code).toBe(Code.CANCELLED);
    expect(sent).toBe(before);
    expect(ends).toEqual(Array(before).fill(Code.CANCELLED));
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });
});

describe('hedging()', () => {
  const [transport] = both as [TestTransport];

  test.each(['-1', 'soon'])('starts none when the server pushes back with %j', async (value) => {
    const { handle, seen } = attempts(fails(Code.UNAVAILABLE, { 'grpc-retry-pushback-ms': value }));
    await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide('client', hedging(quick)) });

    const { status } = await run(probe.client, 'unary');

    expect(status.code).toBe(Code.UNAVAILABLE);
    expect(seen.tries).toBe(1);
  });

  test('waits as long as the server asks, unless the call is cancelled meanwhile', async () => {
    const soon = attempts(fails(Code.UNAVAILABLE, { 'grpc-retry-pushback-ms': '10' }));
    const late = attempts(fails(Code.UNAVAILABLE, { 'grpc-retry-pushback-ms': '60000' }));
    const signals: AbortSignal[] = [];
    const ends: Code[] = [];
    const witness: Interceptor = async function witness(call, next) {
      signals.push(call.signal);
      const status = await next(call);
      ends.push(status.code);
      return status;
    };
    const options = onSide('client', witness, hedging({ ...quick, delayMs: 30_000 }));
    await using one = await setup(transport, { handlers: everyKind(soon.handle), ...options });
    await using two = await setup(transport, { handlers: everyKind(late.handle), ...options });
    const controller = new AbortController();

    const waited = await run(one.client, 'unary');
    const ended = run(two.client, 'unary', { timeoutMs: 120_000, signal: controller.signal });
    await expect.poll(() => late.seen.tries).toBe(1);
    await pause(5);
    controller.abort();
    const cancelled = await ended;
    const never = await run(two.client, 'unary', { timeoutMs: 10_000 });

    expect(waited.status.code).toBe(Code.OK);
    expect(cancelled.status.code).toBe(Code.CANCELLED);
    expect(never.status.code).toBe(Code.OK);
    expect([soon.seen.tries, late.seen.tries]).toEqual([2, 2]);
    expect(ends).toEqual([Code.OK, Code.CANCELLED, Code.OK]);
    expect(signals.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([]);
  });

  test('P-13 methods that are not idempotent, and calls on a server, pass as they are', async () => {
    const client = attempts(fails(Code.UNAVAILABLE));
    const server = attempts(fails(Code.UNAVAILABLE));
    await using one = await setup(transport, {
      handlers: everyKind(client.handle),
      ...onSide('client', hedging({ delayMs: 0 })),
    });
    await using two = await setup(transport, {
      handlers: everyKind(server.handle),
      ...onSide('server', hedging(quick)),
    });

    const statuses = [await run(one.client, 'unary'), await run(two.client, 'unary')];

    expect(statuses.map(({ status }) => status.code)).toEqual([Code.UNAVAILABLE, Code.UNAVAILABLE]);
    expect([client.seen.tries, server.seen.tries]).toEqual([1, 1]);
  });

  test('methods marked idempotent are hedged without being asked', async () => {
    const { handle, seen } = attempts(stuck);
    await using probe = await setup(transport, {
      handlers: everyKind(handle),
      ...onSide('client', hedging({ delayMs: 5 })),
    });
    const unary = { ...ProbeService.methods.unary, idempotency: 'idempotent' as const };
    const service = { ...ProbeService, methods: { ...ProbeService.methods, unary } };

    const status = await probe.channel.client(service).unary({ text: 'a', n: 1 }).status;

    expect(status.code).toBe(Code.OK);
    expect(seen.tries).toBe(2);
  });

  test('P-12 keeps to its budget, and to the throttle while most fail', async () => {
    const budgeted = attempts(...Array(99).fill(() => pause(40)));
    const failing = attempts(...Array(200).fill(fails(Code.UNAVAILABLE)));
    const budget = retryBudget({ minimum: 3, ratio: 0 });
    await using one = await setup(transport, {
      handlers: everyKind(budgeted.handle),
      ...onSide('client', hedging({ ...quick, budget })),
    });
    await using two = await setup(transport, {
      handlers: everyKind(failing.handle),
      ...onSide('client', hedging({ ...quick, throttle: {} })),
    });

    await Promise.all(Array.from({ length: 20 }, () => run(one.client, 'unary')));
    for (let n = 0; n < 50; n++) await run(two.client, 'unary');

    expect(budgeted.seen.tries).toBe(23);
    expect(failing.seen.tries).toBeLessThanOrEqual(54);
  });

  test.each(['clientStream', 'bidi'] as const)('%s: no hedge once the requests outgrew the buffer', async (kind) => {
    let tries = 0;
    await using probe = await setup(transport, {
      handlers: everyKind(async function* counted(requests, context) {
        tries += 1;
        for await (const message of shout(requests, context)) {
          await pause(20);
          yield message;
          if (!streamsResponses(kind)) continue;
          return;
        }
      }),
      ...onSide('client', hedging({ ...quick, maxBytes: 50 })),
    });
    const large = Array.from({ length: 4 }, (_, n) => ({ text: 'x'.repeat(50), n }));

    const { status } = await run(probe.client, kind, {}, large);

    expect(status.code).toBe(Code.OK);
    expect(tries).toBe(1);
  });

  test('what a loser says although it was cancelled reaches nobody', async () => {
    const late = gate();
    const held = gate();
    const said = gate<unknown>();
    const headers: Metadata[] = [];
    const outer: Interceptor = async function outer(call, next) {
      const header = (each: Metadata): void => {
        headers.push(each);
        call.sendHeader(each);
      };
      return next(call.withResponses({ header, message: (message) => call.respond(message) }));
    };
    const stubborn: Interceptor = async function stubborn(call, next) {
      if (attemptOf(call) > 1) return next(call);
      await late.promise;
      call.sendHeader(new Metadata({ 'x-loser': 'yes' }));
      said.open(await call.respond({ text: 'loser', n: 0 }));
      return ok();
    };
    await using probe = await setup(transport, {
      handlers: everyKind(async function* watch(requests, context) {
        yield* shout(requests, context);
        await held.promise;
      }),
      ...onSide('client', outer, hedging(quick), stubborn),
    });

    const call = probe.client.serverStream({ text: 'a', n: 1 });
    const received: string[] = [];
    for await (const { text } of call) {
      received.push(text);
      late.open();
      await said.promise;
      held.open();
    }

    expect(received).toEqual(['A']);
    expect(headers.map((header) => header.has('x-loser'))).toEqual([false]);
    expect((await call.status).code).toBe(Code.OK);
  });

  test('those further out hear of all attempts, each with one end', async () => {
    const { handle } = attempts(stuck, fails(Code.UNAVAILABLE));
    const events: AttemptEvent[] = [];
    const listen: Interceptor = async function listen(call, next) {
      return next(onAttempt(call, (event) => events.push(event)));
    };
    await using probe = await setup(transport, {
      handlers: everyKind(handle),
      ...onSide('client', listen, hedging({ ...quick, attempts: 3, delayMs: 100 })),
    });

    await run(probe.client, 'unary');

    expect(
      events.map((event) => [event.type, event.number, event.type === 'ended' ? event.status.code : event.hedge]),
    ).toEqual([
      ['started', 1, false],
      ['started', 2, true],
      ['ended', 2, Code.UNAVAILABLE],
      ['started', 3, true],
      // At its first message: the others are cancelled then.
      ['ended', 1, Code.CANCELLED],
      ['ended', 3, Code.OK],
    ]);
  });

  test('refuses options that mean nothing', () => {
    expect(() => hedging({ attempts: 0 })).toThrow('Cannot hedge with 0 attempts: wanted 1 or more');
    expect(() => hedging({ delayMs: -1 })).toThrow('Cannot hedge with delayMs -1: wanted 0 or more, an hour at most');
    expect(() => hedging({ maxAttempts: 2 } as never)).toThrow('did you mean "attempts"?');
  });
});

describe('hedging() over several servers', () => {
  const open: (Channel | Server)[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await ('target' in each ? each.close() : each.close({ graceMs: 0 }));
  });

  test('a slow replica is left for a quick one', async () => {
    const served: string[] = [];
    const addresses: string[] = [];
    for (const name of ['slow', 'quick']) {
      const server = createServer({ logger: silentLogger }).add(
        ProbeService,
        everyKind(async function* named(requests, context) {
          served.push(name);
          if (name === 'slow') await aborted(context.signal);
          yield* shout(requests, context);
        }),
      );
      open.push(server);
      addresses.push((await server.listen('127.0.0.1:0')).address);
    }
    const channel = connect(`ipv4:${addresses.join(',')}`, {
      interceptors: [hedging({ ...quick, delayMs: 20 })],
      serviceConfig: { loadBalancing: 'round_robin' },
    });
    open.unshift(channel);
    const client = channel.client(ProbeService);
    // Both must be connected, or all attempts go to the one that is.
    await expect
      .poll(async () => {
        await run(client, 'unary', { timeoutMs: 200 });
        return new Set(served).size;
      })
      .toBe(2);

    const results = [];
    for (let n = 0; n < 6; n++) results.push(await run(client, 'unary'));

    expect(results.map(({ status }) => status.code)).toEqual(results.map(() => Code.OK));
  });
});
