import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { compositionLimits } from '../../src/graph/expander.ts';
import { formatProblems } from '../../src/graph/problems.ts';
import { type ResolveOptions, resolveGraph } from '../../src/graph/resolve.ts';
import type { ResolvedNode } from '../../src/graph/resolved.ts';
import { parseSpecs, readSpecs } from '../../src/graph/spec.ts';
import type { KindInfo } from '../../src/nodes/kind-info.ts';
import { blockKind } from '../../src/nodes/kinds/block.ts';

const any: KindInfo = { kind: 'any' };
const number: KindInfo = {
  kind: 'number',
  spec: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        typeof (value as { n: unknown }).n === 'number'
          ? { value }
          : { issues: [{ message: 'wanted a number', path: ['n'] }] },
    },
  },
};
const dog: KindInfo = { kind: 'dog', portType: () => ({ request: 'pets.Dog' }) };
const cat: KindInfo = { kind: 'cat', portType: () => ({ request: 'pets.Cat' }) };
const kinds = new Map<string, KindInfo>([any, number, dog, cat, blockKind].map((kind) => [kind.kind, kind]));
const compatible = (from: string, to: string): string | undefined => (from === to ? undefined : 'they differ');

function resolve(text: string, options: Partial<ResolveOptions> = {}) {
  const { specs, problems } = parseSpecs(text, { file: 'g.yaml' });
  expect(formatProblems(problems)).toBe('');
  return resolveGraph(specs, { kinds, ...options });
}

function problemsOf(text: string, options: Partial<ResolveOptions> = {}): string {
  return formatProblems(resolve(text, options).problems);
}

/** All edges, as `from.port → to.port`. */
function edgesOf(nodes: readonly ResolvedNode[]): string[] {
  return nodes.flatMap(({ spec, links }) =>
    links.map(({ port, to, node }) => `${spec.name}.${port} → ${node?.spec.name}.${to}`),
  );
}

const pair = `
- kind: block
  name: pair
  specs:
    - { kind: any, ports: { out: [{ name: last, port: in }] } }
    - { kind: any, name: last }
    - { kind: any }
  inbounds: { in: [{ name: $0, port: in }, { name: $2, port: in }] }
  outbounds: { out: [{ name: last, port: out }], error: { name: $2, port: error } }
  ports: { out: [{ name: after, port: in }] }
- { kind: any, name: before, ports: { out: [{ name: pair, port: in }] } }
- { kind: any, name: after }
`;

