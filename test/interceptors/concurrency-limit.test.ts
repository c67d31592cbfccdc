import { Code, connect, createServer, inProcess, silentLogger } from 'flowrpc';
import { type ConcurrencyLimit, concurrencyLimit } from 'flowrpc/interceptors/concurrency-limit';
import { describe, expect, test } from 'vitest';
import { aborted, type Gate, gate, timed } from '../suites/gate.ts';
import { everyKind, kinds, outcome, run, shout, start } from '../suites/kinds.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const wire = transports[2] as TestTransport;

/** A server whose handlers wait until they are let go, by the n of their request. */
async function holding(limit: ConcurrencyLimit, on = transport) {
  const gates = new Map<number, Gate>();
  const entered: number[] = [];
  const hold = (n: number): Gate => {
    let held = gates.get(n);
    if (held === undefined) gates.set(n, (held = gate()));
    return held;
  };
  const probe = await setup(on, {
    handlers: {
      ...echo,
      unary: async (request) => {
        entered.push(request.n);
        await hold(request.n).promise;
        return request;
      },
    },
    ...onSide('server', limit),
  });
  const call = (n: number, options = {}) => outcome(start(probe.client, 'unary', options, [{ text: '', n }]));
  return { probe, entered, call, release: (n: number) => hold(n).open() };
}

const often = { interval: 2 };

test.each(kinds)(
  'concurrencyLimit(), %s: refuses whom it has no slot for, and has it again afterwards',
  async (kind) => {
    const limit = concurrencyLimit({ max: 1 });
    const begun = gate();
    const leave = gate();
    await using probe = await setup(wire, {
      handlers: everyKind(async function* waiting(requests, context) {
        begun.open();
        await leave.promise;
        yield* shout(requests, context);
      }),
      ...onSide('server', limit),
    });

    const first = run(probe.client, kind);
    await begun.promise;
    const refused = (await run(probe.client, kind)).status;
    leave.open();
    const codes = [(await first).status.code, (await run(probe.client, kind)).status.code];

    expect(refused).toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      message: 'Too many calls at once, 1 under way',
    });
    expect(codes).toEqual([Code.OK, Code.OK]);
    expect(limit.running).toBe(0);
  },
);

