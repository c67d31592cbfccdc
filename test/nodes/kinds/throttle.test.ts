import fc from 'fast-check';
import { Code } from 'flowrpc';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Buckets } from '../../../src/nodes/throttle/buckets.ts';
import { TokenBucket } from '../../../src/nodes/throttle/token-bucket.ts';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const tag = mapping('tag', (payload: unknown, { node }) => [node.name, payload instanceof Error ? 'refused' : payload]);
const specs = (fields: object, ports: object = {}): object[] => [
  { kind: 'throttle', name: 't', rate: 2, ...fields, ports: to({ out: 'o', ...ports }) },
  { kind: 'tag', name: 'o' },
  { kind: 'tag', name: 'e' },
];

describe.each(placements)('throttle: %s edges', (placement) => {
  test('refuses what is more than the rate, to `error`', async () => {
    const { call } = await place(placement, specs({ mode: 'reject', interval: '1h' }, { error: 'e' }), {
      far: ['t'],
      kinds: [tag],
    });

    expect([await call('t', 1), await call('t', 2), await call('t', 3)]).toEqual([
      ['o', 1],
      ['o', 2],
      ['e', 'refused'],
    ]);
  });

  test('lets the rest wait for its turn', async () => {
    const { call } = await place(placement, specs({ rate: 200, burst: 1 }), { far: ['t'], kinds: [tag] });
    const began = performance.now();

    const replies = await Promise.all([1, 2, 3, 4, 5].map((n) => call('t', n)));

    expect(replies).toEqual([1, 2, 3, 4, 5].map((n) => ['o', n]));
    expect(performance.now() - began).toBeGreaterThanOrEqual(19);
  });
});

describe('throttle', () => {
  afterEach(() => void vi.useRealTimers());

  test('lets a burst pass, and then one each time the rate allows, in the order of coming', async () => {
    vi.useFakeTimers();
    const graph = await runGraph(specs({ rate: 10, burst: 3 }), [tag]);
    const passed: number[] = [];

    const calls = Array.from({ length: 6 }, (_, n) => graph.call('t', n).then(() => passed.push(n)));
    await vi.advanceTimersByTimeAsync(0);
    expect(passed).toEqual([0, 1, 2]);
    await vi.advanceTimersByTimeAsync(99);
    expect(passed).toEqual([0, 1, 2]);
    await vi.advanceTimersByTimeAsync(2);
    expect(passed).toEqual([0, 1, 2, 3]);
    await vi.advanceTimersByTimeAsync(200);
    await Promise.all(calls);

    expect(passed).toEqual([0, 1, 2, 3, 4, 5]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('who is cancelled leaves the queue, and nothing is left behind', async () => {
    vi.useFakeTimers();
    const graph = await runGraph(specs({ rate: 1, interval: '1s' }), [tag]);
    const cancel = new AbortController();
    await graph.call('t', 0);

    const second = graph.call('t', 1, { signal: cancel.signal });
    const third = graph.call('t', 2);
    cancel.abort();
    await expect(second).rejects.toMatchObject({ code: Code.CANCELLED });
    await vi.advanceTimersByTimeAsync(1_001);

    expect(await third).toEqual(['o', 2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('refuses at once who would be let pass after the deadline, and who finds the queue full', async () => {
    const graph = await runGraph(specs({ rate: 1, interval: '1h', queue: 1 }), [tag]);
    await graph.call('t', 0);

    await expect(graph.call('t', 1, { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
      statusMessage: expect.stringContaining('after its deadline'),
    });
    const waits = graph.call('t', 2, { timeoutMs: 10_000_000 });
    await expect(graph.call('t', 3, { timeoutMs: 10_000_000 })).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      statusMessage: 'Node "default.t" lets no more packets pass now: 1 wait already',
    });
    waits.catch(() => {});
  });

  test('never lets more pass than the burst and what the rate allows, whenever packets come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(400), { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (pauses, rate, burst) => {
          vi.useFakeTimers();
          const graph = await runGraph(specs({ rate, burst }), [tag]);
          const began = performance.now();
          const passed: number[] = [];
          const calls: Promise<unknown>[] = [];
          for (const [n, pause] of pauses.entries()) {
            calls.push(graph.call('t', n, { timeoutMs: 1e8 }).then(() => passed.push(performance.now() - began)));
            await vi.advanceTimersByTimeAsync(pause);
          }
          await vi.advanceTimersByTimeAsync(60_000);
          await Promise.all(calls);

          for (const [index, at] of passed.entries())
            expect(index + 1).toBeLessThanOrEqual(burst + (at * rate) / 1_000 + 1e-6);
          expect(passed).toHaveLength(pauses.length);
          await graph.close();
          vi.useRealTimers();
        },
      ),
      { interruptAfterTimeLimit: 3_000 },
    );
  });

  test('each key has a rate of its own', async () => {
    const graph = await runGraph(specs({ rate: 1, interval: '1h', mode: 'reject', key: 'self.user' }), [tag]);

    await graph.call('t', { user: 'a' });
    await graph.call('t', { user: 'b' });
    await expect(graph.call('t', { user: 'a' })).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    await expect(graph.call('t', 'nobody')).rejects.toThrow(/user/);
  });

  test('however many keys are in use, a further one costs no look at all of them', async () => {
    const buckets = new Buckets({ ratePerMs: 1e-9, burst: 1 });
    for (let key = 0; key < 10_000; key++) buckets.at(key)!.take();
    const looks = vi.spyOn(TokenBucket.prototype, 'idle', 'get');
    onTestFinished(() => looks.mockRestore());

    expect(buckets.at('one more')).toBeUndefined();
    expect(looks.mock.calls.length).toBeLessThan(100);

    const full = new Buckets({ ratePerMs: 1, burst: 1 });
    for (let key = 0; key < 10_000; key++) full.at(key);
    expect(full.at('one more')).toBeDefined();

    const mixed = new Buckets({ ratePerMs: 1e-9, burst: 1 });
    for (let key = 0; key < 10_000; key++)
      if (key < 5_000) mixed.at(key)!.take();
      else mixed.at(key);
    expect(Array.from({ length: 100 }, (_, n) => mixed.at(`new ${n}`)).at(-1)).toBeDefined();
  });

  test.each([{ rate: 0 }, { rate: '1' }, { interval: 0 }, { burst: 0 }, { mode: 'drop' }, { queue: -1 }, { per: 1 }])(
    'refuses %j',
    async (fields) => {
      await expect(runGraph(specs(fields), [tag])).rejects.toThrow(`"${Object.keys(fields)[0]}"`);
    },
  );
});
