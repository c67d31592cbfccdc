import { type Channel, Code, connect, createServer, inProcess, type StreamCall, silentLogger } from 'flowrpc';
import { type Health, health } from 'flowrpc/services';
import { describe, expect, test, vi } from 'vitest';
import { Health as HealthService } from '../../src/wire/gen/grpc/health/v1/health.ts';
import { collectGarbage } from '../collect-garbage.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { serve, ways } from './fixture.ts';

const probe = ProbeService.name;

async function check(channel: Channel, service = ''): Promise<unknown> {
  return (await channel.client(HealthService).check({ service })).status;
}

function watch(channel: Channel, service = ''): StreamCall<{ status: unknown }> {
  return channel.client(HealthService).watch({ service });
}

async function next(call: StreamCall<{ status: unknown }>): Promise<unknown> {
  return (await call.next()).value?.status;
}

describe.each(ways)('health() %s', (way) => {
  test('Check answers for the server and each of its services as they come and go', async () => {
    await using at = await serve(way, health());
    at.server.add(ProbeService, echo);

    expect(await check(at.channel)).toBe('SERVING');
    expect(await check(at.channel, probe)).toBe('SERVING');
    expect(await check(at.channel, 'grpc.health.v1.Health')).toBe('SERVING');

    at.server.remove(ProbeService);

    await expect(check(at.channel, probe)).rejects.toMatchObject({ code: Code.NOT_FOUND });
  });

  test.each(['no.Such', 'constructor', '__proto__', 'toString'])('Check of unknown "%s" is NOT_FOUND', async (name) => {
    await using at = await serve(way, health());

    await expect(check(at.channel, name)).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      statusMessage: `Service "${name}" is unknown`,
    });
  });

  test('Check does not echo a long name, nor half a character', async () => {
    await using at = await serve(way, health());

    const { code, message } = await at.channel.client(HealthService).check({ service: 'é💥'.repeat(40_000) }).status;

    expect(code).toBe(Code.NOT_FOUND);
    expect(message.length).toBeLessThan(200);
  });

  test('set() wins over being served, clear() takes it back, removal forgets it', async () => {
    const state = health();
    await using at = await serve(way, state);
    state.set(ProbeService, 'NOT_SERVING');
    at.server.add(ProbeService, echo);

    const set = await check(at.channel, probe);
    at.server.replace(ProbeService, echo);
    const replaced = await check(at.channel, probe);
    state.clear(ProbeService);
    const cleared = await check(at.channel, probe);
    state.set(probe, 'NOT_SERVING');
    at.server.remove(ProbeService);
    const removed = state.get(probe);

    expect({ set, replaced, cleared, removed }).toEqual({
      set: 'NOT_SERVING',
      replaced: 'NOT_SERVING',
      cleared: 'SERVING',
      removed: undefined,
    });
  });

  test('Watch tells the status at once and each change, an unknown name included', async () => {
    const state = health();
    await using at = await serve(way, state);
    const call = watch(at.channel, probe);
    const seen = [await next(call)];

    at.server.add(ProbeService, echo);
    seen.push(await next(call));
    state.set(probe, 'NOT_SERVING');
    seen.push(await next(call));
    at.server.remove(probe);
    seen.push(await next(call));
    call.cancel();

    expect(seen).toEqual(['SERVICE_UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']);
    expect((await call.status).code).toBe(Code.CANCELLED);
    await vi.waitFor(() => expect(state.watching).toBe(0));
  });

  test('Watch does not flicker when a service is replaced', async () => {
    const state = health();
    await using at = await serve(way, state);
    at.server.add(ProbeService, echo);
    const call = watch(at.channel, probe);
    const first = await next(call);

    at.server.replace(ProbeService, echo);
    await check(at.channel);
    state.set(probe, 'UNKNOWN');

    expect([first, await next(call)]).toEqual(['SERVING', 'UNKNOWN']);
  });

  test('a slow watcher gets the latest status, not the history', async () => {
    const state = health();
    await using at = await serve(way, state);
    const call = watch(at.channel);
    const seen = [await next(call)];

    for (let i = 0; i < 10_001; i++) state.set('', i % 2 === 0 ? 'NOT_SERVING' : 'UNKNOWN');
    seen.push(await next(call));
    state.set('', 'SERVING');
    seen.push(await next(call));

    expect(seen).toEqual(['SERVING', 'NOT_SERVING', 'SERVING']);
  });

  test('shutdown() holds against set() until resume()', async () => {
    const state = health();
    await using at = await serve(way, state);
    state.set('backend', 'UNKNOWN');

    state.shutdown();
    state.set('', 'SERVING');
    state.set('backend', 'SERVING');
    const during = [await check(at.channel), await check(at.channel, 'backend')];
    state.resume();
    const after = [await check(at.channel), await check(at.channel, 'backend')];

    expect(during).toEqual(['NOT_SERVING', 'NOT_SERVING']);
    expect(after).toEqual(['SERVING', 'UNKNOWN']);
  });

  test('List tells all, and is RESOURCE_EXHAUSTED above 100', async () => {
    const state = health();
    await using at = await serve(way, state);
    state.set('a.B', 'NOT_SERVING');

    const few = await at.channel.client(HealthService).list({});
    for (let i = 0; i < 97; i++) state.set(`s${i}`, 'SERVING');
    const most = await at.channel.client(HealthService).list({});
    state.set('one more', 'SERVING');
    const many = await at.channel.client(HealthService).list({}).status;

    expect(few.statuses).toEqual({
      '': { status: 'SERVING' },
      'a.B': { status: 'NOT_SERVING' },
      'grpc.health.v1.Health': { status: 'SERVING' },
    });
    expect(Object.keys(most.statuses).length).toBe(100);
    expect(many).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
  });

  test('open watches do not hold up close(), which turns everything NOT_SERVING', async () => {
    const state = health();
    await using at = await serve(way, state);
    const call = watch(at.channel);
    await next(call);

    const report = await at.server.close({ graceMs: 10_000 });

    expect(report.cut).toEqual([]);
    expect(state.get()).toBe('NOT_SERVING');
    await vi.waitFor(() => expect(state.watching).toBe(0));
  });
});

