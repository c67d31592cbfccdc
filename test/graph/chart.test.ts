import { describe, expect, test } from 'vitest';
import { compositionLimits } from '../../src/graph/expander.ts';
import { formatProblems } from '../../src/graph/problems.ts';
import { type ResolveOptions, resolveGraph } from '../../src/graph/resolve.ts';
import { parseSpecs, readSpecs } from '../../src/graph/spec.ts';
import type { KindInfo } from '../../src/nodes/kind-info.ts';
import { blockKind } from '../../src/nodes/kinds/block.ts';

const any: KindInfo = { kind: 'any' };
const kinds = new Map<string, KindInfo>([any, blockKind].map((kind) => [kind.kind, kind]));
const db = {
  id: '00000000-0000-7000-8000-000000000001',
  namespace: 'default',
  name: 'db',
  data: { password: 'hunter-two' },
};

function resolve(text: string, options: Partial<ResolveOptions> = {}) {
  const { specs, problems } = parseSpecs(text, { file: 'g.yaml' });
  expect(formatProblems(problems)).toBe('');
  return resolveGraph(specs, { kinds, values: [db], ...options });
}

function problemsOf(text: string, options: Partial<ResolveOptions> = {}): string {
  return formatProblems(resolve(text, options).problems);
}

const login = `
- kind: chart
  name: login
  specs:
    - { kind: any, name: ask, url: 'http://{{ .HOST }}/{{ .PATH }}', limit: '{{ .LIMIT }}', ports: { out: [{ name: check, port: in }] } }
    - { kind: any, name: check, password: '{{ .PASSWORD }}' }
  inbounds: { in: [{ name: ask, port: in }] }
  outbounds: { out: [{ name: check, port: out }] }
  env:
    HOST: { data: '{{ .host }}' }
    PATH: { data: '{{ .paths.0 }}' }
    LIMIT: { data: '{{ .limit }}' }
    PASSWORD: { name: db, data: '{{ .password }}' }
`;
const two = `${login}
- { kind: login, name: first, host: one, paths: [a], limit: 5, ports: { out: [{ name: end, port: in }] } }
- { kind: login, name: second, host: '{{ .H }}', paths: [b], limit: 6, env: { H: { data: '{{ .HOST }}' } } }
- { kind: any, name: end }
`;

