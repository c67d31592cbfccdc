import { fileURLToPath } from 'node:url';
import { Code, createServer, silentLogger } from 'flowrpc';
import { none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const tag = mapping('tag', (payload, { node }) => [node.name, payload]);
const branches = { 'out[0]': 'yes', 'out[1]': 'no' };
const ends = [
  { kind: 'tag', name: 'yes' },
  { kind: 'tag', name: 'no' },
];

describe.each(placements)('if: %s edges', (placement) => {
  test('sends to out[0] when its condition holds and to out[1] when not (#83)', async () => {
    const specs = [{ kind: 'if', name: 'i', when: 'self.age >= 18', ports: to(branches) }, ...ends];
    const { call } = await place(placement, specs, { far: ['i'], kinds: [tag] });

    expect(await call('i', { age: 20 })).toEqual(['yes', { age: 20 }]);
    expect(await call('i', { age: 10 })).toEqual(['no', { age: 10 }]);
  });

  test('sends an error of the evaluation to `error` (#83)', async () => {
    const specs = [
      { kind: 'if', name: 'i', when: 'self.age >= 18', ports: to({ ...branches, error: 'rescue' }) },
      { kind: 'if', name: 'unhandled', when: 'self.age >= 18', ports: to(branches) },
      { kind: 'snippet', name: 'rescue', language: 'text', code: 'rescued' },
      ...ends,
    ];
    const { call } = await place(placement, specs, { far: ['yes', 'no', 'rescue'], kinds: [tag] });

    for (const payload of ['x', { age: 'x' }]) {
      expect(await call('i', payload)).toBe('rescued');
      await expect(call('unhandled', payload)).rejects.toMatchObject({ code: Code.UNKNOWN });
    }
  });
});

test('if takes a function of a module for its condition', async () => {
  const when = { module: './modules.ts', export: 'isAdult' };
  const specs = [{ kind: 'if', name: 'i', when, ports: to(branches) }, ...ends];
  const baseDir = fileURLToPath(new URL('..', import.meta.url));
  const graph = await runGraph(specs, [tag], { baseDir });

  expect(await graph.call('i', { age: 20 })).toEqual(['yes', { age: 20 }]);
  expect(await graph.call('i', { age: 10 })).toEqual(['no', { age: 10 }]);
});

test('if takes what a condition gives for true unless it is null, false, zero or empty (#82)', async () => {
  const graph = await runGraph([{ kind: 'if', name: 'i', when: 'self', ports: to(branches) }, ...ends], [tag]);

  for (const payload of [null, false, 0, '', [], {}]) expect(await graph.call('i', payload)).toEqual(['no', payload]);
  for (const payload of [true, 7, -1, 'x', [null], { a: null }])
    expect(await graph.call('i', payload)).toEqual(['yes', payload]);
});

test.each([
  [{}, 'missing field "when"'],
  [{ when: 'self.age >= ' }, 'when'],
  [{ when: 'true', timeout: 'soon' }, 'field "timeout"'],
  [{ when: 'true', matches: [] }, 'unknown field "matches"'],
])('if refuses %j when its spec loads (#83)', async (fields, message) => {
  await expect(runGraph([{ kind: 'if', name: 'i', ...fields }])).rejects.toThrow(message);
});

test('if answers with its input where the branch is not linked, and with nothing where nobody answers', async () => {
  const graph = await runGraph([
    { kind: 'if', name: 'i', when: 'self > 1', ports: to({ 'out[1]': 'n' }) },
    { kind: 'nop', name: 'n' },
  ]);

  expect(await graph.call('i', 2)).toBe(2);
  expect(await graph.call('i', 1)).toBe(none);
});

test('if does not send an error of what it leads to to its own `error`', async () => {
  const graph = await runGraph([
    { kind: 'if', name: 'i', when: 'true', ports: to({ 'out[0]': 't', error: 'rescue' }) },
    { kind: 'throw', name: 't' },
    { kind: 'snippet', name: 'rescue', language: 'text', code: 'rescued' },
  ]);

  await expect(graph.call('i', 'boom')).rejects.toThrow('boom');
});

test.each([
  ['if', { when: 'true' }],
  ['switch', { matches: [{ when: 'true', port: 'out' }] }],
  ['sleep', { interval: 0 }],
  ['split', {}],
])('%s does not say that it may be asked twice: it does all that is behind it, too', async (kind, fields) => {
  const server = createServer({ logger: silentLogger });
  await runGraph([{ kind, name: 'k', ...fields }], [], { server });

  expect(server.services.get('default.k')!.methods.in!.idempotency).toBe('unknown');
});
