import { silentLogger } from 'flowrpc';
import { checkGraph, createGraph, formatProblems, type GraphOptions, parseSpecs, readSpecs } from 'flowrpc/graph';
import { createKinds, createLanguages, defineKind, defineLanguage } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { runGraph, to } from './run-graph.ts';

async function found(text: string, options: Partial<GraphOptions> = {}): Promise<string> {
  const { kinds, languages, values, environment } = options;
  const problems = await checkGraph({
    ...parseSpecs(text, { file: 'g.yaml' }),
    ...(kinds && { kinds }),
    ...(languages && { languages }),
    ...(values && { values }),
    ...(environment && { environment }),
  });
  return formatProblems(problems);
}

describe('checkGraph()', () => {
  test('says where codes are wrong: line and column of the field, and those inside of the code', async () => {
    const text = `
- kind: if
  name: a
  when: self.age >
- kind: switch
  name: b
  matches:
    - { when: self.ok, port: "out[0]" }
    - { when: self.n ===  1, port: "out[1]" }
- kind: snippet
  name: c
  language: json
  code: '{"a": }'
- kind: snippet
  name: d
  language: yaml
  code: |
    a: 1
    a: 2
`;

    expect(await found(text)).toBe(
      [
        'g.yaml:4:3: error: Cannot load node "a": field "when": cannot read "self.age >": Unexpected token: EOF, at line 1, column 11 of the code',
        'g.yaml:9:9: error: Cannot load node "b": field "matches[1].when": cannot read "self.n ===  1": Unexpected character: =, at line 1, column 10 of the code',
        'g.yaml:13:3: error: Cannot load node "c": field "code": it is not JSON: Unexpected token \'}\', "{"a": }" is not valid JSON, at line 1, column 7 of the code',
        'g.yaml:17:3: error: Cannot load node "d": field "code": it is not YAML: key "a" appears twice in one mapping, at line 2, column 1 of the code',
        '',
      ].join('\n'),
    );
  });

  test('says where scripts are wrong, and runs none of them', async () => {
    const text = `
- kind: snippet
  name: a
  language: javascript
  code: |
    export default (x) => {
      return x +;
    }
- kind: snippet
  name: b
  language: typescript
  code: "export default (x: ) => 1"
- kind: snippet
  name: c
  language: javascript
  code: for (;;);
`;

    expect(await found(text)).toMatch(
      /^g\.yaml:5:3: error: Cannot load node "a": field "code": .*, at line 2, column 13 of the code\ng\.yaml:12:3: .*column 20 of the code\n$/,
    );
  });

  test('refuses languages that nobody registered, #77', async () => {
    const text = `
- { kind: snippet, name: a, language: javascrip, code: x }
- { kind: if, name: b, when: { language: lua, code: x } }
- { kind: snippet, name: c, language: loud, code: x }
`;
    const loud = defineLanguage({ name: 'loud', compile: (code) => ({ run: () => code.toUpperCase() }) });

    expect(await found(text, { languages: createLanguages([loud]) })).toBe(
      [
        'g.yaml:2:50: error: Cannot load node "a": field "code": unknown language "javascrip", did you mean "javascript"?',
        'g.yaml:3:24: error: Cannot load node "b": field "when": unknown language "lua", there are text, json, yaml, cel, javascript, typescript, loud',
        '',
      ].join('\n'),
    );
  });

  test('asks kinds what is wrong with their fields, and bounds how long that takes', async () => {
    const picky = defineKind<{ path?: string }>({
      kind: 'picky',
      fields: ['path'],
      check: async ({ path }, { baseDir, languages }) =>
        path === 'here' ? [] : [{ message: `nothing at ${baseDir} in ${languages.default}`, path: ['path'] }],
      setup: () => ({ process: () => null }),
    });
    const failing = defineKind({ kind: 'failing', check: () => Promise.reject(new Error('no')), setup: () => ({}) });
    const hanging = defineKind({ kind: 'hanging', check: () => new Promise(() => {}), setup: () => ({}) });
    const kinds = createKinds(picky, failing, hanging);
    const text =
      '- { kind: picky, name: a, path: there }\n- { kind: picky, name: b, path: here }\n- { kind: failing, name: c }';
    const { specs, problems } = parseSpecs('- { kind: hanging, name: d }');

    expect(await found(text, { kinds })).toMatch(
      /^g\.yaml:1:27: error: Cannot load node "a": field "path": nothing at .* in cel\ng\.yaml:3:3: error: Cannot load node "c": no\n$/,
    );
    await expect(createGraph({ specs, problems, kinds, logger: silentLogger, setupTimeoutMs: 50 })).rejects.toThrow(
      /its check did not settle within 50 ms/,
    );
  });

  test('does not tell what stored values say that were filled into a code', async () => {
    const text = `
- kind: if
  name: a
  env: { token: { name: token } }
  when: 'self == "{{ .token }}'
`;
    const values = [
      { id: '00000000-0000-4000-8000-000000000001', namespace: 'default', name: 'token', data: 'canary-secret-1' },
    ];

    const problems = await found(text, { values });

    expect(problems).toContain('field "when"');
    expect(problems).not.toContain('canary');
  });
});

describe('a graph', () => {
  test('goes on with the node of before when the newer code is wrong', async () => {
    const spec = (when: string): object[] => [
      { kind: 'if', name: 'a', when, ports: to({ 'out[0]': 'yes' }) },
      { kind: 'snippet', name: 'yes', language: 'text', code: 'yes' },
    ];
    const graph = await runGraph(spec('self > 1'));

    const { problems } = await graph.update(readSpecs(spec('self >')));

    expect(problems.map(({ message }) => message).join()).toMatch(/field "when"/);
    expect(await graph.call('a', 2)).toBe('yes');
  });

  test('goes around a node whose code is wrong when pending nodes are allowed', async () => {
    const graph = await runGraph(
      [
        { kind: 'if', name: 'a', when: 'self >' },
        { kind: 'snippet', name: 'b', language: 'text', code: 'b', ports: to({}) },
      ],
      [],
      { allowPending: true },
    );

    expect(graph.nodes.map(({ name, status }) => [name, status])).toEqual([
      ['a', 'inactive'],
      ['b', 'active'],
    ]);
    expect(await graph.call('b', null)).toBe('b');
  });
});
