import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { formatProblems } from '../../src/graph/problems.ts';
import { type ResolveOptions, resolveGraph } from '../../src/graph/resolve.ts';
import { parseSpecs, readSpecs } from '../../src/graph/spec.ts';
import { hasErrors, validateGraph } from '../../src/graph/validate.ts';
import type { KindInfo } from '../../src/nodes/kind-info.ts';

const snippet: KindInfo = {
  kind: 'snippet',
  spec: z.object({
    code: z.string(),
    language: z.string().default('text'),
    timeoutMs: z.number().optional(),
    strict: z.boolean().optional(),
  }),
};
const branches: KindInfo = {
  kind: 'switch',
  spec: z.object({ matches: z.array(z.object({ when: z.string(), port: z.string() })) }),
  outputs: (fields) => [...(fields as { matches: { port: string }[] }).matches.map(({ port }) => port), 'error'],
};
const split: KindInfo = { kind: 'split', fields: [], outputs: ['out[*]', 'error'] };
const merge: KindInfo = { kind: 'merge', fields: [], inputs: ['in[*]'] };
const typed = (kind: string, request?: string, response?: string): KindInfo => ({
  kind,
  portType: () => ({ request, response }),
});

const kinds = new Map(
  [snippet, branches, split, merge, typed('dog', 'pets.Dog'), typed('cat', 'pets.Cat'), typed('any')].map((kind) => [
    kind.kind,
    kind,
  ]),
);

function check(text: string, options: Partial<ResolveOptions> = {}): string[] {
  const { specs, problems } = parseSpecs(text, { file: 'g.yaml' });
  expect(formatProblems(problems)).toBe('');
  return formatProblems(validateGraph(specs, { kinds, ...options }))
    .split('\n')
    .filter(Boolean);
}

function resolve(text: string, options: Partial<ResolveOptions> = {}) {
  const { nodes, problems } = resolveGraph(parseSpecs(text, { file: 'g.yaml' }).specs, { kinds, ...options });
  expect(formatProblems(problems)).toBe('');
  return nodes;
}

