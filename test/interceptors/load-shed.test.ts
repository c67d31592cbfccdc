import { type Client, Code, connect, createServer, findDetail, inProcess, RetryInfo, silentLogger } from 'flowrpc';
import type { Priority } from 'flowrpc/interceptors/limits/priority';
import { type LoadShed, type LoadShedOptions, loadShed } from 'flowrpc/interceptors/load-shed';
import { retry } from 'flowrpc/interceptors/retry';
import { health, reflection } from 'flowrpc/services';
import { afterEach, expect, test } from 'vitest';
import { type Gate, gate, pause, timed } from '../suites/gate.ts';
import { run } from '../suites/kinds.ts';
import { echo, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const wire = transports[2] as TestTransport;
const often = { interval: 2 };
const opened: LoadShed[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((shedder) => shedder.close()));
});

/** A shedder that looks at calls in flight only, unless told otherwise. */
function shedder(options: LoadShedOptions = {}): LoadShed {
  const made = loadShed({ maxLoopDelayMs: false, ...options });
  opened.push(made);
  return made;
}

function probeWith(shed: LoadShed, open: Gate, on = transport) {
  return setup(on, {
    handlers: { ...echo, unary: (request) => open.promise.then(() => request) },
    ...onSide('server', shed),
  });
}

function codeOf(client: Client<ProbeMethods>, priority?: string): Promise<Code> {
  const metadata = { 'x-priority': priority };
  return client.unary({ text: '', n: 1 }, { metadata }).status.then(({ code }) => code);
}

test('loadShed() gives up what matters least first', async () => {
  const shed = shedder({ initialLimit: 10, priority: 'metadata' });
  const open = gate();
  await using probe = await probeWith(shed, open);
  const outcomes: Record<string, Code> = {};
  const under: Promise<Code>[] = [];
  const letIn = async (priority: Priority, inFlight: number): Promise<void> => {
    under.push(codeOf(probe.client, priority));
    await expect.poll(() => shed.inFlight, often).toBe(inFlight);
  };

  for (let n = 1; n <= 7; n++) await letIn('low', n);
  outcomes.low = await codeOf(probe.client, 'low');
  await letIn('normal', 8);
  await letIn('normal', 9);
  outcomes.normal = await codeOf(probe.client, 'normal');
  outcomes.unknown = await codeOf(probe.client, 'urgent');
  await letIn('critical', 10);
  outcomes.critical = await codeOf(probe.client, 'critical');
  open.open();

  const { UNAVAILABLE } = Code;
  expect(outcomes).toEqual({ low: UNAVAILABLE, normal: UNAVAILABLE, unknown: UNAVAILABLE, critical: UNAVAILABLE });
  expect(new Set(await Promise.all(under))).toEqual(new Set([Code.OK]));
  expect(shed.shed).toEqual({ low: 1, normal: 2, high: 0, critical: 1 });
  expect(shed.inFlight).toBe(0);
});

test('loadShed() believes no priority of callers unless told to', async () => {
  const shed = shedder({ initialLimit: 10 });
  const open = gate();
  await using probe = await probeWith(shed, open);
  const under = Array.from({ length: 9 }, () => codeOf(probe.client));
  await expect.poll(() => shed.inFlight, often).toBe(9);

  const critical = await codeOf(probe.client, 'critical');
  open.open();
  await Promise.all(under);

  expect(critical).toBe(Code.UNAVAILABLE);
  expect(shed.shed).toMatchObject({ normal: 1, critical: 0 });
});

