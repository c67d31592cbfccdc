import fc from 'fast-check';
import {
  Code,
  connect,
  createServer,
  type Handlers,
  type Interceptor,
  inProcess,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { type DedupeOptions, dedupe, hedging, retry } from 'flowrpc/interceptors';
import { describe, expect, test, vi } from 'vitest';
import { DedupeAnswers } from '../../interceptors/dedupe/dedupe-answers.ts';
import { aborted, gate } from '../suites/gate.ts';
import { interceptorSuite } from '../suites/interceptor.ts';
import { type Probe, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, transports } from '../suites/transports.ts';

interceptorSuite('dedupe()', () => dedupe());

type Unary = NonNullable<Handlers<ProbeMethods>['unary']>;

/** A server with `dedupe()` and one handler; `send` calls it under a key, and gives how that ended. */
async function serving(handler: Unary, options: DedupeOptions = {}, ...client: Interceptor[]) {
  const server = createServer({ interceptors: [dedupe(options)], logger: silentLogger });
  const { address } = await server.add(ProbeService, { unary: handler }).listen('127.0.0.1:0');
  const channel = connect(address, { interceptors: client });
  const probe = channel.client(ProbeService);
  return {
    channel,
    probe,
    async send(key: string | string[], n = 1, signal?: AbortSignal) {
      const call = probe.unary(
        { text: 'a', n },
        { metadata: { 'idempotency-key': key }, timeoutMs: 10_000, ...(signal && { signal }) },
      );
      const status = await call.status;
      const reply: Probe | undefined = status.code === Code.OK ? await call : undefined;
      const header = await call.header;
      return { code: status.code, message: status.message, trailer: status.trailer, header, n: reply?.n };
    },
    async [Symbol.asyncDispose]() {
      await channel.close();
      await server.close({ graceMs: 0 });
    },
  };
}

/** Loses the answer of each first attempt, once it is there. */
function lossy(lost = new StatusError(Code.UNAVAILABLE, 'lost')): Interceptor {
  return async function lossy(call, next) {
    const status = await next(call.withResponses({ header: () => {}, message: () => {} }));
    if (call.metadata.has('grpc-previous-rpc-attempts')) return next(call);
    return status.code === Code.OK ? Promise.reject(lost) : status;
  };
}

describe('dedupe()', () => {
  test('a call whose answer is lost is carried out once, and its retry gets that answer with header and trailer', async () => {
    let runs = 0;
    await using server = await serving(
      ({ text, n }, { header, trailer }) => {
        header.set('x-head', 'h');
        trailer.set('x-tail', 't');
        return { text, n: n + ++runs };
      },
      {},
      retry({ nonIdempotent: true, baseDelayMs: 0 }),
      lossy(),
    );

    const call = server.probe.unary({ text: 'a', n: 10 });

    expect(await call).toEqual({ text: 'a', n: 11 });
    expect(runs).toBe(1);
    expect((await call.header).get('x-head')).toBe('h');
    expect((await call.header).get('idempotency-replayed')).toBe('true');
    expect((await call.trailer).get('x-tail')).toBe('t');
    expect(await server.probe.unary({ text: 'a', n: 10 })).toEqual({ text: 'a', n: 12 });
  });

  test('a repeat of a call under way waits for its end, be it an answer or a failure', async () => {
    let runs = 0;
    const gates = [gate<boolean>(), gate<boolean>()];
    await using server = await serving(async ({ text }) => {
      const run = runs++;
      if (!(await gates[run]!.promise)) throw new StatusError(Code.ABORTED, `failed ${run}`);
      return { text, n: run };
    });

    const first = [server.send('one'), server.send('one'), server.send('one')];
    await expect.poll(() => runs).toBe(1);
    gates[0]!.open(false);
    expect((await Promise.all(first)).map(({ message }) => message)).toEqual(['failed 0', 'failed 0', 'failed 0']);

    const second = [server.send('one'), server.send('one')];
    await expect.poll(() => runs).toBe(2);
    gates[1]!.open(true);
    expect((await Promise.all(second)).map(({ n }) => n)).toEqual([1, 1]);
    expect(await server.send('one')).toMatchObject({ code: Code.OK, n: 1 });
    expect(runs).toBe(2);
  });

  test('hedges of one call run its handler once', async () => {
    let runs = 0;
    const hold = gate();
    await using server = await serving(
      async ({ text }) => {
        runs += 1;
        await hold.promise;
        return { text, n: runs };
      },
      {},
      hedging({ nonIdempotent: true, attempts: 3, delayMs: 0, budget: false }),
    );

    const reply = server.probe.unary({ text: 'a', n: 1 });
    await expect.poll(() => runs).toBe(1);
    setTimeout(() => hold.open(), 50);

    expect(await reply).toEqual({ text: 'a', n: 1 });
    expect(runs).toBe(1);
  });

  test('a call that its caller and its handler gave up is carried out again, once its handler has really ended', async () => {
    const log: string[] = [];
    const hold = gate();
    await using server = await serving(async ({ text }, { signal }) => {
      const run = log.filter((line) => line.startsWith('start')).length;
      log.push(`start ${run}`);
      if (run === 0) {
        await aborted(signal);
        log.push('aborted 0');
        await hold.promise;
        log.push('end 0');
        signal.throwIfAborted();
      }
      return { text, n: run };
    });
    const stop = new AbortController();

    const first = server.send('one', 1, stop.signal);
    await expect.poll(() => log).toEqual(['start 0']);
    const second = server.send('one');
    stop.abort();
    expect((await first).code).toBe(Code.CANCELLED);
    await expect.poll(() => log).toEqual(['start 0', 'aborted 0']);
    hold.open();

    expect(await second).toMatchObject({ code: Code.OK, n: 1 });
    expect(log).toEqual(['start 0', 'aborted 0', 'end 0', 'start 1']);
  });

  test('one who waits can be cancelled, and the call goes on', async () => {
    const hold = gate();
    let runs = 0;
    await using server = await serving(async ({ text }) => {
      runs += 1;
      await hold.promise;
      return { text, n: runs };
    });
    const stop = new AbortController();

    const first = server.send('one');
    await expect.poll(() => runs).toBe(1);
    const second = server.send('one', 1, stop.signal);
    stop.abort();
    expect((await second).code).toBe(Code.CANCELLED);
    hold.open();

    expect(await first).toMatchObject({ n: 1 });
  });

  test('a failure is no answer that is kept', async () => {
    let runs = 0;
    await using server = await serving(({ text }) => {
      if (++runs < 3) throw new StatusError(Code.UNAVAILABLE, 'not yet');
      return { text, n: runs };
    });

    expect((await server.send('one')).code).toBe(Code.UNAVAILABLE);
    expect((await server.send('one')).code).toBe(Code.UNAVAILABLE);
    expect((await server.send('one')).n).toBe(3);
    expect((await server.send('one')).n).toBe(3);
  });

  test('a key with another request is refused, as are two keys and keys that are none', async () => {
    let runs = 0;
    await using server = await serving(({ text }) => ({ text, n: ++runs }));

    expect((await server.send('one', 1)).n).toBe(1);
    expect(await server.send('one', 2)).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      message: 'The idempotency-key was sent before with another request',
    });
    for (const key of [['a', 'b'], 'x'.repeat(129), 'two words', ''])
      expect((await server.send(key)).code).toBe(Code.INVALID_ARGUMENT);
    expect(runs).toBe(1);
  });

  test('keys of two callers never meet', async () => {
    let runs = 0;
    const caller: DedupeOptions['caller'] = ({ metadata }) => metadata.get('x-user') as string | undefined;
    await using server = await serving(({ text }) => ({ text, n: ++runs }), { caller });
    const as = (user: string) =>
      server.probe.unary({ text: 'a', n: 1 }, { metadata: { 'idempotency-key': 'one', 'x-user': user } });

    expect([(await as('ada')).n, (await as('bob')).n, (await as('ada')).n]).toEqual([1, 2, 1]);
  });

  test('calls without a key pass, and answers are forgotten after keepMs', async () => {
    let runs = 0;
    await using probe = await setup(transports[0]!, {
      handlers: { unary: ({ text }) => ({ text, n: ++runs }) },
      ...onSide('server', dedupe({ keepMs: 1_000 })),
    });
    const send = async (metadata = {}) => (await probe.client.unary({ text: 'a', n: 1 }, { metadata })).n;

    expect([await send(), await send()]).toEqual([1, 2]);
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const one = { 'idempotency-key': 'one' };
      expect([await send(one), await send(one)]).toEqual([3, 3]);
      vi.setSystemTime(Date.now() + 1_001);
      expect(await send(one)).toBe(4);
    } finally {
      vi.useRealTimers();
    }
  });

  test('an answer that cannot be encoded holds nothing up', async () => {
    const server = createServer({ interceptors: [dedupe()], logger: silentLogger }).add(ProbeService, {
      unary: () => 'no message' as never,
    });
    await using channel = connect(inProcess(server, { copy: false }));
    const send = () =>
      channel
        .client(ProbeService)
        .unary({ text: 'a', n: 1 }, { metadata: { 'idempotency-key': 'k' }, timeoutMs: 2_000 }).status;

    const codes = [(await send()).code, (await send()).code];

    expect(codes).not.toContain(Code.DEADLINE_EXCEEDED);
  });

  test('what interceptors further out add to an answer is not kept with it', async () => {
    const adding: Interceptor = async function adding(call, next) {
      const status = await next(call);
      status.trailer.append('x-outer', 'once');
      return status;
    };
    const server = createServer({ interceptors: [adding, dedupe()], logger: silentLogger }).add(ProbeService, {
      unary: ({ text, n }) => ({ text, n }),
    });
    await using channel = connect(inProcess(server));
    const send = async () => {
      const call = channel.client(ProbeService).unary({ text: 'a', n: 1 }, { metadata: { 'idempotency-key': 'k' } });
      return (await call.trailer).getAll('x-outer');
    };

    expect([await send(), await send(), await send()]).toEqual([['once'], ['once'], ['once']]);
  });

  test('what it cannot use is refused when it is made', () => {
    expect(() => dedupe({ keepMs: 0 })).toThrow('Cannot dedupe with keepMs 0: wanted more than 0');
    expect(() => dedupe({ header: 'two words' })).toThrow('two words');
    expect(() => dedupe({ keep: 1 } as never)).toThrow('keep');
  });
});