describe('validateGraph()', () => {
  test('finds nothing wrong with a good graph', () => {
    const problems = check(`
- { kind: snippet, name: greet, code: hi, ports: { out: [{ name: way, port: in }], error: [{ name: last, port: in }] } }
- { kind: switch, name: way, matches: [{ when: a, port: 'out[0]' }], ports: { out: [{ name: parts, port: in }] } }
- { kind: split, name: parts, ports: { 'out[3]': [{ name: all, port: 'in[0]' }], out: [{ name: all, port: in }] } }
- { kind: merge, name: all, ports: { out: [{ name: users.v1.Users, port: Get, target: 'dns:///users:50051' }] } }
- { kind: snippet, name: last, code: bye }
`);

    expect(problems).toEqual([]);
  });

  test('reports every problem of a graph at once, by line, each with node and suggestion', () => {
    const text = `
- kind: snipet
  name: first
- kind: snippet
  name: second
  cod: hi
- kind: snippet
  name: second
  code: hi
  ports:
    out: [{ name: thrid, port: in }, { name: third, port: inn }]
    outt: [{ name: third, port: in }]
- kind: snippet
  name: third
  code: 5
`;
    const { specs } = parseSpecs(text, { file: 'g.yaml' });
    const problems = validateGraph(specs, { kinds });

    expect(formatProblems(problems)).toBe(`\
g.yaml:2:3: error: Cannot load node "first": unknown kind "snipet", did you mean "snippet"?
g.yaml:4:3: error: Cannot load node "second": missing field "code", expected string, received undefined
g.yaml:6:3: error: Cannot load node "second": unknown field "cod", did you mean "code"?
g.yaml:8:3: error: Cannot load node "second": duplicate name in namespace "default", "second" at g.yaml:4 has it too, rename one of them
g.yaml:11:13: error: Cannot load node "second": ports.out[0] leads to "thrid", and namespace "default" has no such node, did you mean "third"?
g.yaml:11:53: error: Cannot load node "second": ports.out[1] leads to in-port "inn", which "third" does not have, did you mean "in"?
g.yaml:12:5: error: Cannot load node "second": it has no out-port "outt", did you mean "out"?
g.yaml:15:3: error: Cannot load node "third": field "code": invalid input: expected string, received number
`);
    expect(problems.every(({ file, line, column, node, id }) => file && line && column && node && id)).toBe(true);
    expect(JSON.parse(JSON.stringify(problems))).toEqual(problems);
    expect(hasErrors(problems)).toBe(true);
  });

  test('refuses two nodes with one service name and names both', () => {
    const problems = check(
      '- { kind: any, name: a-b }\n- { kind: any, name: a_b }\n- { kind: any, name: a-b, namespace: other }',
    );

    expect(problems).toEqual([
      'g.yaml:2:16: error: Cannot load node "a_b": its service "default.a_b" is also that of "a-b" at g.yaml:1, rename one of them',
    ]);
  });

  test('refuses two nodes with one id', () => {
    const id = '01890a5d-ac96-774b-bcce-b302099a8057';
    const problems = check(`- { kind: any, name: a, id: ${id} }\n- { kind: any, name: b, id: ${id.toUpperCase()} }`);

    expect(problems.join()).toContain(
      'Cannot load node "b": duplicate id "01890A5D-AC96-774B-BCCE-B302099A8057", "a" at g.yaml:1 has it too',
    );
  });

  test('lets unnamed nodes and equal names of other namespaces be', () => {
    expect(check('- kind: any\n- kind: any\n- { kind: any, name: a }\n- { kind: any, name: a, namespace: b }')).toEqual(
      [],
    );
  });

  test('keeps edges inside a namespace', () => {
    const problems = check(
      '- { kind: any, ports: { out: [{ name: b, port: in }] } }\n- { kind: any, name: b, namespace: other }',
    );

    expect(problems.join()).toContain(
      'namespace "default" has no such node, it is in namespace "other", and edges stay in one',
    );
  });

  test('refuses a target whose id and name are of two nodes', () => {
    const id = '01890a5d-ac96-774b-bcce-b302099a8057';
    const edge = (name: string) => `- { kind: any, ports: { out: [{ id: ${id}, name: ${name}, port: in }] } }\n`;
    const nodes = `- { kind: any, name: a, id: ${id} }\n- { kind: any, name: b }`;

    expect(check(edge('a') + nodes)).toEqual([]);
    expect(check(edge('b') + nodes).join()).toContain('has no such node');
  });

  test('takes the ports of a node from its fields, and says nothing of them while the fields are wrong', () => {
    const node = (port: string, more = '') =>
      `- { kind: switch, name: s, matches: [{ when: a, port: big${more} }], ports: { ${port}: [{ name: s2, port: in }] } }\n- { kind: any, name: s2 }`;

    expect(check(node('big'))).toEqual([]);
    expect(check(node('small')).join()).toContain('it has no out-port "small", it has "big", "error"');
    expect(check(node('small').replace('when: a, ', '')).join()).toBe(
      'g.yaml:1:38: error: Cannot load node "s": missing field "matches[0].when", expected string, received undefined',
    );
  });

  test('refuses indexes on a port that has none', () => {
    expect(check('- { kind: any, name: a, ports: { "out[0]": [{ name: a, port: "in[0]" }] } }')).toHaveLength(2);
  });

  test('refuses in-ports that meet in one method', () => {
    const twice: KindInfo = { kind: 'twice', inputs: ['in', 'in-stream'] };

    const problems = check('kind: twice\nname: t', { kinds: new Map([['twice', twice]]) });

    expect(problems.join()).toContain('in-ports "in" and "in-stream" are both the method "InStream"');
  });

  test('asks about message types in the direction in which they travel', () => {
    const asked: string[] = [];
    const pair = new Map([
      ['from', typed('from', 'a.Sent', 'a.Expected')],
      ['to', typed('to', 'b.Taken', 'b.Given')],
    ]);
    const compatible = (from: string, to: string) => {
      asked.push(`${from} as ${to}`);
      return from === 'b.Given' ? 'field 1 is text in one and a number in the other' : undefined;
    };

    const problems = check(
      '- { kind: from, name: f, ports: { out: [{ name: t, port: in }] } }\n- { kind: to, name: t }',
      { kinds: pair, compatible },
    );

    expect(asked).toEqual(['a.Sent as b.Taken', 'b.Given as a.Expected']);
    expect(problems).toEqual([
      'g.yaml:1:41: error: Cannot load node "f": ports.out[0] does not fit "t": it is answered with b.Given and expects a.Expected, field 1 is text in one and a number in the other',
    ]);
  });

  test('lets what is untyped flow into everything', () => {
    const compatible = () => 'never';
    const text = (from: string, to: string) =>
      `- { kind: ${from}, ports: { out: [{ name: t, port: in }] } }\n- { kind: ${to}, name: t }`;

    expect(check(text('any', 'cat'), { compatible })).toEqual([]);
    expect(check(text('cat', 'any'), { compatible })).toEqual([]);
    expect(check(text('cat', 'dog'), { compatible }).join()).toContain('it sends pets.Cat and takes pets.Dog, never');
  });

  test('warns of cycles with their path, and lets them load', () => {
    const ring = ['a', 'b', 'c'].map(
      (name, i, all) => `- { kind: any, name: ${name}, ports: { out: [{ name: ${all[(i + 1) % 3]}, port: in }] } }\n`,
    );
    const { specs } = parseSpecs(
      `${ring.join('')}- { kind: any, name: self, ports: { error: [{ name: self, port: in }] } }`,
      { file: 'g.yaml' },
    );

    const problems = validateGraph(specs, { kinds });

    expect(formatProblems(problems)).toBe(
      'g.yaml:3:34: warning: Node "c": it is part of a cycle, "a" → "b" → "c" → "a"\n' +
        'g.yaml:4:37: warning: Node "self": it is part of a cycle, "self" → "self"\n',
    );
    expect(hasErrors(problems)).toBe(false);
  });

  test('follows a chain longer than the call stack is deep', () => {
    const count = 20_000;
    const ring = Array.from({ length: count }, (_, i) => ({
      kind: 'any',
      name: `n${i}`,
      ports: { out: [{ name: `n${(i + 1) % count}`, port: 'in' }] },
    }));

    const problems = validateGraph(readSpecs(ring).specs, { kinds });

    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain('"n5" → 19989 more → "n19995"');
  });

  test('takes lifecycle ports of any kind of node', () => {
    expect(
      check('- { kind: any, name: a, ports: { init: [{ name: b, port: in }] } }\n- { kind: any, name: b }'),
    ).toEqual([]);
  });

  test('refuses a kind whose schema is asynchronous or throws', () => {
    const later: KindInfo = { kind: 'later', spec: z.object({}).refine(async () => true) };
    const broken: KindInfo = {
      kind: 'broken',
      spec: {
        '~standard': {
          version: 1,
          vendor: 'x',
          validate: () => {
            throw new Error('ouch');
          },
        },
      },
    };
    const pair = new Map([later, broken].map((kind) => [kind.kind, kind]));

    const problems = check('- kind: later\n- kind: broken', { kinds: pair });

    expect(problems[0]).toContain('the schema of its kind is asynchronous');
    expect(problems[1]).toContain('the schema of its kind threw "Error: ouch"');
  });

  test('accounts for every edge of any graph: it is linked or it is a problem', () => {
    const node = fc.nat(5).map((n) => `n${n}`);
    const edge = fc.record({ name: node, port: fc.constantFrom('in', 'in[0]', 'io') });
    const spec = fc.record({
      kind: fc.constantFrom('any', 'split', 'merge'),
      name: node,
      ports: fc.record({ out: fc.array(edge, { maxLength: 3 }) }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(spec, { selector: ({ name }) => name, maxLength: 6 }), (graph) => {
        const { nodes, problems } = resolveGraph(parseSpecs(JSON.stringify(graph)).specs, { kinds });

        const edges = graph.flatMap(({ ports }) => ports.out).length;
        const linked = nodes.flatMap(({ links }) => links);
        expect(linked.length + problems.filter(({ severity }) => severity === 'error').length).toBe(edges);
        expect(linked.every(({ node: to }) => to !== undefined && nodes.includes(to))).toBe(true);
      }),
    );
  });
});

describe('resolveGraph()', () => {
  test('gives fields as the schema gives them, and links with full port names', () => {
    const [parts, all, greet] = resolve(`
- { kind: split, name: parts, ports: { out: [{ name: all, port: in, timeout: 1s }, { name: Users, port: Get, target: 'users:50051' }] } }
- { kind: merge, name: all }
- { kind: snippet, name: greet, code: hi }
`);

    expect(greet).toMatchObject({
      service: 'default.greet',
      fields: { code: 'hi', language: 'text' },
      inputs: ['in'],
      outputs: ['out', 'error'],
    });
    expect(parts?.links).toEqual([
      { port: 'out[0]', to: 'in[0]', node: all, target: { name: 'all', port: 'in', timeout: '1s' } },
      { port: 'out[0]', to: 'Get', node: undefined, target: { name: 'Users', port: 'Get', target: 'users:50051' } },
    ]);
  });

  test('fills env into own fields, nested, in items and in keys, and coerces what the schema wants otherwise', () => {
    const any: KindInfo = {
      kind: 'any',
      spec: z.looseObject({ port: z.number(), on: z.boolean(), wait: z.number(), text: z.string() }),
    };
    const [node] = resolve(
      `
kind: any
name: "n"
annotations: { note: "{{ .PORT }}" }
port: "{{ .PORT }}"
on: "{{ .ON }}"
wait: "{{ .WAIT }}"
text: "{{ .PORT }}"
list: ["http://{{ .HOST }}:{{.PORT}}/", { "{{ .HOST }}": 1 }, 5]
whole: "{{ .DATA }}"
part: "{{ .DATA.b }}-{{ .DATA }}"
env:
  PORT: { data: "80{{ .SUFFIX }}" }
  HOST: { data: localhost }
  ON: { data: "true" }
  WAIT: { data: 1h }
  DATA: { data: { b: ["{{ .SUFFIX }}"] } }
`,
      { kinds: new Map([['any', any]]), environment: { SUFFIX: '00' } },
    );

    expect(node?.fields).toEqual({
      port: 8000,
      on: true,
      wait: 3_600_000,
      text: '8000',
      list: ['http://localhost:8000/', { localhost: 1 }, 5],
      whole: { b: ['00'] },
      part: '["00"]-{"b":["00"]}',
    });
    expect(node?.spec).toMatchObject({ port: '{{ .PORT }}', annotations: { note: '{{ .PORT }}' } });
  });

  test('leaves braces alone in a node without env', () => {
    const [node] = resolve('kind: snippet\ncode: "{{ .NAME }}"');

    expect(node?.fields).toMatchObject({ code: '{{ .NAME }}' });
  });
});

test.each([
  [
    'a missing environment value',
    'kind: any\nx: "{{ .A }}"\nenv: { A: { data: "{{ .PORT }}" } }',
    '3:13: error: Cannot load node "any_',
    'the environment has no "PORT", give it with -e PORT=…',
  ],
  [
    'a missing env key',
    'kind: any\nx: [1, "{{ .HSOT }}"]\nenv: { HOST: { data: h } }',
    '2:8: ',
    '"{{ .HSOT }}" is not in env, did you mean "HOST"?',
  ],
  [
    'a step into nothing',
    'kind: any\nx: "{{ .A.b.c }}"\nenv: { A: { data: { b: 1 } } }',
    '2:1: ',
    '"{{ .A.b.c }}" is not in env',
  ],
  [
    'a step into a prototype',
    'kind: any\nx: "{{ .A.toString }}"\nenv: { A: { data: { b: 1 } } }',
    '2:1: ',
    '"{{ .A.toString }}" is not in env',
  ],
  [
    'a template in another language',
    'kind: any\nx: "{{ if .A }}"\nenv: { A: { data: h } }',
    '2:1: ',
    'template "{{ if .A }}" is not understood, write {{ .KEY }}',
  ],
  [
    'a key that becomes a refused one',
    'kind: any\nx: { "{{ .A }}": 1 }\nenv: { A: { data: __proto__ } }',
    '2:6: ',
    'key "__proto__" is not allowed',
  ],
  ['a stored value', 'kind: any\nenv: { A: { name: db, data: "{{ .url }}" } }', '2:8: ', 'value "db" not found'],
  ['a stored value in use', 'kind: any\nx: "{{ .A }}"\nenv: { A: { name: db } }', '3:8: ', 'value "db" not found'],
  ['an entry without data', 'kind: any\nenv: { A: {} }', '2:8: ', 'env entry "A" has no "data"'],
  [
    'text that fits no number',
    'kind: snippet\ncode: x\ntimeoutMs: "{{ .T }}"\nenv: { T: { data: soon } }',
    '3:1: ',
    'field "timeoutMs": invalid input: expected number, received string',
  ],
])('validateGraph() reports %s in env', (_, text, where, message) => {
  const problems = check(text, { environment: { OTHER: 'x' } });

  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(where);
  expect(problems[0]).toContain(message);
});
