import { readSpecs, validateGraph } from 'flowrpc/graph';
import { kinds, none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const tag = mapping('tag', (payload: unknown, { node }) => [node.name, payload instanceof Error ? 'error' : payload]);
const specs = (ports: object): object[] => [
  { kind: 'filter', name: 'f', when: 'self.age >= 18', ports: to({ ...ports }) },
  ...['yes', 'no', 'wrong'].map((name) => ({ kind: 'tag', name })),
];

describe.each(placements)('filter: %s edges', (placement) => {
  test('lets pass what the condition holds for; there is no response for the rest', async () => {
    const { call } = await place(placement, specs({ out: 'yes' }), { far: ['f'], kinds: [tag] });

    expect(await call('f', { age: 20 })).toEqual(['yes', { age: 20 }]);
    expect(await call('f', { age: 10 })).toBe(none);
  });

  test('sends the rest to `dropped` and what fails to `error`', async () => {
    const ports = { out: 'yes', dropped: 'no', error: 'wrong' };
    const { call } = await place(placement, specs(ports), { far: ['no', 'wrong'], kinds: [tag] });

    expect(await call('f', { age: 10 })).toEqual(['no', { age: 10 }]);
    expect(await call('f', 'x')).toEqual(['wrong', 'error']);
  });
});

describe('filter', () => {
  test('answers with the payload when `out` is not linked, and with the error when `error` is not', async () => {
    const graph = await runGraph(specs({}), [tag]);

    expect(await graph.call('f', { age: 20 })).toEqual({ age: 20 });
    await expect(graph.call('f', {})).rejects.toThrow('age');
  });

  test('elements that `for` sends through it are gone from the list', async () => {
    const graph = await runGraph([
      { kind: 'for', name: 'each', ports: to({ 'out[0]': 'f' }) },
      { kind: 'filter', name: 'f', when: 'self > 1' },
    ]);

    expect(await graph.call('each', [0, 1, 2, 3])).toEqual([2, 3]);
  });

  test('a condition is wanted', () => {
    const { specs } = readSpecs([{ kind: 'filter', name: 'f' }]);

    expect(validateGraph(specs, { kinds })[0]?.message).toContain('"when"');
  });
});
