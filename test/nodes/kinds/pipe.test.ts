import { Code, StatusError } from 'flowrpc';
import { none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const add = mapping('add', (payload, { node }) => `${payload}${node.name}`);
const bad = mapping('bad', (payload) => {
  throw new StatusError(Code.NOT_FOUND, `no ${payload}`);
});
const kinds = [add, bad];
const stages = ['a', 'b', 'c'].map((name) => ({ kind: 'add', name }));

describe.each(placements)('pipe: %s edges', (placement) => {
  test('feeds the reply of each port to the next one and answers with the last (#87)', async () => {
    const ports = to({ 'out[0]': 'a', 'out[1]': 'b', 'out[2]': 'c' });
    const { call } = await place(placement, [{ kind: 'pipe', name: 'p', ports }, ...stages], { far: ['p'], kinds });

    expect(await call('p', 'x')).toBe('xabc');
  });

  test('is stopped by an error, which goes to `error` (#87)', async () => {
    const specs = [
      { kind: 'pipe', name: 'p', ports: to({ 'out[0]': 'a', 'out[1]': 'bad', 'out[2]': 'c', error: 'rescue' }) },
      { kind: 'pipe', name: 'q', ports: to({ 'out[0]': 'a', 'out[1]': 'bad', 'out[2]': 'c' }) },
      { kind: 'bad', name: 'bad' },
      { kind: 'snippet', name: 'rescue', language: 'text', code: 'rescued' },
      ...stages,
    ];
    const { call } = await place(placement, specs, { far: ['bad', 'rescue'], kinds });

    expect(await call('p', 'x')).toBe('rescued');
    await expect(call('q', 'x')).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'no xa' });
  });
});

describe('pipe', () => {
  test('does not run what comes behind an error (#87)', async () => {
    const seen: unknown[] = [];
    const graph = await runGraph(
      [
        { kind: 'pipe', name: 'p', ports: to({ 'out[0]': 'b', 'out[1]': 's' }) },
        { kind: 'bad', name: 'b' },
        { kind: 'seen', name: 's' },
      ],
      [bad, mapping('seen', (payload) => seen.push(payload))],
    );

    await expect(graph.call('p', 1)).rejects.toThrow('no 1');
    expect(seen).toEqual([]);
  });

  test('passes by ports without an edge, and answers with its input when none has one', async () => {
    const graph = await runGraph(
      [
        { kind: 'call', name: 'p', ports: to({ 'out[1]': 'a', 'out[4]': 'b' }) },
        { kind: 'pipe', name: 'alone' },
        ...stages,
      ],
      kinds,
    );

    expect(await graph.call('p', 'x')).toBe('xab');
    expect(await graph.call('alone', 'x')).toBe('x');
  });

  test('passes null on where nobody answered, and answers nothing when the last does not', async () => {
    const graph = await runGraph(
      [
        { kind: 'pipe', name: 'first', ports: to({ 'out[0]': 'n', 'out[1]': 'a' }) },
        { kind: 'pipe', name: 'last', ports: to({ 'out[0]': 'a', 'out[1]': 'n' }) },
        { kind: 'nop', name: 'n' },
        ...stages,
      ],
      kinds,
    );

    expect(await graph.call('first', 'x')).toBe('nulla');
    expect(await graph.call('last', 'x')).toBe(none);
  });

  test('merges the replies of several targets of one port before they go on (#27)', async () => {
    const list = mapping('list', (payload) => [payload]);
    const graph = await runGraph(
      [
        { kind: 'pipe', name: 'p', ports: to({ 'out[0]': ['a', 'b'], 'out[1]': 'l' }) },
        { kind: 'list', name: 'l' },
        ...stages,
      ],
      [...kinds, list],
    );

    expect(await graph.call('p', 'x')).toEqual([['xa', 'xb']]);
  });

  test('has stages that take their time, and starts none once it is cancelled', async () => {
    const seen: unknown[] = [];
    const slow = handWritten('slow', async ({ payload }, { signal, node }) => {
      seen.push(node.name);
      if (node.name === 'b')
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      await Promise.resolve();
      return payload;
    });
    const graph = await runGraph(
      [
        { kind: 'pipe', name: 'p', ports: to({ 'out[0]': 'a', 'out[1]': 'b', 'out[2]': 'c', error: 'e' }) },
        ...['a', 'b', 'c', 'e'].map((name) => ({ kind: 'slow', name })),
      ],
      [slow],
    );
    const stop = new AbortController();
    const call = graph.call('p', 1, { signal: stop.signal });
    await expect.poll(() => seen).toEqual(['a', 'b']);
    stop.abort();

    await expect(call).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => graph.processes.size).toBe(0);
    expect(seen).toEqual(['a', 'b']);
  });

  test('refuses fields', async () => {
    await expect(runGraph([{ kind: 'pipe', name: 'p', threshold: 1 }])).rejects.toThrow('unknown field "threshold"');
  });
});
