import { Code } from 'flowrpc';
import { none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const one = mapping('one', (payload) => {
  if (payload === 'bad') throw new Error('no');
  return payload === 'nobody' ? none : `one ${String(payload)}`;
});
const specs = [
  { kind: 'unbatch', name: 'u', ports: to({ out: 'one' }) },
  { kind: 'one', name: 'one' },
];

describe.each(placements)('unbatch: %s edges', (placement) => {
  test('a list that is too long is refused before anything of it is sent', async () => {
    let sent = 0;
    const count = mapping('one', () => ++sent);
    const { call } = await place(placement, specs, { far: ['one'], kinds: [count], limits: { fanOut: 10 } });

    await expect(call('u', Array(11).fill(1))).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    expect(sent).toBe(0);
    expect(await call('u', Array(10).fill(1))).toHaveLength(10);
  });

  test('sends each element by itself, and gives the list of the replies, each in its place', async () => {
    const { call } = await place(placement, specs, { far: ['one'], kinds: [one] });

    expect(await call('u', [1, 'nobody', 3])).toEqual(['one 1', null, 'one 3']);
    expect(await call('u', ['x'])).toEqual(['one x']);
    expect(await call('u', [])).toEqual([]);
  });

  test('the errors of elements are one error', async () => {
    const { call } = await place(placement, specs, { far: ['u'], kinds: [one] });

    await expect(call('u', [1, 'bad', 'bad'])).rejects.toThrow('no; no');
  });
});

describe('unbatch', () => {
  test('takes lists alone', async () => {
    const graph = await runGraph(specs, [one]);

    await expect(graph.call('u', { a: 1 })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      statusMessage: 'Cannot unbatch a mapping: wanted a list',
    });
  });

  test('after `batch` gives each caller its own reply', async () => {
    const graph = await runGraph(
      [{ kind: 'batch', name: 'b', size: 2, window: '1h', ports: to({ out: 'u' }) }, ...specs],
      [one],
    );

    expect(await Promise.all([graph.call('b', 1), graph.call('b', 'nobody')])).toEqual(['one 1', null]);
  });
});
