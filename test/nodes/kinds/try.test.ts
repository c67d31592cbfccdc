import { Code, StatusError } from 'flowrpc';
import { none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const echo = mapping('echo', (payload) => [payload]);
const bad = mapping('bad', (payload) => {
  throw new StatusError(Code.NOT_FOUND, `no ${payload}`);
});
const told = mapping('told', (error: Error) => (error instanceof StatusError ? error.message : 'no error'));
const kinds = [echo, bad, told];
const specs = [
  { kind: 'try', name: 't', ports: to({ out: 'bad', error: 'told' }) },
  { kind: 'try', name: 'unhandled', ports: to({ out: 'bad' }) },
  { kind: 'try', name: 'good', ports: to({ out: 'echo', error: 'told' }) },
  { kind: 'bad', name: 'bad' },
  { kind: 'told', name: 'told' },
  { kind: 'echo', name: 'echo' },
];

describe.each(placements)('try: %s edges', (placement) => {
  test('has the reply of `error` replace an error that came back (#91)', async () => {
    const { call } = await place(placement, specs, { far: ['bad', 'told'], kinds });

    expect(await call('t', 'x')).toBe('NOT_FOUND: no x');
    expect(await call('good', 'x')).toEqual(['x']);
  });

  test('answers with the error where `error` is not linked (#91)', async () => {
    const { call } = await place(placement, specs, { far: ['unhandled'], kinds });

    await expect(call('unhandled', 'x')).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'no x' });
  });
});

describe('try', () => {
  test('answers with its input where `out` is not linked, and with nothing where nobody answers', async () => {
    const graph = await runGraph([
      { kind: 'try', name: 't' },
      { kind: 'try', name: 'silent', ports: to({ out: 'n', error: 'n' }) },
      { kind: 'nop', name: 'n' },
    ]);

    expect(await graph.call('t', 'x')).toBe('x');
    expect(await graph.call('silent', 'x')).toBe(none);
  });

  test('is told of an edge that took too long, and of errors of several targets as one', async () => {
    const never = handWritten('never', () => new Promise(() => {}));
    const graph = await runGraph(
      [
        {
          kind: 'try',
          name: 'late',
          ports: { ...to({ error: 'told' }), out: [{ name: 'never', port: 'in', timeout: '20ms' }] },
        },
        { kind: 'try', name: 'both', ports: to({ out: ['bad', 'bad', 'echo'], error: 'told' }) },
        { kind: 'never', name: 'never' },
        ...specs.slice(3),
      ],
      [...kinds, never],
    );

    expect(await graph.call('late', 1)).toMatch(/^DEADLINE_EXCEEDED/);
    expect(await graph.call('both', 'x')).toBe('NOT_FOUND: no x; no x');
  });

  test('handles nothing once the run is cancelled', async () => {
    const handled: unknown[] = [];
    const waits = handWritten(
      'waits',
      (_packet, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const graph = await runGraph(
      [
        { kind: 'try', name: 't', ports: to({ out: 'w', error: 'h' }) },
        { kind: 'waits', name: 'w' },
        { kind: 'handles', name: 'h' },
      ],
      [waits, mapping('handles', (error) => handled.push(error))],
    );

    await expect(graph.call('t', 1, { timeoutMs: 30 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await expect.poll(() => graph.processes.size).toBe(0);
    expect(handled).toEqual([]);
  });
});