test('set() refuses what is not a status', () => {
  const state = health();

  expect(() => state.set('a.B', 'NOT_SERVNG' as never)).toThrow(
    new TypeError('Cannot set the health of "a.B" to "NOT_SERVNG": did you mean "NOT_SERVING"?'),
  );
  expect(() => state.set('a.B', 'SERVICE_UNKNOWN' as never)).toThrow(TypeError);
  expect(() => health({ interceptor: [] } as never)).toThrow(/did you mean "interceptors"/);
});

test('one health() serves two servers', async () => {
  const state = health();
  const one = createServer({ logger: silentLogger }).add(state);
  const two = createServer({ logger: silentLogger }).add(state).add(ProbeService, echo);

  const known = state.get(probe);
  await two.close();
  state.resume();

  expect(known).toBe('SERVING');
  expect(state.get(probe)).toBeUndefined();
  await one.close();
});

test('a watch that nobody reads on is let go when its call ends while a message waits', async () => {
  const state = health();
  await using at = await serve('in process', state);
  const call = watch(at.channel);
  for (let i = 0; i < 30; i++) {
    state.set('', i % 2 === 0 ? 'NOT_SERVING' : 'SERVING');
    await new Promise(setImmediate);
  }
  const before = state.watching;

  call.cancel();

  expect(before).toBe(1);
  await vi.waitFor(() => expect(state.watching).toBe(0));
});

test('100,000 watches of random names leave nothing behind (T-09)', async () => {
  const state = health();
  await using at = await serve('in process', state);
  await open(5_000);
  const before = await settled();

  for (let done = 0; done < 100_000; done += 5_000) await open(5_000);
  const growth = (await settled()) - before;

  expect(state.watching).toBe(0);
  expect(Object.keys((await at.channel.client(HealthService).list({})).statuses).length).toBe(2);
  // A kept entry for each name would be more than 10 MB.
  expect(growth).toBeLessThan(5_000_000);

  async function open(count: number): Promise<void> {
    const calls = Array.from({ length: count }, () => watch(at.channel, `random.${crypto.randomUUID()}`));
    await Promise.all(calls.map((call) => call.next()));
    for (const call of calls) call.cancel();
    await vi.waitFor(() => expect(state.watching).toBe(0));
  }

  async function settled(): Promise<number> {
    await new Promise(setImmediate);
    collectGarbage();
    return process.memoryUsage().heapUsed;
  }
}, 120_000);

test('Health is a module like any other', async () => {
  const state: Health = health({ interceptors: [async (call, next) => next(call)] });
  const server = createServer({ logger: silentLogger }).add(state);
  await using channel = connect(inProcess(server));

  expect(await check(channel)).toBe('SERVING');
  expect(server.remove('grpc.health.v1.Health')).toBe(true);
  expect((await channel.client(HealthService).check({}).status).code).toBe(Code.UNIMPLEMENTED);
  await server.close();
});