describe('a chart', () => {
  test('makes a kind, whose nodes fill its templates with their own fields #14', () => {
    const { nodes, problems } = resolve(two, { environment: { HOST: 'two' } });
    const fields = Object.fromEntries(nodes.map((node) => [node.spec.name, node.fields]));

    expect(formatProblems(problems)).toBe('');
    expect(nodes.map(({ service }) => service)).toEqual([
      'default.first',
      'default.first/ask',
      'default.first/check',
      'default.second',
      'default.second/ask',
      'default.second/check',
      'default.end',
    ]);
    expect(fields).toMatchObject({
      'first/ask': { url: 'http://one/a', limit: 5 },
      'first/check': { password: 'hunter-two' },
      'second/ask': { url: 'http://two/b', limit: 6 },
    });
    expect(nodes[2]?.links.map(({ port, node }) => [port, node?.service])).toEqual([['out', 'default.end']]);
    expect(nodes[2]).toMatchObject({ boundValues: [db.id], block: nodes[0] });
    expect(nodes[2]?.secrets?.redact('hunter-two')).toBe('[redacted]');
  });

  test('that changed has exactly its nodes looked at again, and of them what changed #14', () => {
    const environment = { HOST: 'two' };
    const before = resolve(two, { environment });
    const changed = (text: string): string[] =>
      resolve(text, { environment, previous: before.nodes })
        .nodes.filter((node, index) => node.resolution !== before.nodes[index]?.resolution)
        .map(({ spec }) => spec.name!);

    expect(changed(two)).toEqual([]);
    expect(changed(two.replace("password: '{{ .PASSWORD }}'", "password: 'x{{ .PASSWORD }}'"))).toEqual([
      'first/check',
      'second/check',
    ]);
    expect(changed(two.replace("data: '{{ .limit }}'", "data: '1{{ .limit }}'"))).toEqual(['first/ask', 'second/ask']);
    expect(changed(two.replace('limit: 5', 'limit: 7'))).toEqual(['first/ask']);
  });

  test('may be made of blocks and of other charts #14', () => {
    const { nodes, problems } = resolve(`
- { kind: chart, name: leaf, specs: [{ kind: any, x: '{{ .X }}' }], inbounds: { in: { name: $0, port: in } }, env: { X: { data: '{{ .x }}' } } }
- kind: chart
  name: tree
  specs:
    - kind: block
      specs: [{ kind: leaf, x: '{{ .Y }}' }]
      inbounds: { in: { name: $0, port: in } }
  inbounds: { in: { name: $0, port: in } }
  env: { Y: { data: '<{{ .y }}>' } }
- { kind: tree, name: t, y: 1 }
`);

    expect(formatProblems(problems)).toBe('');
    expect(nodes.at(-1)).toMatchObject({ service: 'default.t/$0/$0/$0', fields: { x: '<1>' } });
  });

  test('belongs to its namespace', () => {
    expect(problemsOf(`${login}- { kind: login, namespace: other, host: h, paths: [p], limit: 1 }`)).toContain(
      'unknown kind "login"',
    );
    expect(problemsOf(`${login}${login.replace('kind: chart', 'kind: chart\n  namespace: other')}`)).toBe('');
  });

  test('of itself is refused, with every chart of the cycle and their nodes #14', () => {
    const problems = problemsOf(`
- { kind: chart, name: a, specs: [{ kind: block, specs: [{ kind: b }] }] }
- { kind: chart, name: b, specs: [{ kind: a }] }
- { kind: chart, name: c, specs: [{ kind: any }] }
- { kind: a, name: one }
- { kind: c, name: two }
`);

    expect(problems.split('\n')).toEqual([
      'g.yaml:2:27: error: Cannot load chart "a": it is made of itself, through "b", take the cycle apart',
      'g.yaml:3:27: error: Cannot load chart "b": it is made of itself, through "a", take the cycle apart',
      'g.yaml:5:5: error: Cannot load node "one": its chart "a" has problems, correct the chart',
      '',
    ]);
  });

  test.each([
    [
      'a kind that is known',
      'kind: chart\nname: any\nspecs: [{ kind: any }]',
      'kind "any" is known already, rename it',
    ],
    ['its own kind', 'kind: chart\nname: chart\nspecs: [{ kind: any }]', 'kind "chart" is known already'],
    [
      'no name',
      'kind: chart\nspecs: [{ kind: any }]',
      'missing field "name", wanted the name of the kind that it makes',
    ],
    ['ports', 'kind: chart\nname: a\nspecs: [{ kind: any }]\nports: { out: [] }', 'a chart has no ports of its own'],
    ['no specs', 'kind: chart\nname: a', 'Cannot load chart "a": missing field "specs"'],
    [
      'an unknown field',
      'kind: chart\nname: a\nspecs: [{ kind: any }]\nspec: 1',
      'unknown field "spec", did you mean "specs"?',
    ],
    [
      'a twin',
      '[{ kind: chart, name: a, specs: [{ kind: any }] }, { kind: chart, name: a, specs: [{ kind: any }] }]',
      'another chart makes kind "a" in namespace "default"',
    ],
  ])('with %s is refused #14', (_, text, message) => {
    expect(problemsOf(text)).toContain(message);
  });

  test.each<[string, string, string, (typeof db)[]?]>([
    ['a missing field', 'host: h, paths: [p]', 'missing field "limit", chart "login" reads it'],
    ['a missing item', 'host: h, paths: [], limit: 1', 'missing field "paths.0"'],
    ['an unknown field', 'host: h, paths: [p], limit: 1, hots: x', 'unknown field "hots", did you mean "host"?'],
    ['a value that is not there', 'host: h, paths: [p], limit: 1', 'value "db" not found', []],
  ])('reports %s at its node', (_, fields, message, values = [db]) => {
    const { nodes, problems } = resolve(`${login}- { kind: login, name: n, ${fields} }`, { values });

    expect(formatProblems(problems)).toContain(`Cannot load node "n": ${message}`);
    expect(problems.every(({ id }) => id === nodes[0]?.spec.id)).toBe(true);
  });

  test('that takes all fields of its nodes has any', () => {
    const { nodes, problems } = resolve(`
- { kind: chart, name: all, specs: [{ kind: any, x: '{{ .A }}' }], env: { A: { data: '{{ . }}' } } }
- { kind: all, name: n, some: 1, thing: 2 }
`);

    expect(formatProblems(problems)).toBe('');
    expect(nodes[1]?.fields).toEqual({ x: { some: 1, thing: 2 } });
  });

  test('cannot grow a graph beyond 10,000 nodes inside', () => {
    const level = (name: string, kind: string): object => ({
      kind: 'chart',
      name,
      specs: Array.from({ length: 100 }, () => ({ kind })),
    });
    const charts = [level('c0', 'any'), level('c1', 'c0'), level('c2', 'c1'), level('c3', 'c2')];
    const { specs } = readSpecs([...charts, { kind: 'c3', name: 'huge' }]);

    const { nodes, problems } = resolveGraph(specs, { kinds });

    expect(nodes.length).toBeLessThanOrEqual(compositionLimits.innerNodes + 1);
    expect(formatProblems(problems)).toContain('blocks and charts grow to more than 10000 nodes');
  });

  test.each<[string, unknown, unknown]>([
    ['a text', '{{ .V }}'.repeat(10), 'lollollol'],
    ['a list', Array.from({ length: 10 }, () => '{{ .V }}'), 'lol'],
    ['a mapping', Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`k${n}`, '{{ .V }}'])), 'lol'],
    ['keys', { '{{ .V }}{{ .V }}{{ .V }}{{ .V }}{{ .V }}{{ .V }}{{ .V }}{{ .V }}': 1 }, 'lollollol'],
  ])('of charts cannot multiply %s beyond what one spec may put in', (_, v, first) => {
    const depth = 12;
    const level = (n: number): object => ({
      kind: 'chart',
      name: `c${n}`,
      specs: [n < depth ? { kind: `c${n + 1}`, name: 'x', v } : { kind: 'any', name: 'x', v }],
      env: { V: { data: '{{ .v }}' } },
    });
    const charts = Array.from({ length: depth }, (_, n) => level(n + 1));
    const { specs } = readSpecs([...charts, { kind: 'c1', name: 'huge', v: first }, { kind: 'any', name: 'small' }]);

    const { nodes, problems } = resolveGraph(specs, { kinds });

    expect(problems.map(({ message }) => message).join()).toContain('templates put in more than');
    expect(problems.length).toBeLessThan(5);
    expect(nodes.at(-1)?.fields).toEqual({});
  });

  test('of charts cannot multiply what was written once beyond what one spec may put in', () => {
    const list = Array.from({ length: 10_000 }, (_, n) => n);
    const level = (name: string, inner: object): object => ({
      kind: 'chart',
      name,
      specs: Array.from({ length: 20 }, () => inner),
      env: { V: { data: 1 } },
    });
    const charts = [level('c0', { kind: 'any', list }), level('c1', { kind: 'c0' }), level('c2', { kind: 'c1' })];
    const { specs } = readSpecs([...charts, { kind: 'c2', name: 'huge' }]);

    const { problems } = resolveGraph(specs, { kinds });

    expect(formatProblems(problems)).toContain('templates put in more than');
  });

  test('remembers what is secret once, however often its templates name it', () => {
    const depth = 9;
    const level = (n: number): object => ({
      kind: 'chart',
      name: `c${n}`,
      specs: [{ kind: n < depth ? `c${n + 1}` : 'any', name: 'x', v: '{{ .V }}'.repeat(10) }],
      env: { V: { data: '{{ .v }}' } },
    });
    const charts = Array.from({ length: depth }, (_, n) => level(n + 1));
    const { specs } = readSpecs([...charts, { kind: 'c1', name: 'n', v: '{{ .S }}', env: { S: { name: 'db' } } }]);

    const { problems } = resolveGraph(specs, { kinds, values: [{ ...db, data: '' }] });

    expect(formatProblems(problems)).toBe('');
  });

  test.each<[string, object[]]>([
    ['a block', [{ kind: 'block', name: 'b', specs: [{ kind: 'any' }] }]],
    [
      'a chart',
      [
        { kind: 'chart', name: 'ch', specs: [{ kind: 'any' }] },
        { kind: 'ch', name: 'i' },
      ],
    ],
  ])('what is wrong with the env of %s is told without secrets S-10', (_, [made, ...more]) => {
    const env = { E: { name: 'db', data: { '{{ .password }}': 1, '{{.password}}': 2 } } };
    const { specs } = readSpecs([{ ...made, env }, ...more]);

    const { problems } = resolveGraph(specs, { kinds, values: [db] });

    expect(formatProblems(problems)).toContain('key "[redacted]" appears twice in one mapping');
  });

  test('what is wrong with the fields of its node is told without secrets S-10', () => {
    const fields = { '{{ .P }}': 1, '{{.P}}': 2 };
    const env = { P: { name: 'db', data: '{{ .password }}' } };
    const chart = { kind: 'chart', name: 'ch', specs: [{ kind: 'any' }], env: { A: { data: '{{ . }}' } } };
    const { specs } = readSpecs([chart, { kind: 'ch', name: 'i', ...fields, env }]);

    const { problems } = resolveGraph(specs, { kinds, values: [db] });

    expect(formatProblems(problems)).toContain('key "[redacted]" appears twice in one mapping');
  });
});
