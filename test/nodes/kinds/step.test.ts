import { Code } from 'flowrpc';
import { drawingOf, formatProblems, parseSpecs, validateGraph } from 'flowrpc/graph';
import { kinds } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { resolveGraph } from '../../../src/graph/resolve.ts';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const add = mapping('add', (payload, { node }) => `${payload}${node.name?.split('/').at(-1)}`);
const bad = mapping('bad', (payload) => {
  throw new Error(`cannot add to ${payload}`);
});

describe.each(placements)('step: %s edges', (placement) => {
  test('passes what each node sends to the next one, and what the last one sends to `out` (#90)', async () => {
    const specs = [
      {
        kind: 'step',
        name: 's',
        specs: [1, 2, 3].map((n) => ({ kind: 'add', name: `n${n}` })),
        ports: to({ out: 'end' }),
      },
      { kind: 'add', name: 'end' },
    ];
    const { call } = await place(placement, specs, { far: ['s'], kinds: [add] });

    expect(await call('s', 'x')).toBe('xn1n2n3end');
  });

  test('sends the error of any node inside to its own `error`, whose reply replaces it (#90)', async () => {
    const inside = (at: number) => [0, 1, 2].map((n) => ({ kind: n === at ? 'bad' : 'add' }));
    const specs = [
      ...[0, 1, 2].map((at) => ({ kind: 'step', name: `s${at}`, specs: inside(at), ports: to({ error: 'rescue' }) })),
      { kind: 'step', name: 'plain', specs: inside(1) },
      { kind: 'snippet', name: 'rescue', language: 'text', code: 'rescued' },
    ];
    const { call } = await place(placement, specs, { far: ['s1', 'rescue'], kinds: [add, bad] });

    for (const name of ['s0', 's1', 's2']) expect(await call(name, 'x')).toBe('rescued');
    await expect(call('plain', 'x')).rejects.toMatchObject({ code: Code.UNKNOWN, statusMessage: 'cannot add to x$0' });
  });
});

describe('step', () => {
  const problemsOf = (text: string): string => formatProblems(validateGraph(parseSpecs(text).specs, { kinds }));

  test('takes one node, and any that have no `out` or no `error`, at its end (#90)', async () => {
    const graph = await runGraph(
      [
        { kind: 'step', name: 'one', specs: [{ kind: 'add', name: 'a' }], ports: to({ out: 'end' }) },
        { kind: 'sequential', name: 'throws', specs: [{ kind: 'add', name: 'a' }, { kind: 'throw' }] },
        { kind: 'add', name: 'end' },
      ],
      [add],
    );

    expect(await graph.call('one', 'x')).toBe('xaend');
    await expect(graph.call('throws', 'x')).rejects.toThrow('xa');
    expect(graph.nodes.map(({ name, inputs }) => [name, inputs])).toEqual(
      ['one', 'throws', 'end'].map((name) => [name, ['in']]),
    );
  });

  test('lets a node inside handle its errors itself, and use other ports', async () => {
    const graph = await runGraph(
      [
        {
          kind: 'step',
          name: 's',
          specs: [
            { kind: 'bad', ports: { error: [{ name: '$2', port: 'in' }] } },
            { kind: 'add', name: 'last' },
            { kind: 'snippet', language: 'text', code: 'handled inside' },
          ],
          ports: to({ error: 'outside' }),
        },
        { kind: 'snippet', name: 'outside', language: 'text', code: 'handled outside' },
      ],
      [add, bad],
    );

    expect(await graph.call('s', 'x')).toBe('handled inside');
  });

  test('may stand in a step', async () => {
    const inner = { kind: 'step', specs: [{ kind: 'add', name: 'b' }, { kind: 'bad' }] };
    const graph = await runGraph(
      [
        { kind: 'step', name: 's', specs: [{ kind: 'add', name: 'a' }, inner], ports: to({ error: 'h' }) },
        { kind: 'snippet', name: 'h', language: 'text', code: 'handled' },
      ],
      [add, bad],
    );

    expect(await graph.call('s', 'x')).toBe('handled');
  });

  test('gives its env to the templates inside, and may stand in a chart', async () => {
    const { specs } = parseSpecs(`
- kind: chart
  name: greeting
  specs:
    - kind: step
      name: all
      specs:
        - { kind: snippet, language: text, code: '{{ .TO }} and {{ .OWN }} ', env: { OWN: { data: Bob } } }
        - { kind: add, name: last }
  inbounds: { in: { name: all, port: in } }
  env: { TO: { data: '{{ .to }}' } }
- { kind: greeting, name: ada, to: Ada }
- kind: step
  name: s
  specs: [{ kind: snippet, language: text, code: '{{ .TO }}' }, { kind: add, name: last }]
  env: { TO: { data: '{{ .HOME }}' } }
`);
    const graph = await runGraph(specs, [add], { environment: { HOME: 'here' } });

    expect(await graph.call('ada', null)).toBe('Ada and Bob last');
    expect(await graph.call('s', null)).toBe('herelast');
  });

  test('keeps the nodes inside that did not change when it is replaced (#68)', async () => {
    const resolve = (text: string, previous: ReturnType<typeof resolveGraph>['nodes'] = []) =>
      resolveGraph(parseSpecs(text).specs, { kinds, previous }).nodes;
    const text = (code: string): string => `
kind: step
name: s
specs: [{ kind: snippet, name: a, language: text, code: a }, { kind: snippet, name: b, language: text, code: ${code} }]
`;
    const before = resolve(text('b'));
    const kept = (code: string): boolean[] =>
      resolve(text(code), before).map(({ resolution }, index) => resolution === before[index]?.resolution);

    expect(kept('b')).toEqual([true, true, true]);
    expect(kept('c')).toEqual([true, true, false]);
  });

  test.each([
    ['no nodes', 'kind: step', 'missing field "specs", wanted a list of nodes'],
    ['ports of a block', 'kind: step\nspecs: [{ kind: nop }]\ninbounds: {}', 'unknown field "inbounds"'],
    [
      'a node whose `out` leads elsewhere',
      'kind: step\nspecs: [{ kind: try, ports: { out: [{ name: $1, port: in }] } }, { kind: nop }]',
      'specs[0].ports.out leads elsewhere, and the nodes of a step lead to the next one, remove it',
    ],
    [
      'a node that the next one cannot be reached from',
      'kind: step\nname: s\nspecs: [{ kind: throw }, { kind: nop }]',
      'Cannot load node "s/$0": it has no out-port "out"',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(problemsOf(text)).toContain(message);
  });

  test('refuses a first node that takes nothing, at the line where it stands', () => {
    const specs = parseSpecs('kind: step\nname: s\nspecs:\n  - kind: block\n    specs: [{ kind: nop }]\n', {
      file: 'g.yaml',
    }).specs;

    expect(formatProblems(validateGraph(specs, { kinds }))).toContain(
      'g.yaml:4:5: error: Cannot load node "s": specs[0] has no in-port "in"',
    );
  });

  test('is drawn with its nodes inside, one after the other', () => {
    const { specs } = parseSpecs('kind: step\nname: s\nspecs: [{ kind: try }, { kind: nop, name: end }]\n');

    const { nodes, edges } = drawingOf(specs);

    expect(nodes.map(({ label, type, inside }) => [label, type, inside])).toEqual([
      ['s', 'block', undefined],
      ['$0', 'node', nodes[0]!.key],
      ['end', 'node', nodes[0]!.key],
    ]);
    expect(edges.map(({ from, to }) => [from, to])).toEqual([[nodes[1]!.key, nodes[2]!.key]]);
  });
});