describe('a block', () => {
  test('is one node with the ports of its inbounds and outbounds, and nodes inside that are no services #13', () => {
    const { nodes, problems } = resolve(pair);

    expect(formatProblems(problems)).toBe('');
    const [block] = nodes;
    expect(nodes.map(({ spec }) => spec.name)).toEqual(['pair', 'pair/$0', 'pair/last', 'pair/$2', 'before', 'after']);
    expect(block).toMatchObject({
      service: 'default.pair',
      inputs: ['in'],
      outputs: ['out', 'error'],
      block: undefined,
    });
    expect(nodes.map((node) => node.block === block)).toEqual([false, true, true, true, false, false]);
  });

  test('passes packets on to the nodes inside, whose edges lead out to its own targets #13', () => {
    expect(edgesOf(resolve(pair).nodes)).toEqual([
      'pair.in → pair/$0.in',
      'pair.in → pair/$2.in',
      'pair/$0.out → pair/last.in',
      'pair/last.out → after.in',
      'before.out → pair.in',
    ]);
  });

  test('hides what is inside from outside specs, and the outside from specs inside #13', () => {
    const outside = problemsOf(
      `${pair}- { kind: any, name: spy, ports: { out: [{ name: last, port: in }, { name: $0, port: in }] } }`,
    );
    const inside = problemsOf(pair.replace('name: last, port: in', 'name: after, port: in'));

    expect(outside).toContain('ports.out[0] leads to "last", and namespace "default" has no such node');
    expect(outside).toContain('ports.out[1] leads to "$0", and namespace "default" has no such node');
    expect(inside).toContain(
      'Cannot load node "pair/$0": ports.out[0] leads to "after", and block "pair" has no such node',
    );
  });

  test('lets nodes inside be named by id, and derives ids of their own #13', () => {
    const id = '00000000-0000-7000-8000-000000000001';
    const text = `
- kind: block
  name: b
  specs: [{ kind: any, id: ${id}, ports: { out: [{ id: ${id}, port: in }] } }]
  inbounds: { in: [{ id: ${id}, port: in }] }
`;
    const { nodes, problems } = resolve(text);

    expect(formatProblems(problems)).toContain('warning: Node "b/$0": it is part of a cycle');
    expect(edgesOf(nodes)).toEqual(['b.in → b/$0.in', 'b/$0.out → b/$0.in']);
    expect(nodes[1]?.spec.id).not.toBe(id);
    expect(resolve(text).nodes[1]?.spec.id).toBe(nodes[1]?.spec.id);
  });

  test('has nodes inside whose ids nobody else can have', () => {
    const [first, ...more] = resolve(pair).nodes.filter(({ block }) => block !== undefined);
    const { problems } = readSpecs([{ kind: 'any', name: 'evil', id: first!.spec.id }]);

    expect(formatProblems(problems)).toContain('id is');
    expect(more.every(({ spec }) => spec.id !== first!.spec.id)).toBe(true);
  });

  test('may stand in a block: packets go through all of them #13', () => {
    const { nodes, problems } = resolve(`
- kind: block
  name: outer
  specs:
    - kind: block
      name: inner
      specs: [{ kind: any, name: core }]
      inbounds: { 'in[1]': { name: core, port: in } }
      outbounds: { out: { name: core, port: out }, error: { name: core, port: error } }
      ports: { error: [{ name: fix, port: in }] }
    - { kind: any, name: fix }
  inbounds: { in: { name: inner, port: 'in[1]' } }
  outbounds: { out: [{ name: inner, port: out }, { name: fix, port: out }] }
  ports: { out: [{ name: end, port: in }] }
- { kind: any, name: end }
`);

    expect(formatProblems(problems)).toBe('');
    expect(edgesOf(nodes)).toEqual([
      'outer.in → outer/inner.in[1]',
      'outer/inner.in[1] → outer/inner/core.in',
      'outer/inner/core.error → outer/fix.in',
      'outer/inner/core.out → end.in',
      'outer/fix.out → end.in',
    ]);
  });

  test('gives its env to the templates inside, beside their own', () => {
    const values = [
      { id: '00000000-0000-7000-8000-000000000002', namespace: 'default', name: 'db', data: 'pass-word' },
    ];
    const { nodes, problems } = resolve(
      `
kind: block
name: b
specs:
  - { kind: number, name: one, n: '{{ .N }}' }
  - { kind: any, name: two, x: '{{ .N }} {{ .OWN }} {{ .DB }}', env: { OWN: { data: own } } }
  - { kind: block, name: in, specs: [{ kind: any, name: three, x: '{{ .N }}{{ .M }}' }], env: { N: { data: near } } }
env: { N: { data: '{{ .VAR }}' }, DB: { name: db }, M: { data: m } }
`,
      { values, environment: { VAR: '8' } },
    );
    const fields = Object.fromEntries(nodes.map((node) => [node.spec.name, node.fields]));

    expect(formatProblems(problems)).toBe('');
    expect(fields).toMatchObject({
      'b/one': { n: 8 },
      'b/two': { x: '8 own pass-word' },
      'b/in/three': { x: 'nearm' },
    });
    expect(nodes.map(({ boundValues, secrets }) => [boundValues.length, secrets?.redact('pass-word') ?? '-'])).toEqual([
      [1, '[redacted]'],
      [0, '-'],
      [1, '[redacted]'],
      [0, '-'],
      [0, '-'],
    ]);
  });

  test('has the type of the in-port that it leads to, and edges out have that of the node inside', () => {
    const block = (inside: string, from: string, to: string): string => `
- { kind: ${from}, name: from, ports: { out: [{ name: b, port: in }] } }
- kind: block
  name: b
  specs: [{ kind: ${inside}, name: i }]
  inbounds: { in: { name: i, port: in } }
  outbounds: { out: { name: i, port: out } }
  ports: { out: [{ name: to, port: in }] }
- { kind: ${to}, name: to }
`;

    expect(problemsOf(block('dog', 'dog', 'dog'), { compatible })).toBe('');
    expect(problemsOf(block('dog', 'cat', 'any'), { compatible })).toContain('sends pets.Cat and takes pets.Dog');
    expect(problemsOf(block('dog', 'dog', 'cat'), { compatible })).toContain('sends pets.Dog and takes pets.Cat');
  });

  test('is part of cycles that lead through it', () => {
    expect(
      problemsOf(
        pair.replace(
          '- { kind: any, name: after }',
          '- { kind: any, name: after, ports: { out: [{ name: pair, port: in }] } }',
        ),
      ),
    ).toContain('it is part of a cycle, "pair" → "pair/$0" → "pair/last" → "after" → "pair"');
  });

  test.each([
    ['no specs', 'kind: block', 'missing field "specs", wanted a list of nodes'],
    ['specs that are no list', 'kind: block\nspecs: { kind: any }', 'specs is a mapping, wanted a list of nodes'],
    ['an inner spec without kind', 'kind: block\nspecs: [{ name: a }]', 'missing field "specs[0].kind"'],
    ['an inner spec that is no mapping', 'kind: block\nspecs: [7]', 'specs[0] is 7, wanted a mapping'],
    ['an inner namespace', 'kind: block\nspecs: [{ kind: any, namespace: x }]', 'specs[0] has a namespace'],
    [
      'an inner name that is none',
      'kind: block\nspecs: [{ kind: any, name: $1 }]',
      'specs[0].name is "$1", wanted a letter',
    ],
    [
      'two inner nodes of one name',
      'kind: block\nname: b\nspecs: [{ kind: any, name: a }, { kind: any, name: a }]',
      'duplicate name in block "b"',
    ],
    [
      'an unknown field',
      'kind: block\nspecs: [{ kind: any }]\ninbound: {}',
      'unknown field "inbound", did you mean "inbounds"?',
    ],
    [
      'inbounds that are none',
      'kind: block\nspecs: [{ kind: any }]\ninbounds: in',
      'inbounds is "in", wanted a mapping',
    ],
    [
      'an inbound that leads nowhere',
      'kind: block\nspecs: [{ kind: any }]\ninbounds: { in: [] }',
      'inbounds.in is a list, wanted a list such as',
    ],
    [
      'an inbound without node',
      'kind: block\nspecs: [{ kind: any }]\ninbounds: { in: { port: in } }',
      'inbounds.in names no node, add "name" or "id"',
    ],
    [
      'an inbound to an unknown node',
      'kind: block\nname: b\nspecs: [{ kind: any, name: one }]\ninbounds: { in: { name: oen, port: in } }',
      'inbounds.in[0] is "oen", and block "b" has no such node, did you mean "one"?',
    ],
    [
      'an inbound to an unknown port',
      'kind: block\nspecs: [{ kind: any }]\ninbounds: { in: { name: $0, port: on } }',
      'inbounds.in[0] is in-port "on", which "$0" does not have, it has "in"',
    ],
    [
      'an outbound of an unknown port',
      'kind: block\nspecs: [{ kind: any }]\noutbounds: { out: { name: $0, port: otu } }',
      'outbounds.out[0] is out-port "otu", which "$0" does not have, did you mean "out"?',
    ],
    [
      'in-ports that are one method',
      'kind: block\nspecs: [{ kind: any }]\ninbounds: { a-b: { name: $0, port: in }, a_b: { name: $0, port: in } }',
      'are both the method "AB"',
    ],
    [
      'an out-port that it does not have',
      'kind: block\nspecs: [{ kind: any }]\nports: { out: [] }',
      'it has no out-port "out", it has none',
    ],
    [
      'a port that is none',
      'kind: block\nspecs: [{ kind: any }]\ninbounds: { "in[01]": { name: $0, port: in } }',
      'wanted a port such as',
    ],
  ])('reports %s, and throws over nothing', (_, text, message) => {
    expect(problemsOf(text)).toContain(message);
  });

  test('points to the line inside of it that is wrong', () => {
    expect(problemsOf('kind: block\nname: b\nspecs:\n  - kind: any\n  - kind: number\n    n: x\n')).toContain(
      'g.yaml:6:5: error: Cannot load node "b/$1": field "n"',
    );
  });

  test('is refused beyond 16 levels, and 10,000 nodes inside of all of them', () => {
    const nested = (depth: number): object =>
      depth === 0 ? { kind: 'any' } : { kind: 'block', specs: [nested(depth - 1)] };
    const wide = Array.from({ length: compositionLimits.innerNodes / 2 + 1 }, () => ({ kind: 'any' }));
    const check = (specs: object[]): string => formatProblems(resolveGraph(readSpecs(specs).specs, { kinds }).problems);

    expect(check([nested(16)])).toBe('');
    expect(check([nested(17)])).toContain('it nests deeper than 16 blocks');
    expect(check([{ kind: 'block', specs: wide }])).toBe('');
    expect(
      check([
        { kind: 'block', specs: wide },
        { kind: 'block', specs: wide },
      ]),
    ).toContain('grow to more than 10000 nodes');
  });

  test('keeps the resolution of what did not change inside of it #68', () => {
    const before = resolve(pair);
    const changed = (text: string): string[] =>
      resolve(text, { previous: before.nodes })
        .nodes.filter(
          ({ spec, resolution }) => resolution !== before.nodes.find((node) => node.spec.id === spec.id)?.resolution,
        )
        .map(({ spec }) => spec.name!);

    expect(changed(pair)).toEqual([]);
    expect(changed(pair.replace('name: last }', 'name: last, x: 1 }'))).toEqual(['pair/last']);
    expect(
      changed(
        pair
          .replace('inbounds: { in:', 'inbounds: { other:')
          .replace('name: pair, port: in', 'name: pair, port: other'),
      ),
    ).toEqual(['pair']);
  });

  test('is the same after it was written as YAML or JSON and read again, whatever it says', () => {
    const name = fc.constantFrom('a', 'b', 'c-d', '$0', '$1', 'x y', '');
    const port = fc.constantFrom('in', 'out', 'out[1]', 'in[01]', '');
    const ports = fc.dictionary(port, fc.oneof(fc.record({ name, port }), fc.array(fc.record({ name, port }))));
    const inner = fc.record(
      { kind: fc.constantFrom('any', 'nope', '', 'c', 'block'), name, x: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const block = fc.record(
      {
        kind: fc.constantFrom('block', 'chart', 'c'),
        name: fc.constantFrom('c', 'any', 'd'),
        specs: fc.array(inner),
        inbounds: ports,
        outbounds: ports,
        ports: fc.jsonValue(),
        env: fc.jsonValue(),
      },
      { requiredKeys: ['kind'] },
    );
    fc.assert(
      fc.property(fc.array(block, { maxLength: 3 }), (blocks) => {
        const read = (text: string): unknown => {
          const { specs, problems } = parseSpecs(text, { file: 'g.yaml' });
          const { nodes, problems: more } = resolveGraph(specs, { kinds });
          const messages = [...problems, ...more].map(({ message }) => message.replace(/g\.yaml:\d+/, 'g.yaml')).sort();
          return { specs, messages, services: nodes.map(({ service }) => service), edges: edgesOf(nodes) };
        };

        expect(read(stringify(blocks, { aliasDuplicateObjects: false }))).toEqual(read(JSON.stringify(blocks)));
      }),
    );
  });
});
