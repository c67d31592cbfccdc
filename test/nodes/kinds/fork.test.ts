import { none, type Reply } from 'flowrpc/nodes';
import { afterEach, describe, expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

describe.each(placements)('fork: %s edges', (placement) => {
  let arrived: unknown[] = [];
  afterEach(() => {
    arrived = [];
  });
  const notes = mapping('notes', (payload: unknown, { process }) => {
    arrived.push([payload instanceof Error ? payload.message : payload, process.parent !== undefined]);
    return 'unheard';
  });
  const bad = mapping('bad', (payload) => {
    throw new Error(`cannot ${payload}`);
  });

  test('answers at once with no response, and runs what follows in a process of its own (#86)', async () => {
    const specs = [
      { kind: 'fork', name: 'f', ports: to({ out: 'n' }) },
      { kind: 'notes', name: 'n' },
    ];
    const { call, near, far } = await place(placement, specs, { far: ['n'], kinds: [notes] });

    expect(await call('f', 'x')).toBe(none);
    await expect.poll(() => arrived).toEqual([['x', true]]);
    await expect.poll(() => near.processes.size + far.processes.size).toBe(0);
  });

  test('has errors handled inside of the fork (#86)', async () => {
    const specs = [
      { kind: 'fork', name: 'f', ports: to({ out: 'b', error: 'n' }) },
      { kind: 'bad', name: 'b' },
      { kind: 'notes', name: 'n' },
    ];
    const { call, near, far } = await place(placement, specs, { far: ['b'], kinds: [notes, bad] });

    expect(await call('f', 'x')).toBe(none);
    await expect.poll(() => arrived).toEqual([['UNKNOWN: cannot x', true]]);
    await expect.poll(() => near.processes.size + far.processes.size).toBe(0);
  });
});

describe('fork', () => {
  test('leaves no process behind, linked or not, whatever comes of it (#86)', async () => {
    const never = handWritten('never', () => new Promise<Reply>(() => {}));
    const graph = await runGraph(
      [
        { kind: 'fork', name: 'unlinked' },
        { kind: 'fork', name: 'throws', ports: to({ out: 't' }) },
        { kind: 'fork', name: 'hangs', timeout: '30ms', ports: to({ out: 'n' }) },
        { kind: 'throw', name: 't' },
        { kind: 'never', name: 'n' },
      ],
      [never],
    );

    for (const name of ['unlinked', 'throws', 'hangs']) expect(await graph.call(name, 'x')).toBe(none);
    await expect.poll(() => graph.processes.size).toBe(0);
  });

  test('goes on after its caller was answered, and is cancelled with a caller that leaves before (#86)', async () => {
    const go = deferred();
    const ended: unknown[] = [];
    const slow = handWritten('slow', async ({ payload }, { signal }) => {
      await Promise.race([go.promise, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
      ended.push([payload, signal.aborted]);
    });
    const stuck = handWritten('stuck', async (packet, { send }) => {
      await send('out', packet);
      await new Promise(() => {});
    });
    const graph = await runGraph(
      [
        { kind: 'fork', name: 'f', ports: to({ out: 's' }) },
        { kind: 'stuck', name: 'before', ports: to({ out: 'f' }) },
        { kind: 'slow', name: 's' },
      ],
      [slow, stuck],
    );

    expect(await graph.call('f', 'after')).toBe(none);
    await expect(graph.call('before', 'before', { timeoutMs: 30 })).rejects.toThrow('DEADLINE_EXCEEDED');
    await expect.poll(() => ended).toEqual([['before', true]]);
    go.resolve();

    await expect
      .poll(() => ended)
      .toEqual([
        ['before', true],
        ['after', false],
      ]);
    await expect.poll(() => graph.processes.size).toBe(0);
  });

  test('refuses a timeout that is none', async () => {
    await expect(runGraph([{ kind: 'fork', name: 'f', timeout: 'soon' }])).rejects.toThrow('field "timeout"');
  });
});
