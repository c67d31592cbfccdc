import { silentLogger } from 'flowrpc';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

/** Keeps what came, and answers when the test says so. */
function keeping(answer: (payload: unknown) => unknown = () => null) {
  const came: unknown[] = [];
  const kind = mapping('keep', (payload: unknown) => {
    came.push(payload);
    return answer(payload);
  });
  return { came, kind };
}

const specs = (fields: object, ports: object = {}): object[] => [
  { kind: 'timer', name: 't', ...fields, ports: to({ out: 'k', ...ports }) },
  { kind: 'keep', name: 'k' },
];

describe.each(placements)('timer: %s edges', (placement) => {
  test('starts a process each interval', async () => {
    const { came, kind } = keeping();
    await place(placement, specs({ interval: '20ms', payload: { n: 1 } }), { far: ['k'], kinds: [kind] });

    await expect.poll(() => came.length).toBeGreaterThanOrEqual(3);
    expect(came[0]).toEqual({ n: 1 });
  });
});

describe('timer', () => {
  beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') }));
  afterEach(() => void vi.useRealTimers());

  test('tells the time and how many there were, and does not drift', async () => {
    const { came, kind } = keeping();
    await runGraph(specs({ interval: '250ms' }), [kind]);

    await vi.advanceTimersByTimeAsync(1_001);

    expect(came).toEqual(
      [250, 500, 750, 1_000].map((ms, index) => ({
        time: new Date(Date.parse('2026-01-01T00:00:00Z') + ms).toISOString(),
        count: index + 1,
        missed: 0,
      })),
    );
  });

  test('begins at once when asked to, and ends with the graph', async () => {
    const { came, kind } = keeping();
    const [, keep] = specs({});
    await (await runGraph([keep!], [kind])).close();
    const timers = vi.getTimerCount();
    const graph = await runGraph(specs({ interval: '1h', immediate: true }), [kind]);

    await vi.advanceTimersByTimeAsync(1);
    expect(came).toHaveLength(1);
    await graph.close();

    expect(vi.getTimerCount()).toBeLessThanOrEqual(2 * timers);
    await vi.advanceTimersByTimeAsync(10_000_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(came).toHaveLength(1);
  });

  test.each([
    ['skip', [1, 2], [0, 2]],
    ['queue', [1, 2, 3, 4], [0, 0, 0, 0]],
    ['allow', [1, 2, 3, 4], [0, 0, 0, 0]],
  ])('a tick while the one before is at work: %s', async (overlap, counts, missed) => {
    const gates: (() => void)[] = [];
    const { came, kind } = keeping(() => {
      const { promise, resolve } = deferred();
      gates.push(resolve);
      return promise.then(() => null);
    });
    await runGraph(specs({ interval: '1s', overlap, timeout: '1h' }), [kind]);

    await vi.advanceTimersByTimeAsync(3_100);
    expect(came).toHaveLength(overlap === 'allow' ? 3 : 1);
    for (let i = 0; i < 4; i++) {
      gates[i]?.();
      await vi.advanceTimersByTimeAsync(i === 0 ? 900 : 0);
    }
    await vi.advanceTimersByTimeAsync(10);

    const seen = came as { count: number; missed: number }[];
    expect(seen.map(({ count }) => count)).toEqual(counts);
    expect(seen.map((each) => each.missed)).toEqual(missed);
  });

  test('moments that nothing was awake for are one, with how many there were', async () => {
    vi.useRealTimers();
    const { came, kind } = keeping(() => {
      if (came.length === 1) for (const until = performance.now() + 200; performance.now() < until; );
      return null;
    });
    await runGraph(specs({ interval: '20ms' }), [kind]);

    await expect.poll(() => came.length).toBeGreaterThanOrEqual(3);
    const [, second, third] = came as { count: number; missed: number }[];
    expect(second).toMatchObject({ count: 2 });
    expect(second!.missed + third!.missed).toBeGreaterThanOrEqual(5);
  });

  test('one that is always late leaves the rest of the program its turns', async () => {
    vi.useRealTimers();
    const { came, kind } = keeping(() => {
      for (const until = performance.now() + 3; performance.now() < until; );
      return null;
    });
    const graph = await runGraph(specs({ interval: '1ms' }), [kind]);

    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => void setTimeout(resolve, 1));
    await graph.close();

    expect(came.length).toBeGreaterThan(0);
  });

  test('a failed process is logged, and the next one begins', async () => {
    const warned: string[] = [];
    const { came, kind } = keeping(() => {
      throw new Error('no');
    });
    const logger = { ...silentLogger, warn: (message: string) => void warned.push(message) };
    await runGraph(specs({ interval: '1s' }), [kind], { logger });

    await vi.advanceTimersByTimeAsync(2_100);

    expect(came).toHaveLength(2);
    expect(warned.filter((message) => message.includes('scheduled process failed'))).toHaveLength(2);
  });

  test('an error goes to `error` when that is linked, and a process takes no longer than its timeout', async () => {
    const told: string[] = [];
    let begun = 0;
    const stuck = handWritten('keep', ({ payload }) => {
      begun += 1;
      if ((payload as { count: number }).count === 1) throw new Error('first');
      return new Promise(() => {});
    });
    await runGraph(
      [...specs({ interval: '1s', timeout: '100ms', overlap: 'skip' }, { error: 'e' }), { kind: 'e', name: 'e' }],
      [stuck, mapping('e', (error: Error) => told.push(error.message))],
    );

    await vi.advanceTimersByTimeAsync(4_050);

    expect(told).toEqual([expect.stringContaining('first')]);
    expect(begun).toBe(4);
  });
});