test('DedupeAnswers keeps its answers when one comes that is too large to be kept', () => {
  const answers = new DedupeAnswers({ keepMs: 60_000, maxAnswers: 10, maxBytes: 10_000 });
  const keep = (key: string, bytes: number): void => {
    const entry = { request: key, outcome: Promise.resolve({} as never) };
    answers.begin(key, entry);
    answers.end(key, entry, bytes);
  };

  keep('small', 100);
  keep('large', 20_000);

  expect(['small', 'large'].map((key) => answers.find(key) !== undefined)).toEqual([true, false]);
});

test('DedupeAnswers keeps as many answers and bytes as it may, the latest ones, whatever comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(20), fc.nat(4_000)), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      (calls, maxAnswers) => {
        const answers = new DedupeAnswers({ keepMs: 60_000, maxAnswers, maxBytes: 10_000 });
        const order: string[] = [];
        for (const [id, bytes] of calls) {
          const key = String(id);
          const entry = { request: key, outcome: Promise.resolve({} as never) };
          answers.begin(key, entry);
          answers.end(key, entry, bytes);
          if (order.includes(key)) order.splice(order.indexOf(key), 1);
          order.push(key);
        }
        const kept = order.filter((key) => answers.find(key) !== undefined);

        expect(kept.length).toBeLessThanOrEqual(maxAnswers);
        expect(kept).toEqual(order.slice(order.length - kept.length));
        expect(kept).not.toEqual([]);
        const size = (key: string): number => 512 + calls.findLast(([id]) => String(id) === key)![1];
        expect(kept.reduce((sum, key) => sum + size(key), 0)).toBeLessThanOrEqual(10_000);
      },
    ),
  );
});
