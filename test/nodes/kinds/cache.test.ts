import fc from 'fast-check';
import { Code, StatusError } from 'flowrpc';
import { none } from 'flowrpc/nodes';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { deferred, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const specs = (fields: object = {}): object[] => [
  { kind: 'cache', name: 'c', ...fields, ports: to({ out: 'slow' }) },
  { kind: 'slow', name: 'slow' },
];

/** A node that counts how often it is asked. */
function counting(answer: (payload: unknown, calls: number) => unknown = (payload, calls) => ({ payload, calls })) {
  const calls: unknown[] = [];
  const kind = mapping('slow', (payload: unknown) => {
    calls.push(payload);
    return answer(payload, calls.length);
  });
  return { calls, kind };
}

describe.each(placements)('cache: %s edges', (placement) => {
  test('answers equal payloads without asking again (#96)', async () => {
    const { calls, kind } = counting();
    const { call } = await place(placement, specs(), { far: ['slow'], kinds: [kind] });

    const first = await call('c', { a: 1, b: [2] });
    const again = await call('c', { b: [2], a: 1 });
    await call('c', { a: 2, b: [2] });

    expect(again).toEqual(first);
    expect(calls).toHaveLength(2);
  });

  test('a way that leads back to it with the same payload does not wait for itself (S-07)', async () => {
    const { call } = await place(
      placement,
      [
        { kind: 'cache', name: 'c', ports: to({ out: 'back' }) },
        { kind: 'pipe', name: 'back', ports: { 'out[0]': [{ name: 'c', port: 'in' }] } },
      ],
      { far: ['back'] },
    );

    await expect(call('c', 1, { timeoutMs: 8_000 })).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
  });

  test('never keeps errors, nor that nobody answered (#96)', async () => {
    const { calls, kind } = counting((payload, n) => {
      if (payload === 'none') return none;
      if (n === 1) throw new StatusError(Code.NOT_FOUND, 'not yet');
      return 'there';
    });
    const { call } = await place(placement, specs(), { far: ['c'], kinds: [kind] });

    await expect(call('c', 'x')).rejects.toMatchObject({ code: Code.NOT_FOUND });
    expect(await call('c', 'x')).toBe('there');
    expect([await call('c', 'none'), await call('c', 'none')]).toEqual([none, none]);
    expect(calls).toEqual(['x', 'x', 'none', 'none']);
  });

  test('asks once for equal payloads that come at one time (#96)', async () => {
    const gate = deferred();
    const { calls, kind } = counting((payload) => gate.promise.then(() => [payload]));
    const { call } = await place(placement, specs(), { far: ['c'], kinds: [kind] });

    const all = Array.from({ length: 5 }, () => call('c', 'x'));
    await expect.poll(() => calls.length).toBe(1);
    gate.resolve();

    expect(await Promise.all(all)).toEqual(Array.from({ length: 5 }, () => ['x']));
    expect(calls).toEqual(['x']);
  });
});

describe('cache', () => {
  afterEach(() => void vi.useRealTimers());

  test('a first caller who is cancelled fails nobody else: the next one asks (#96)', async () => {
    const gate = deferred();
    const { calls, kind } = counting((payload) => gate.promise.then(() => payload));
    const graph = await runGraph(specs(), [kind]);
    const cancel = new AbortController();

    const first = graph.call('c', 'x', { signal: cancel.signal });
    const others = [graph.call('c', 'x'), graph.call('c', 'x')];
    await expect.poll(() => calls.length).toBe(1);
    cancel.abort();
    await expect(first).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => calls.length).toBe(2);
    gate.resolve();

    expect(await Promise.all(others)).toEqual(['x', 'x']);
    expect(calls).toHaveLength(2);
  });

  test('a caller who is cancelled while another one asks is gone at once', async () => {
    const gate = deferred();
    const { kind } = counting((payload) => gate.promise.then(() => payload));
    const graph = await runGraph(specs(), [kind]);
    const cancel = new AbortController();

    const first = graph.call('c', 'x');
    const second = graph.call('c', 'x', { signal: cancel.signal });
    cancel.abort();

    await expect(second).rejects.toMatchObject({ code: Code.CANCELLED });
    gate.resolve();
    expect(await first).toBe('x');
  });

  test('all who wait get the error of the one who asks', async () => {
    const { calls, kind } = counting(async () => {
      await Promise.resolve();
      throw new StatusError(Code.ABORTED, 'no');
    });
    const graph = await runGraph(specs(), [kind]);

    const results = await Promise.allSettled([graph.call('c', 1), graph.call('c', 1), graph.call('c', 1)]);

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(calls).toHaveLength(1);
  });

  test('asks again once the interval is over (#96)', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { calls, kind } = counting();
    const graph = await runGraph(specs({ interval: '10s' }), [kind]);

    await graph.call('c', 1);
    vi.advanceTimersByTime(9_999);
    await graph.call('c', 1);
    vi.advanceTimersByTime(1);
    await graph.call('c', 1);

    expect(calls).toHaveLength(2);
  });

  test('keeps no more than its capacity: what was not asked for longest leaves first (#96)', async () => {
    const { calls, kind } = counting();
    const graph = await runGraph(specs({ capacity: 2 }), [kind]);

    for (const payload of [1, 2, 1, 3, 1, 2]) await graph.call('c', payload);

    expect(calls).toEqual([1, 2, 3, 2]);
  });

  test('keeps no more bytes than it may, and nothing that is larger than that', async () => {
    const { calls, kind } = counting((payload) => payload);
    const graph = await runGraph(specs({ bytes: 1_000 }), [kind]);
    const large = 'x'.repeat(600);

    for (const payload of ['a', large, large, 'a', 'b', 'a']) await graph.call('c', payload);

    expect(calls).toEqual(['a', large, large, 'b']);
  });

  test('what one caller changes in a reply the next does not see', async () => {
    const { kind } = counting(() => ({ list: [1], bytes: new Uint8Array([1]) }));
    const graph = await runGraph(specs(), [kind]);

    for (let i = 0; i < 3; i++) {
      const reply = (await graph.call('c', 1)) as { list: number[]; bytes: Uint8Array };
      expect(reply).toEqual({ list: [1], bytes: new Uint8Array([1]) });
      reply.list.push(2);
      reply.bytes[0] = 9;
    }
  });

  test('a key of its own tells payloads apart; what fails there goes to `error`', async () => {
    const { calls, kind } = counting();
    const [cache, slow] = specs({ key: 'self.id' });
    const graph = await runGraph(
      [{ ...cache, ports: to({ out: 'slow', error: 'e' }) }, slow!, { kind: 'e', name: 'e' }],
      [kind, mapping('e', () => 'rescued')],
    );

    await graph.call('c', { id: 1, at: 1 });
    await graph.call('c', { id: 1, at: 2 });
    await graph.call('c', { id: 2, at: 3 });

    expect(calls).toHaveLength(2);
    expect(await graph.call('c', 5)).toBe('rescued');
  });

  test('two callers whose ways lead to what the other one asks do not wait for each other', async () => {
    const gate = deferred();
    let asked = 0;
    const kind = mapping('slow', async ({ next: [id, ...next] }: { next: number[] }) => {
      asked += 1;
      if (asked === 2) gate.resolve();
      await gate.promise;
      return { id, next };
    });
    const graph = await runGraph(
      [
        { kind: 'cache', name: 'c', key: 'self.id', ports: to({ out: 'more' }) },
        { kind: 'if', name: 'more', when: 'size(self.next) > 0', ports: to({ 'out[0]': 'slow' }) },
        { kind: 'slow', name: 'slow', ports: to({ out: 'c' }) },
      ],
      [kind],
    );

    const replies = await Promise.all([
      graph.call('c', { id: 1, next: [2] }, { timeoutMs: 5_000 }),
      graph.call('c', { id: 2, next: [1] }, { timeoutMs: 5_000 }),
    ]);

    for (const reply of replies) expect(reply).toMatchObject({ next: [] });
  });

  test('that `out` takes too long is the answer to all who wait, at once', async () => {
    const { calls, kind } = counting(() => new Promise(() => {}));
    const graph = await runGraph(
      [
        { kind: 'cache', name: 'c', ports: { out: [{ name: 'slow', port: 'in', timeout: '50ms' }] } },
        { kind: 'slow', name: 'slow' },
      ],
      [kind],
    );

    const all = Array.from({ length: 20 }, () =>
      graph.call('c', 1, { timeoutMs: 60_000 }).catch(({ code }) => code as Code),
    );

    expect(new Set(await Promise.all(all))).toEqual(new Set([Code.DEADLINE_EXCEEDED]));
    expect(calls).toHaveLength(1);
  });

  test('what is behind it may change what it got: the reply is kept for what was asked', async () => {
    const kind = mapping('slow', (payload: { id: number }) => {
      payload.id += 1;
      return { was: payload.id };
    });
    const graph = await runGraph(specs(), [kind]);

    expect([await graph.call('c', { id: 1 }), await graph.call('c', { id: 2 })]).toEqual([{ was: 2 }, { was: 3 }]);
    expect(await graph.call('c', { id: 1 })).toEqual({ was: 2 });
  });

  test('gives for any payload what was given for an equal one first, whatever was asked in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 1, maxLength: 12 }), async (payloads) => {
        const { kind } = counting((payload) => JSON.stringify(payload));
        const graph = await runGraph(specs({ capacity: 4 }), [kind]);
        for (const payload of [...payloads, ...payloads])
          expect(await graph.call('c', payload)).toBe(JSON.stringify(payload));
        await graph.close();
      }),
      { interruptAfterTimeLimit: 3_000 },
    );
  });

  test.each([{ capacity: 0 }, { capacity: 1.5 }, { interval: 'soon' }, { interval: 0 }, { bytes: -1 }, { size: 1 }])(
    'refuses %j',
    async (fields) => {
      await expect(runGraph(specs(fields), [counting().kind])).rejects.toThrow(`"${Object.keys(fields)[0]}"`);
    },
  );
});
