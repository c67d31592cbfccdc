import { Code, StatusError } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const tag = mapping('tag', (payload, { node }) => [node.name, payload]);
const branch = mapping('branch', (payload, { node }) =>
  payload === 'fail' && node.name === 'b' ? new StatusError(Code.ABORTED, 'b failed') : `${payload}${node.name}`,
);

describe.each(placements)('merge: %s edges', (placement) => {
  test.each([['m'], ['a'], ['c']])('sends on the list of what came by all its in-ports (#50), %s far', async (name) => {
    const seen: unknown[] = [];
    const kinds = [branch, mapping('seen', (payload) => seen.push(payload))];
    const specs = [
      { kind: 'try', name: 'start', ports: to({ out: ['a', 'b', 'c'] }) },
      ...['a', 'b', 'c'].map((name, index) => ({
        kind: 'branch',
        name,
        ports: { out: [{ name: 'm', port: `in[${index}]` }] },
      })),
      { kind: 'merge', name: 'm', inputs: 3, ports: to({ out: 'seen' }) },
      { kind: 'seen', name: 'seen' },
    ];
    const { call, near, far } = await place(placement, specs, { far: [name], kinds });

    const reply = (await call('start', 'x')) as unknown[];

    // Whoever comes early is answered with its own payload, the last one with what comes of the list.
    expect(reply.filter((one) => one === 1)).toHaveLength(1);
    expect(['xa', 'xb', 'xc'].filter((one) => reply.includes(one))).toHaveLength(2);
    expect(seen).toEqual([['xa', 'xb', 'xc']]);
    await expect.poll(() => near.processes.size + far.processes.size).toBe(0);
  });

  test('sends the error among them to `error`', async () => {
    const specs = [
      { kind: 'pipe', name: 'start', ports: to({ out: 'both' }) },
      {
        kind: 'try',
        name: 'both',
        ports: {
          out: [
            { name: 'm', port: 'in[0]' },
            { name: 't', port: 'in' },
          ],
        },
      },
      {
        kind: 'try',
        name: 't',
        ports: { out: [{ name: 'throw', port: 'in' }], error: [{ name: 'm', port: 'in[1]' }] },
      },
      { kind: 'throw', name: 'throw' },
      { kind: 'merge', name: 'm', inputs: 2, ports: to({ out: 'tag', error: 'rescue' }) },
      { kind: 'snippet', name: 'rescue', language: 'text', code: 'rescued' },
      { kind: 'tag', name: 'tag' },
    ];
    const { call } = await place(placement, specs, { far: ['m'], kinds: [tag] });

    expect(await call('start', 'x')).toEqual(['x', 'rescued']);
  });
});

test('merge has the in-ports that edges lead to, or as many as it says', async () => {
  const graph = await runGraph([
    {
      kind: 'try',
      name: 't',
      ports: {
        out: [
          { name: 'm', port: 'in[0]' },
          { name: 'm', port: 'in[4]' },
        ],
      },
    },
    { kind: 'merge', name: 'm' },
    { kind: 'merge', name: 'n', inputs: 3 },
  ]);

  expect(graph.nodes.map(({ inputs }) => inputs)).toEqual([['in'], ['in[0]', 'in[4]'], ['in[0]', 'in[1]', 'in[2]']]);
  expect(await graph.call('t', 'x')).toEqual(['x', ['x', 'x']]);
});

test('merge keeps what waits apart by process, and lets go of it with the process', async () => {
  const graph = await runGraph([{ kind: 'merge', name: 'm', inputs: 2 }]);

  expect(await graph.call('m', 1)).toBe(1);
  expect(await graph.call('m', 2, { port: 'in[1]' })).toBe(2);
  expect(graph.processes.size).toBe(0);
});

test.each([[0], [101], [1.5], ['2']])('merge refuses inputs %j', async (inputs) => {
  await expect(runGraph([{ kind: 'merge', name: 'm', inputs }])).rejects.toThrow(
    'wanted a whole number of in-ports from 1 to 100',
  );
});
