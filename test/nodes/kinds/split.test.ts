import fc from 'fast-check';
import { Code } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const tag = mapping('tag', (payload, { node }) => [node.name, payload]);

/** Branches into a merge with as many in-ports. */
function restoring(count: number): object[] {
  const indexes = Array.from({ length: count }, (_, index) => index);
  return [
    {
      kind: 'split',
      name: 's',
      ports: Object.fromEntries(indexes.map((i) => [`out[${i}]`, [{ name: 'm', port: `in[${i}]` }]])),
    },
    { kind: 'merge', name: 'm', inputs: count, ports: to({ out: 'seen' }) },
    { kind: 'seen', name: 'seen' },
  ];
}

describe.each(placements)('split: %s edges', (placement) => {
  test('sends element i to out[i], and what is no list to out[0] (#89)', async () => {
    const specs = [
      { kind: 'split', name: 's', ports: to({ 'out[0]': 'a', 'out[1]': 'b' }) },
      { kind: 'tag', name: 'a' },
      { kind: 'tag', name: 'b' },
    ];
    const { call } = await place(placement, specs, { far: ['s'], kinds: [tag] });

    expect(await call('s', [1, 2])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(await call('s', [1])).toEqual(['a', 1]);
    for (const scalar of ['x', 7, null, { a: 1 }]) expect(await call('s', scalar)).toEqual(['a', scalar]);
    expect(await call('s', new Uint8Array([1, 2]))).toEqual(['a', new Uint8Array([1, 2])]);
  });

  test('has its list restored by a merge of its branches (#89)', async () => {
    const seen: unknown[] = [];
    const kinds = [mapping('seen', (payload) => seen.push(payload))];
    const { call } = await place(placement, restoring(3), { far: ['m'], kinds });

    await call('s', ['x', [], { a: null }]);

    expect(seen).toEqual([['x', [], { a: null }]]);
  });

  test('says which elements lead nowhere, and sends none of them (#89)', async () => {
    const seen: unknown[] = [];
    const kinds = [mapping('seen', (payload) => seen.push(payload))];
    const specs = [
      { kind: 'split', name: 's', ports: to({ 'out[0]': 'seen', 'out[2]': 'seen' }) },
      { kind: 'split', name: 'caught', ports: to({ 'out[0]': 'seen', error: 'rescue' }) },
      { kind: 'seen', name: 'seen' },
      { kind: 'snippet', name: 'rescue', language: 'text', code: 'rescued' },
    ];
    const { call } = await place(placement, specs, { far: ['seen', 'rescue'], kinds });

    const refused = (statusMessage: string): object => ({ code: Code.INVALID_ARGUMENT, statusMessage });
    await expect(call('s', [1, 2])).rejects.toMatchObject(refused('Cannot split a list of 2: out[1] leads nowhere'));
    await expect(call('s', [1, 2, 3, 4, 5])).rejects.toMatchObject(
      refused('Cannot split a list of 5: out[1] and 2 more lead nowhere'),
    );
    expect(await call('caught', [1, 2])).toBe('rescued');
    expect(seen).toEqual([]);
  });
});

describe('split', () => {
  test('answers with its input where nothing is linked, and an empty list', async () => {
    const graph = await runGraph(
      [
        { kind: 'split', name: 's' },
        { kind: 'split', name: 't', ports: to({ out: 'a' }) },
        { kind: 'tag', name: 'a' },
      ],
      [tag],
    );

    expect(await graph.call('s', [1, 2])).toEqual([1, 2]);
    expect(await graph.call('t', [])).toEqual([]);
  });

  test('refuses a list of a hundred thousand elements without a walk over them', async () => {
    const graph = await runGraph(
      [
        { kind: 'split', name: 's', ports: to({ out: 'a' }) },
        { kind: 'tag', name: 'a' },
      ],
      [tag],
    );

    await expect(
      graph.call(
        's',
        Array.from({ length: 100_000 }, () => 0),
      ),
    ).rejects.toThrow('a list of 100000: out[1] and 99998 more lead nowhere');
  });

  test('and merge give back any list of two and more (#89)', async () => {
    const seen: unknown[] = [];
    const kinds = [mapping('seen', (payload) => seen.push(payload))];
    const element = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.constant(null),
      fc.array(fc.boolean()),
      fc.dictionary(fc.string(), fc.integer()),
    );
    const graphs = await Promise.all([2, 3, 4, 5].map((count) => runGraph(restoring(count), kinds)));

    await fc.assert(
      fc.asyncProperty(fc.array(element, { minLength: 2, maxLength: 5 }), async (list) => {
        seen.length = 0;
        await graphs[list.length - 2]!.call('s', list);
        expect(seen).toEqual([list]);
      }),
      { numRuns: 300 },
    );
  });
});
