import { Code, StatusError } from 'flowrpc';
import { none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

/** Keeps the lists that came. */
function bulk(answer: (list: unknown[]) => unknown = (list) => list.map((item) => `ok ${String(item)}`)) {
  const lists: unknown[][] = [];
  const kind = mapping('bulk', (list: unknown[]) => {
    lists.push(list);
    return answer(list);
  });
  return { lists, kind };
}

const specs = (fields: object = {}, ports: object = {}): object[] => [
  { kind: 'batch', name: 'b', size: 3, window: '1h', ...fields, ports: to({ out: 'bulk', ...ports }) },
  { kind: 'bulk', name: 'bulk' },
];

describe.each(placements)('batch: %s edges', (placement) => {
  test('sends the payloads of several callers as one list, and each gets its element of the reply', async () => {
    const { kind, lists } = bulk();
    const { call } = await place(placement, specs(), { far: ['b'], kinds: [kind] });

    const replies = await Promise.all([1, 2, 3].map((n) => call('b', n)));

    expect(lists.map((list) => list.toSorted())).toEqual([[1, 2, 3]]);
    expect(replies).toEqual(['ok 1', 'ok 2', 'ok 3']);
  });

  test('each gets any other reply, and an error', async () => {
    const { kind } = bulk(([first]) => {
      if (first === 'bad') throw new StatusError(Code.ABORTED, 'all of it');
      return first === 'none' ? none : { count: 3 };
    });
    const { call } = await place(placement, specs(), { far: ['bulk'], kinds: [kind] });
    const all = (payload: string) => Promise.allSettled(Array.from({ length: 3 }, () => call('b', payload)));

    expect((await all('x')).map((result) => result.status === 'fulfilled' && result.value)).toEqual(
      Array.from({ length: 3 }, () => ({ count: 3 })),
    );
    expect((await all('none')).map((result) => result.status === 'fulfilled' && result.value)).toEqual([
      none,
      none,
      none,
    ]);
    expect((await all('bad')).map((result) => result.status === 'rejected' && result.reason.code)).toEqual(
      Array.from({ length: 3 }, () => Code.ABORTED),
    );
  });
});

describe('batch', () => {
  test('sends what there is when the window closes', async () => {
    const { kind, lists } = bulk();
    const graph = await runGraph(specs({ window: '20ms' }), [kind]);

    expect(await Promise.all([graph.call('b', 1), graph.call('b', 2)])).toEqual(['ok 1', 'ok 2']);
    expect(lists).toEqual([[1, 2]]);
  });

  test('sends a list before it would be more than the bytes', async () => {
    const { kind, lists } = bulk((list) => list.length);
    const graph = await runGraph(specs({ size: 100, bytes: 250, window: '50ms' }), [kind]);

    await Promise.all(['a', 'b', 'c'].map((letter) => graph.call('b', letter.repeat(100))));

    expect(lists.map((list) => list.length)).toEqual([2, 1]);
  });

  test('packets of one process come together in a list as well', async () => {
    const { kind, lists } = bulk();
    const graph = await runGraph([{ kind: 'for', name: 'each', ports: to({ 'out[0]': 'b' }) }, ...specs()], [kind]);

    expect(await graph.call('each', [1, 2, 3])).toEqual(['ok 1', 'ok 2', 'ok 3']);
    expect(lists).toEqual([[1, 2, 3]]);
  });

  test('a caller who leaves before is not in the list; one who leaves later cancels nobody', async () => {
    const gate = deferred();
    const { kind, lists } = bulk((list) => gate.promise.then(() => list));
    const graph = await runGraph(specs(), [kind]);
    const early = new AbortController();
    const late = new AbortController();

    const first = graph.call('b', 'early', { signal: early.signal });
    early.abort();
    await expect(first).rejects.toMatchObject({ code: Code.CANCELLED });
    const second = graph.call('b', 'late', { signal: late.signal });
    const others = [graph.call('b', 'x', { timeoutMs: 20_000 }), graph.call('b', 'y')];
    await expect.poll(() => lists).toEqual([['late', 'x', 'y']]);
    late.abort();
    await expect(second).rejects.toMatchObject({ code: Code.CANCELLED });
    gate.resolve();

    expect(await Promise.all(others)).toEqual(['x', 'y']);
  });

  test('a list that nobody waits for any more is cancelled', async () => {
    const seen = deferred<AbortSignal>();
    const slow = handWritten('bulk', async (_, { signal }) => {
      seen.resolve(signal);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return null;
    });
    const graph = await runGraph(specs({ size: 2 }), [slow]);
    const cancel = new AbortController();

    const calls = [1, 2].map((n) => graph.call('b', n, { signal: cancel.signal }));
    const signal = await seen.promise;
    expect(signal.aborted).toBe(false);
    cancel.abort();

    await Promise.allSettled(calls);
    await expect.poll(() => signal.aborted).toBe(true);
    await expect.poll(() => graph.processes.size).toBe(0);
  });

  test('is bounded by the longest of the deadlines', async () => {
    const deadlines: number[] = [];
    const look = handWritten('bulk', ({ payload }, { deadline }) => {
      deadlines.push(deadline - Date.now());
      return payload;
    });
    const graph = await runGraph(specs({ size: 2 }), [look]);

    await Promise.all([graph.call('b', 1, { timeoutMs: 5_000 }), graph.call('b', 2, { timeoutMs: 500_000 })]);

    expect(deadlines[0]).toBeGreaterThan(100_000);
  });

  test('those who wait as the graph closes go alone, and none is lost', async () => {
    const { kind, lists } = bulk();
    const graph = await runGraph(specs(), [kind]);

    const calls = [graph.call('b', 1), graph.call('b', 2)];
    await graph.close();

    expect(await Promise.all(calls)).toEqual(['ok 1', 'ok 2']);
    expect(lists).toEqual([[1], [2]]);
  });

  test('an error goes to `error`, once; without an edge at `out` each gets its own payload', async () => {
    const { kind } = bulk(() => {
      throw new Error('no');
    });
    const told: unknown[] = [];
    const graph = await runGraph(
      [...specs({}, { error: 'e' }), { kind: 'e', name: 'e' }, { kind: 'batch', name: 'alone', window: 0 }],
      [kind, mapping('e', (error: Error) => told.push(error.message) && 'rescued')],
    );

    expect(await Promise.all([1, 2, 3].map((n) => graph.call('b', n)))).toEqual(['rescued', 'rescued', 'rescued']);
    expect(told).toHaveLength(1);
    expect(await Promise.all([graph.call('alone', 'x'), graph.call('alone', 'y')])).toEqual(['x', 'y']);
  });

  test.each([{ size: 0 }, { window: 'x' }, { bytes: 0 }, { count: 1 }])('refuses %j', async (fields) => {
    await expect(runGraph(specs(fields), [bulk().kind])).rejects.toThrow(`"${Object.keys(fields)[0]}"`);
  });
});