test('loadShed() tells those whom it refuses when to come back, not all at once; its code can be chosen', async () => {
  const shed = shedder({
    initialLimit: 1,
    minLimit: 1,
    retryAfterMs: 400,
    code: Code.RESOURCE_EXHAUSTED,
    priority: () => 'low',
  });
  const open = gate();
  await using probe = await probeWith(shed, open, wire);
  const first = codeOf(probe.client);
  await expect.poll(() => shed.inFlight, often).toBe(1);

  const refused = await Promise.all(Array.from({ length: 20 }, () => run(probe.client, 'unary')));
  open.open();
  await first;

  const pauses = refused.map(({ status }) => Number(status.trailer.get('grpc-retry-pushback-ms')));
  expect(new Set(refused.map(({ status }) => `${status.code} ${status.message}`))).toEqual(
    new Set([`${Code.RESOURCE_EXHAUSTED} Too much to do: come back later`]),
  );
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(300);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(500);
  expect(new Set(pauses).size).toBeGreaterThan(1);
  expect(findDetail(refused[0]!.status, RetryInfo)?.retryDelay?.nanos).toBe(pauses[0]! * 1e6);
});

test('retry() comes back when loadShed() said, without being told to repeat more', async () => {
  const shed = shedder({ initialLimit: 1, minLimit: 1, retryAfterMs: 60 });
  const open = gate();
  await using server = createServer({ logger: silentLogger, interceptors: [shed] }).add(ProbeService, {
    ...echo,
    unary: (request) => open.promise.then(() => request),
  });
  const { address } = await server.listen('127.0.0.1:0');
  await using channel = connect(address, {
    interceptors: [retry({ nonIdempotent: true, baseDelayMs: 60_000, maxDelayMs: 60_000 })],
  });
  const first = codeOf(channel.client(ProbeService));
  await expect.poll(() => shed.inFlight, often).toBe(1);

  const second = codeOf(channel.client(ProbeService));
  await expect.poll(() => shed.shed.normal, often).toBe(1);
  open.open();

  expect([await first, await second]).toEqual([Code.OK, Code.OK]);
});

test('loadShed() leaves health and reflection alone', async () => {
  const shed = shedder({ initialLimit: 1, minLimit: 1 });
  const open = gate();
  await using server = createServer({ logger: silentLogger, interceptors: [shed] })
    .add(ProbeService, { ...echo, unary: (request) => open.promise.then(() => request) })
    .add(health())
    .add(reflection());
  await using channel = connect(inProcess(server));
  const first = codeOf(channel.client(ProbeService));
  await expect.poll(() => shed.inFlight, often).toBe(1);

  const refused = await codeOf(channel.client(ProbeService));
  const check = await channel.call('/grpc.health.v1.Health/Check', new Uint8Array()).status;
  const list = await channel.call('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', new Uint8Array()).status;
  open.open();
  await first;

  expect([refused, check.code, list.code]).toEqual([Code.UNAVAILABLE, Code.OK, Code.OK]);
});

test('loadShed() lets streams in by the same rule, and does not count them', async () => {
  const shed = shedder({ initialLimit: 1, minLimit: 1 });
  const open = gate();
  await using probe = await probeWith(shed, open);
  const idle = gate();
  const stream = probe.client.bidi(
    (async function* () {
      yield { text: 'a', n: 1 };
      await idle.promise;
    })(),
  );
  for await (const _ of stream) break;

  const first = codeOf(probe.client);
  await expect.poll(() => shed.inFlight, often).toBe(1);
  const refused = await run(probe.client, 'serverStream');
  open.open();
  idle.open();

  expect(await first).toBe(Code.OK);
  expect(refused.status.code).toBe(Code.UNAVAILABLE);
});

test('D-10 loadShed() counts a handler that goes on after its call until it settles', timed, async () => {
  const shed = shedder();
  const open = gate();
  await using probe = await probeWith(shed, open);

  const { status } = await run(probe.client, 'unary', { timeoutMs: 20 });
  const meanwhile = shed.inFlight;
  open.open();
  await expect.poll(() => shed.inFlight, often).toBe(0);

  expect([status.code, meanwhile]).toEqual([Code.DEADLINE_EXCEEDED, 1]);
});