test('concurrencyLimit() lets as many wait as told, first come, first served', async () => {
  const limit = concurrencyLimit({ max: 2, queue: 3 });
  const { probe, entered, call, release } = await holding(limit);
  await using _ = probe;

  const calls = [1, 2, 3, 4, 5].map((n) => call(n));
  await expect.poll(() => limit.waiting, often).toBe(3);
  const sixth = await call(6);
  const before = [...entered];
  for (const n of [2, 1, 3, 4, 5]) release(n);
  const codes = (await Promise.all(calls)).map(({ status }) => status.code);

  expect(sixth.status.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(before).toEqual([1, 2]);
  expect(entered).toEqual([1, 2, 3, 4, 5]);
  expect(codes).toEqual([0, 0, 0, 0, 0]);
  expect([limit.running, limit.waiting]).toEqual([0, 0]);
});

test(
  'concurrencyLimit() refuses at once who would wait beyond its deadline, by how long calls took',
  timed,
  async () => {
    const limit = concurrencyLimit({ max: 1, queue: 10 });
    const { probe, call, release } = await holding(limit);
    await using _ = probe;
    const slow = call(1);
    await expect.poll(() => limit.running, often).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    release(1);
    await slow;

    const running = call(2);
    await expect.poll(() => limit.running, often).toBe(1);
    const hasty = await call(3, { timeoutMs: 50 });
    const patient = call(4, { timeoutMs: 60_000 });
    await expect.poll(() => limit.waiting, often).toBe(1);
    release(2);
    release(4);

    expect(hasty.status).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    expect(hasty.status.message).toMatch(/^Too many calls at once, 1 under way: come back in \d+ ms$/);
    expect(Number(hasty.status.trailer.get('grpc-retry-pushback-ms'))).toBeGreaterThanOrEqual(90);
    expect([(await running).status.code, (await patient).status.code]).toEqual([Code.OK, Code.OK]);
  },
);

describe('concurrencyLimit(): who waits', () => {
  test('leaves the line when it is cancelled, and nobody loses a slot by it', async () => {
    const limit = concurrencyLimit({ max: 1, queue: 5 });
    const { probe, entered, call, release } = await holding(limit);
    await using _ = probe;
    const controller = new AbortController();

    const first = call(1);
    await expect.poll(() => limit.running, often).toBe(1);
    const gone = call(2, { signal: controller.signal });
    const next = call(3);
    await expect.poll(() => limit.waiting, often).toBe(2);
    controller.abort();
    const { status } = await gone;
    await expect.poll(() => limit.waiting, often).toBe(1);
    release(1);
    release(3);
    await Promise.all([first, next]);

    expect(status.code).toBe(Code.CANCELLED);
    expect(entered).toEqual([1, 3]);
    expect([limit.running, limit.waiting]).toEqual([0, 0]);
  });

  test('leaves it when its deadline passes, and when maxWaitMs is over', async () => {
    const limit = concurrencyLimit({ max: 1, queue: 5, maxWaitMs: 40 });
    const { probe, entered, call, release } = await holding(limit);
    await using _ = probe;

    const first = call(1);
    await expect.poll(() => limit.running, often).toBe(1);
    const late = await call(2, { timeoutMs: 20 });
    const long = await call(3);
    release(1);
    await first;

    expect([Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED]).toContain(late.status.code);
    expect(long.status.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(entered).toEqual([1]);
    expect([limit.running, limit.waiting]).toEqual([0, 0]);
  });

  test('gets its slot or leaves, whatever happens in the same moment', async () => {
    const limit = concurrencyLimit({ max: 2, queue: 50, maxWaitMs: 3 });
    await using probe = await setup(transport, {
      handlers: {
        ...echo,
        unary: (request) => new Promise((resolve) => setTimeout(resolve, request.n % 3, request)),
      },
      ...onSide('server', limit),
    });

    for (let round = 0; round < 20; round++) {
      const calls = Array.from({ length: 30 }, (_, n) =>
        outcome(start(probe.client, 'unary', n % 3 === 0 ? { timeoutMs: 1 + (n % 4) } : {}, [{ text: '', n }])),
      );
      await Promise.all(calls);
    }

    await expect.poll(() => [limit.running, limit.waiting], often).toEqual([0, 0]);
  });
});

test('concurrencyLimit() counts by key, and forgets keys that nobody uses', async () => {
  const limit = concurrencyLimit({ max: 1, key: { metadata: 'x-tenant' } });
  const { probe, call, release } = await holding(limit);
  await using _ = probe;
  const of = (tenant: string) => ({ metadata: { 'x-tenant': tenant } });

  const a = call(1, of('a'));
  const b = call(2, of('b'));
  await expect.poll(() => limit.running, often).toBe(2);
  const again = await call(3, of('a'));
  release(1);
  release(2);

  expect(again.status.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect([(await a).status.code, (await b).status.code]).toEqual([Code.OK, Code.OK]);
  expect(limit.running).toBe(0);
});

test(
  'D-10 concurrencyLimit() keeps the slot of a handler that goes on after its call until it settles',
  timed,
  async () => {
    const limit = concurrencyLimit({ max: 1 });
    const { probe, call, release, entered } = await holding(limit);
    await using _ = probe;

    const late = await call(1, { timeoutMs: 20 });
    const meanwhile = [limit.running, (await call(2)).status.code];
    release(1);
    await expect.poll(() => limit.running, often).toBe(0);
    release(3);
    const after = await call(3);

    expect(late.status.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(meanwhile).toEqual([1, Code.RESOURCE_EXHAUSTED]);
    expect(after.status.code).toBe(Code.OK);
    expect(entered).toEqual([1, 3]);
  },
);

test('concurrencyLimit() gives the slot back of a handler that heeds its signal', async () => {
  const limit = concurrencyLimit({ max: 1 });
  await using probe = await setup(transport, {
    handlers: everyKind(async function* heeding(_requests, { signal }) {
      yield* [];
      throw await aborted(signal);
    }),
    ...onSide('server', limit),
  });

  for (const kind of kinds) await run(probe.client, kind, { timeoutMs: 10 });

  await expect.poll(() => limit.running, often).toBe(0);
});

test('concurrencyLimit() on a client bounds what it sends', async () => {
  let running = 0;
  let most = 0;
  await using server = createServer({ logger: silentLogger }).add(ProbeService, {
    ...echo,
    unary: async (request) => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      return request;
    },
  });
  await using channel = connect(inProcess(server), { interceptors: [concurrencyLimit({ max: 3, queue: 100 })] });
  const client = channel.client(ProbeService);

  const replies = await Promise.all(Array.from({ length: 40 }, (_, n) => client.unary({ text: '', n })));

  expect(replies.map(({ n }) => n)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  expect(most).toBe(3);
});

test.each([
  [{}, 'Cannot limit to undefined calls at once: wanted 1 or more'],
  [{ max: 0 }, 'Cannot limit to 0 calls at once: wanted 1 or more'],
  [{ max: 1, queue: -1 }, 'Cannot let -1 calls wait: wanted 0 or more'],
  [{ max: 1, maxWaitMs: Number.NaN }, 'Cannot let calls wait NaN ms: wanted 0 or more'],
  [{ max: 1, key: 'ip' }, 'Cannot limit by key "ip"'],
  [{ max: 1, queu: 1 }, 'did you mean "queue"?'],
])('concurrencyLimit(%j) is refused', (options, message) => {
  expect(() => concurrencyLimit(options as never)).toThrow(message);
});
