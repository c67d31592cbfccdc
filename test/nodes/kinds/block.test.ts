import { Code } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const add = mapping('add', (payload, { node }) => {
  if (payload === 'fail') throw new Error('cannot add');
  return `${payload}${node.name?.split('/').at(-1)}`;
});
const block = {
  kind: 'block',
  name: 'b',
  specs: [
    { kind: 'add', name: 'first', ports: { out: [{ name: 'last', port: 'in' }] } },
    { kind: 'add', name: 'last' },
    { kind: 'sleep', name: 'slow', interval: '1h' },
  ],
  inbounds: { in: { name: 'first', port: 'in' }, later: { name: 'slow', port: 'in' } },
  outbounds: { out: { name: 'last', port: 'out' }, error: { name: 'first', port: 'error' } },
};

describe.each(placements)('block: %s edges', (placement) => {
  const specs = [
    { kind: 'try', name: 'start', ports: to({ out: 'b' }) },
    { ...block, ports: to({ out: 'end', error: 'rescue' }) },
    { kind: 'add', name: 'end' },
    { kind: 'snippet', name: 'rescue', language: 'text', code: 'rescued' },
  ];

  test('passes packets through the nodes inside and on, errors by its `error` (#13)', async () => {
    const { call } = await place(placement, specs, { far: ['b'], kinds: [add] });

    expect(await call('start', 'x')).toBe('xfirstlastend');
    expect(await call('start', 'fail')).toBe('rescued');
  });

  test('is left with the run: nothing inside goes on (#13)', async () => {
    const later = [{ kind: 'try', name: 'start', ports: { out: [{ name: 'b', port: 'later' }] } }, { ...block }];
    const { call, near, far } = await place(placement, later, { far: ['b'], kinds: [add] });

    await expect(call('start', 'x', { timeoutMs: 80 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await expect.poll(() => near.processes.size + far.processes.size).toBe(0);
  });
});

test('block answers with what the nodes inside answer where its ports are not linked (#13)', async () => {
  const graph = await runGraph([block], [add]);

  expect(await graph.call('b', 'x')).toBe('xfirstlast');
  await expect(graph.call('b', 'fail')).rejects.toThrow('cannot add');
});
