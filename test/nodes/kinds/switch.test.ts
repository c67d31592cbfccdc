import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const tag = mapping('tag', (payload, { node }) => [node.name, payload]);
const matches = [
  { when: 'self > 10', port: 'out[1]' },
  { when: 'self > 5', port: 'out' },
  { when: 'self > 4', port: 'out[7]' },
];
const specs = [
  { kind: 'switch', name: 's', matches, ports: to({ 'out[0]': 'a', 'out[1]': 'b' }) },
  { kind: 'switch', name: 'handled', matches, ports: to({ 'out[0]': 'a', error: 'rescue' }) },
  { kind: 'tag', name: 'a' },
  { kind: 'tag', name: 'b' },
  { kind: 'snippet', name: 'rescue', language: 'text', code: 'rescued' },
];

describe.each(placements)('switch: %s edges', (placement) => {
  test('sends to the port of the first match, and answers with its input when there is none (#84)', async () => {
    const { call } = await place(placement, specs, { far: ['s'], kinds: [tag] });

    expect(await call('s', 11)).toEqual(['b', 11]);
    expect(await call('s', 6)).toEqual(['a', 6]);
    expect(await call('s', 5)).toBe(5);
    expect(await call('s', 1)).toBe(1);
  });

  test('sends an error of an evaluation to `error` (#84)', async () => {
    const { call } = await place(placement, specs, { far: ['handled'], kinds: [tag] });

    expect(await call('handled', 'x')).toBe('rescued');
    await expect(call('s', 'x')).rejects.toThrow();
  });
});

test('switch asks no condition behind the one that holds', async () => {
  const graph = await runGraph(
    [
      {
        kind: 'switch',
        name: 's',
        matches: [
          { when: 'self.a == 1', port: 'out[0]' },
          { when: 'self.b == 1', port: 'out[1]' },
        ],
        ports: to({ 'out[0]': 'a', 'out[1]': 'b' }),
      },
      { kind: 'tag', name: 'a' },
      { kind: 'tag', name: 'b' },
    ],
    [tag],
  );

  expect(await graph.call('s', { a: 1 })).toEqual(['a', { a: 1 }]);
  await expect(graph.call('s', { a: 2 })).rejects.toThrow('b');
});

test('switch takes functions of modules for its conditions, and waits for async ones', async () => {
  const when = { module: './modules.ts', export: 'later' };
  const graph = await runGraph(
    [
      {
        kind: 'switch',
        name: 's',
        matches: [
          { when: 'self == 0', port: 'out[0]' },
          { when, port: 'out[1]' },
        ],
        ports: to({ 'out[0]': 'a', 'out[1]': 'b' }),
      },
      { kind: 'tag', name: 'a' },
      { kind: 'tag', name: 'b' },
    ],
    [tag],
    { baseDir: fileURLToPath(new URL('..', import.meta.url)) },
  );

  expect(await graph.call('s', 0)).toEqual(['a', 0]);
  expect(await graph.call('s', 1)).toEqual(['b', 1]);
});

test.each([
  [{}, 'missing field "matches"'],
  [{ matches: [] }, 'wanted a list such as'],
  [{ matches: 'x' }, 'wanted a list such as'],
  [{ matches: [{ when: 'true' }] }, 'match 1 is not understood'],
  [{ matches: [{ when: 'true', port: 'error' }] }, 'match 1 is not understood'],
  [
    {
      matches: [
        { when: 'true', port: 'out' },
        { when: 'self >', port: 'out' },
      ],
    },
    'matches',
  ],
  [{ matches: [{ when: 'true', port: 'out' }], timeout: '-1s' }, 'field "timeout"'],
])('switch refuses %j when its spec loads (#84)', async (fields, message) => {
  await expect(runGraph([{ kind: 'switch', name: 's', ...fields }])).rejects.toThrow(message);
});