test('loadShed() sheds by priority while the event loop is late, and no more once it is not', async () => {
  const shed = shedder({ maxLoopDelayMs: 5, priority: 'metadata' });
  await using probe = await setup(transport, onSide('server', shed));
  const busy = setInterval(() => burn(60), 1);
  const seen = { low: new Set<Code>(), critical: new Set<Code>() };

  await expect.poll(() => shed.loopDelayMs, { interval: 50, timeout: 10_000 }).toBeGreaterThan(20);
  for (let n = 0; n < 5; n++) {
    seen.low.add(await codeOf(probe.client, 'low'));
    seen.critical.add(await codeOf(probe.client, 'critical'));
  }
  clearInterval(busy);
  await expect.poll(() => codeOf(probe.client, 'low'), { interval: 50, timeout: 10_000 }).toBe(Code.OK);

  expect([...seen.low]).toEqual([Code.UNAVAILABLE]);
  expect([...seen.critical]).toEqual([Code.OK]);
});

test('loadShed() stops watching the event loop when it is closed', async () => {
  const shed = shedder({ maxLoopDelayMs: 1 });
  await shed.close();
  burn(30);
  await pause(150);

  expect(shed.loopDelayMs).toBe(0);
});

test('loadShed() finds a lower limit when more calls make all of them slow', async () => {
  const shed = shedder({ initialLimit: 60, minLimit: 2 });
  const slots = { free: 2, line: [] as (() => void)[] };
  await using probe = await setup(transport, {
    handlers: {
      ...echo,
      unary: async (request) => {
        if (slots.free > 0) slots.free -= 1;
        else await new Promise<void>((resolve) => slots.line.push(resolve));
        await pause(4);
        const next = slots.line.shift();
        if (next === undefined) slots.free += 1;
        else next();
        return request;
      },
    },
    ...onSide('server', shed),
  });
  const keepCalling = async (until: () => boolean): Promise<void> => {
    while (!until()) if ((await codeOf(probe.client)) !== Code.OK) await pause(5);
  };

  let warm = false;
  const light = [keepCalling(() => warm), keepCalling(() => warm)];
  await pause(1_200);
  warm = true;
  await Promise.all(light);
  const before = shed.limit;
  let over = false;
  const heavy = Array.from({ length: 50 }, () => keepCalling(() => over));
  await expect.poll(() => shed.limit, { timeout: 15_000 }).toBeLessThan(30);
  over = true;
  await Promise.all(heavy);

  expect(before).toBe(60);
  expect(shed.shed.normal).toBeGreaterThan(0);
});

test.each([
  [{ initialLimit: 2 }, 'Cannot keep a limit of 2 between 5 and 1000'],
  [{ minLimit: 0 }, 'Cannot keep a limit of 50 between 0 and 1000'],
  [{ maxLimit: 40 }, 'Cannot keep a limit of 50 between 5 and 40'],
  [{ tolerance: 1 }, 'Cannot tolerate 1 times the usual latency: wanted more than 1'],
  [{ maxLoopDelayMs: 0 }, 'Cannot shed at maxLoopDelayMs 0: wanted more than 0, or false'],
  [{ maxHeapShare: 1 }, 'Cannot shed at maxHeapShare 1: wanted a share between 0 and 1, or false'],
  [{ retryAfterMs: -1 }, 'Cannot advise to wait -1 ms: wanted 0 or more'],
  [{ code: Code.INTERNAL }, 'Cannot shed with code 13: wanted UNAVAILABLE or RESOURCE_EXHAUSTED'],
  [{ priority: 'header' }, 'Cannot rank calls by "header": wanted "metadata" or a function'],
  [
    { exempt: 'grpc.health.v1.Health' },
    'Cannot exempt "grpc.health.v1.Health": wanted a list of full names of services',
  ],
  [{ tolerence: 2 }, 'did you mean "tolerance"?'],
])('loadShed(%j) is refused', (options, message) => {
  expect(() => loadShed(options as never)).toThrow(message);
});

function burn(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
