import { Code } from 'flowrpc';
import { formatProblems, readSpecs, validateGraph } from 'flowrpc/graph';
import { kinds } from 'flowrpc/nodes';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';
import { timers, timersBackTo } from './timers.ts';

const tag = mapping('tag', (payload, { node }) => [node.name, payload]);

describe.each(placements)('sleep: %s edges', (placement) => {
  const specs = (interval: string): object[] => [
    { kind: 'try', name: 'start', ports: to({ out: 's' }) },
    { kind: 'sleep', name: 's', interval, ports: to({ out: 'end' }) },
    { kind: 'tag', name: 'end' },
  ];

  test('sends its payload on later (#92)', async () => {
    const { call } = await place(placement, specs('20ms'), { far: ['s'], kinds: [tag] });

    expect(await call('start', 'x')).toEqual(['end', 'x']);
  });

  test('is left at once when the run is cancelled, and when its time is up; no timer stays (#92)', async () => {
    const seen: unknown[] = [];
    const kinds = [mapping('tag', (payload) => seen.push(payload))];
    const { call, far, near } = await place(placement, specs('1h'), { far: ['s'], kinds });
    await call('end', 'warm').catch(() => {});
    seen.length = 0;
    const before = timers();
    const stop = new AbortController();

    const cancelled = call('start', 1, { signal: stop.signal });
    await expect.poll(() => far.processes.size).toBe(1);
    stop.abort();

    await expect(cancelled).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect(call('start', 2, { timeoutMs: 60 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await expect.poll(() => far.processes.size + near.processes.size).toBe(0);
    await timersBackTo(before);
    expect(seen).toEqual([]);
  });
});

describe('sleep', () => {
  afterEach(() => vi.useRealTimers());

  test('is left when its process ends before, and leaves no timer', async () => {
    const hasty = handWritten('hasty', (_packet, { send }) => {
      void send('out', 1);
      return 'done';
    });
    const graph = await runGraph(
      [
        { kind: 'hasty', name: 'h', ports: to({ out: 's' }) },
        { kind: 'wait', name: 's', interval: '1h' },
      ],
      [hasty],
    );
    const before = timers();

    for (let i = 0; i < 20; i++) expect(await graph.call('h', null)).toBe('done');

    await timersBackTo(before);
  });

  test('is left by a packet whose edge gave it less time, while the run goes on', async () => {
    const graph = await runGraph([
      {
        kind: 'try',
        name: 't',
        ports: { out: [{ name: 's', port: 'in', timeout: '20ms' }], error: [{ name: 'late', port: 'in' }] },
      },
      { kind: 'sleep', name: 's', interval: '1h' },
      { kind: 'snippet', name: 'late', language: 'text', code: 'late' },
    ]);
    const before = timers();

    expect(await graph.call('t', 1)).toBe('late');
    await timersBackTo(before);
  });

  test('waits as long as it says', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const graph = await runGraph([{ kind: 'sleep', name: 's', interval: '1m30s' }]);
    let reply: unknown;

    const call = graph.call('s', 'x', { timeoutMs: 600_000 }).then((value) => (reply = value));
    await vi.advanceTimersByTimeAsync(89_999);
    expect(reply).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2);
    await call;

    expect(reply).toBe('x');
  });

  test.each([[undefined], ['-1s'], ['soon'], ['25d'], ['600h'], [-1]])('refuses interval %j', (interval) => {
    const { specs } = readSpecs([{ kind: 'sleep', name: 's', ...(interval !== undefined && { interval }) }]);

    expect(formatProblems(validateGraph(specs, { kinds }))).toContain('"interval"');
  });
});
