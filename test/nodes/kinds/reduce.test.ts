import { Code } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

/** Sends the elements of a list, one after the other, and answers with the replies. */
const each = handWritten('each', async ({ payload }, { send }) => {
  const replies = await Promise.all((payload as unknown[]).map(async (item) => (await send('out', item)).reply));
  return replies.find((reply) => reply instanceof Error) ?? replies;
});

const specs = (fields: object, out: object = {}): object[] => [
  { kind: 'each', name: 'each', ports: to({ out: 'r' }) },
  { kind: 'reduce', name: 'r', ...fields, ...out },
];

describe.each(placements)('reduce: %s edges', (placement) => {
  test('what others make of its output it does not keep', async () => {
    const spoil = mapping('spoil', (list: unknown[]) => {
      list.push('spoilt');
      return list.length;
    });
    const specsOf = specs({ action: 'accumulator + [current]', init: [] }, { ports: to({ out: 'spoil' }) });
    const { call } = await place(placement, [...specsOf, { kind: 'spoil', name: 'spoil' }], {
      far: ['spoil'],
      kinds: [each, spoil],
    });

    expect(await call('each', [1, 2, 3])).toEqual([2, 3, 4]);
  });

  test('gives the program what it gave last, the payload, and its place; each process begins at init (#94)', async () => {
    const { call } = await place(placement, specs({ action: 'accumulator + current * (index + 1)', init: 100 }), {
      far: ['r'],
      kinds: [each],
    });

    expect(await call('each', [1, 2, 3])).toEqual([101, 105, 114]);
    expect(await call('each', [1])).toEqual([101]);
  });
});

describe('reduce', () => {
  test('takes any language; what it gives goes to `out`', async () => {
    const graph = await runGraph(
      [
        ...specs(
          { action: '(list, item) => [...list, item]', language: 'javascript', init: [] },
          { ports: to({ out: 'count' }) },
        ).map((spec) => ('action' in spec ? { ...spec, action: `export default ${String(spec.action)};` } : spec)),
        { kind: 'count', name: 'count' },
      ],
      [each, mapping('count', (list: unknown[]) => list.length)],
    );

    expect(await graph.call('each', ['a', 'b', 'c'])).toEqual([1, 2, 3]);
    expect(await graph.call('each', ['a'])).toEqual([1]);
  });

  test('begins at null, and an error leaves what there was', async () => {
    const graph = await runGraph(
      [
        ...specs({ action: 'current == 0 ? self.missing : [accumulator, current]' }, { ports: to({ error: 'e' }) }),
        { kind: 'e', name: 'e' },
      ],
      [each, mapping('e', () => 'failed')],
    );

    expect(await graph.call('each', [1, 0, 2])).toEqual([[null, 1], 'failed', [[null, 1], 2]]);
  });

  test('a process does not see what another one made of init', async () => {
    const module = '(list, item) => { list.push(item); return list.length; }';
    const graph = await runGraph(specs({ action: `export default ${module};`, language: 'javascript', init: [] }), [
      each,
    ]);

    expect(await graph.call('each', ['a'])).toEqual([1]);
    expect(await graph.call('each', ['a'])).toEqual([1]);
  });

  test('a program that takes too long is cut, and the run goes on', async () => {
    const graph = await runGraph(
      specs({ action: 'export default () => { for (;;); };', language: 'javascript', timeout: '50ms' }),
      [each],
    );

    await expect(graph.call('r', 1)).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  });

  test('an action is wanted', async () => {
    await expect(runGraph(specs({}), [each])).rejects.toThrow('"action"');
  });
});