describe('schedule', () => {
  beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-03-28T23:59:30Z') }));
  afterEach(() => void vi.useRealTimers());

  const times = (came: unknown[]): string[] => came.map((payload) => (payload as { time: string }).time);

  test('starts processes at the moments of a cron pattern', async () => {
    const { came, kind } = keeping();
    await runGraph([{ ...specs({ cron: '* * * * *' })[0]!, kind: 'schedule' }, specs({})[1]!], [kind]);

    await vi.advanceTimersByTimeAsync(125_000);

    expect(times(came)).toEqual(['2026-03-29T00:00:00.000Z', '2026-03-29T00:01:00.000Z']);
  });

  test('takes seconds', async () => {
    const { came, kind } = keeping();
    await runGraph(specs({ cron: '*/20 * * * * *' }), [kind]);

    await vi.advanceTimersByTimeAsync(31_000);

    expect(times(came)).toEqual(['2026-03-28T23:59:40.000Z', '2026-03-29T00:00:00.000Z']);
  });

  test('goes by the clock of its time zone, when that is moved as well', async () => {
    const { came, kind } = keeping();
    await runGraph(specs({ cron: '30 9 * * *', timezone: 'Europe/Berlin' }), [kind]);

    await vi.advanceTimersByTimeAsync(2 * 86_400_000);

    // Summer time begins on that day: 9:30 there is 7:30 in UTC from then on.
    expect(times(came)).toEqual(['2026-03-29T07:30:00.000Z', '2026-03-30T07:30:00.000Z']);
  });

  test.each([
    [{}, '"interval"'],
    [{ interval: '1s', cron: '* * * * *' }, '"interval"'],
    [{ interval: 0 }, '"interval"'],
    [{ interval: '0.999ms' }, 'wanted at least 1ms'],
    [{ cron: '61 * * * *' }, '"61 * * * *" is no cron pattern'],
    [{ cron: '* * * * *', timezone: 'Mars/Olympus' }, '"Mars/Olympus" is no time zone'],
    [{ interval: '1s', timezone: 'UTC' }, '"timezone"'],
    [{ interval: '1s', overlap: 'maybe' }, '"overlap"'],
  ])('refuses %j', async (fields, message) => {
    await expect(runGraph(specs(fields), [keeping().kind])).rejects.toThrow(message);
  });
});
