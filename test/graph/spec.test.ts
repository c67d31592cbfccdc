import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Code } from '../../src/core/code.ts';
import { edgePolicy } from '../../src/graph/edge.ts';
import { formatProblems } from '../../src/graph/problems.ts';
import { type NodeSpec, ownFields, parseSpecs, readSpecs } from '../../src/graph/spec.ts';
import { isName, isReservedNamespace } from '../../src/nodes/names.ts';
import { positionOf } from '../../src/wire/yaml/position.ts';

const seed = `
- kind: listener
  name: listener
  protocol: http
  port: 8000
  ports: { out: [{ name: proxy, port: in }] }
- kind: proxy
  name: proxy
  annotations: { team: edge }
  urls: [https://backend1.com/, https://backend2.com/]
`;

function parse(text: string): readonly NodeSpec[] {
  const { specs, problems } = parseSpecs(text, { file: 'g.yaml' });
  expect(formatProblems(problems)).toBe('');
  return specs;
}

function problemsOf(text: string): string[] {
  return formatProblems(parseSpecs(text, { file: 'g.yaml' }).problems)
    .split('\n')
    .filter(Boolean);
}

test('parseSpecs() reads the shape of the seed and keeps every field', () => {
  const [listener, proxy] = parse(seed);

  expect(listener).toMatchObject({ kind: 'listener', name: 'listener', namespace: 'default' });
  expect(listener?.ports).toEqual({ out: [{ name: 'proxy', port: 'in' }] });
  expect(ownFields(listener!)).toEqual({ protocol: 'http', port: 8000 });
  expect(proxy?.annotations).toEqual({ team: 'edge' });
  expect(ownFields(proxy!)).toEqual({ urls: ['https://backend1.com/', 'https://backend2.com/'] });
});

test('parseSpecs() reads one list, one mapping, several documents and JSON alike', () => {
  const nodes = [{ kind: 'a' }, { kind: 'b', name: 'x' }];

  const texts = [stringify(nodes), JSON.stringify(nodes), nodes.map((node) => `---\n${stringify(node)}`).join('')];

  for (const text of texts) expect(parse(text)).toEqual(parse(texts[0]!));
  expect(parse('kind: a')).toHaveLength(1);
  expect(parse('')).toEqual([]);
  expect(parse('[]')).toEqual([]);
});

test('parseSpecs() makes ids that depend on file and place alone', () => {
  const ids = (text: string, file: string) => parseSpecs(text, { file }).specs.map(({ id }) => id);

  const [first, second] = ids('- kind: a\n- kind: a\n', 'one.yaml');

  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(second).not.toBe(first);
  expect(ids('# moved\n\n- { kind: b }\n', 'one.yaml')).toEqual([first]);
  expect(ids('- kind: a\n', 'two.yaml')).not.toEqual([first]);
  expect(ids('- { kind: a, id: 01890a5d-ac96-774b-bcce-b302099a8057 }', 'x')).toEqual([
    '01890a5d-ac96-774b-bcce-b302099a8057',
  ]);
});

test('parseSpecs() puts nodes into the namespace that was asked for unless they name one', () => {
  const { specs } = parseSpecs('- kind: a\n- { kind: a, namespace: other }', { namespace: 'shop' });

  expect(specs.map(({ namespace }) => namespace)).toEqual(['shop', 'other']);
  expect(() => parseSpecs('', { namespace: 'grpc-x' })).toThrow(RangeError);
});

test('parseSpecs() treats fields without a value as empty where a mapping belongs', () => {
  const [node] = parse('kind: a\nports:\nenv:\nannotations:\n');

  expect(node).toMatchObject({ ports: {}, env: {}, annotations: {} });
});

test.each([
  ['a number', '5', 'g.yaml:1:1: error: Cannot load node 1: it is 5, wanted a mapping with the field "kind"'],
  ['a missing kind', '- name: x', 'g.yaml:1:3: error: Cannot load node "x": missing field "kind"'],
  [
    'a kind that is no name',
    '- kind: a b',
    'g.yaml:1:3: error: Cannot load node 1: kind is "a b", wanted the name of a kind',
  ],
  ['a name with a dot', '- kind: a\n  name: b.c', 'g.yaml:2:3: error: Cannot load node "a_'],
  ['a name that is refused', '- kind: a\n  name: constructor', 'name is "constructor", wanted a letter'],
  ['a reserved namespace', '- kind: a\n  namespace: grpc', 'g.yaml:2:3: error: Cannot load node "a_'],
  ['an id that is no UUID', '- kind: a\n  id: 7', 'id is 7, wanted a UUID'],
  ['an annotation that is no text', '- kind: a\n  annotations: { n: 1 }', 'g.yaml:2:18: error: '],
  [
    'ports that are a list',
    '- kind: a\n  ports: [b]',
    'ports is a list, wanted a mapping of out-ports to lists of targets',
  ],
  [
    'a port without a list',
    '- kind: a\n  ports: { out: { name: b, port: in } }',
    'ports.out is a mapping, wanted a list such as',
  ],
  ['a malformed out-port', '- kind: a\n  ports: { "out[x]": [] }', 'ports has the key "out[x]", wanted a port such as'],
  ['a target without a port', '- kind: a\n  ports: { out: [{ name: b }] }', 'missing field "ports.out[0].port"'],
  [
    'a target without a name',
    '- kind: a\n  ports: { out: [{ port: in }] }',
    'ports.out[0] names no node, add "name" or "id"',
  ],
  [
    'a misspelt edge field',
    '- kind: a\n  ports: { out: [{ name: b, port: in, timout: 1s }] }',
    'unknown field "ports.out[0].timout", did you mean "timeout"?',
  ],
  [
    'a duration without unit',
    '- kind: a\n  ports: { out: [{ name: b, port: in, timeout: "5" }] }',
    'ports.out[0].timeout is "5", wanted a duration above zero',
  ],
  [
    'no attempts',
    '- kind: a\n  ports: { out: [{ name: b, port: in, retry: { attempts: 0 } }] }',
    'ports.out[0].retry.attempts is 0, wanted a whole number',
  ],
  [
    'a code that is none',
    '- kind: a\n  ports: { out: [{ name: b, port: in, retry: { attempts: 2, codes: [OK] } }] }',
    'ports.out[0].retry.codes[0] is "OK"',
  ],
  [
    'a reserved metadata key',
    '- kind: a\n  ports: { out: [{ name: b, port: in, forward: [grpc-timeout] }] }',
    'ports.out[0].forward[0] is "grpc-timeout"',
  ],
  [
    'a dotted name without target',
    '- kind: a\n  ports: { out: [{ name: b.C, port: D }] }',
    'add "target" for a service outside this graph',
  ],
  [
    'a proto without target',
    '- kind: a\n  ports: { out: [{ name: b, port: in, proto: x.proto }] }',
    'has "proto" without "target"',
  ],
  [
    'a target that is no address',
    '- kind: a\n  ports: { out: [{ name: b.C, port: D, target: "http://x" }] }',
    'ports.out[0].target is "http://x", wanted an address',
  ],
  [
    'a target without a service',
    '- kind: a\n  ports: { out: [{ port: D, target: "dns:///x:1" }] }',
    'has "target" without the full name of a service',
  ],
  ['a misspelt env field', '- kind: a\n  env: { A: { dta: x } }', 'unknown field "env.A.dta", did you mean "data"?'],
  ['an env key that is none', '- kind: a\n  env: { a-b: { data: x } }', 'env has the key "a-b"'],
])('parseSpecs() reports %s', (_, text, message) => {
  expect(problemsOf(text).join('\n')).toContain(message);
});

test('parseSpecs() reports all problems together and still gives the nodes that are right', () => {
  const text = `
- name: nameless
- kind: good
- kind: half
  name: half
  ports:
    out:
      - { name: good, port: in, timeout: soon }
      - { name: good, prt: in }
      - { name: good, port: in, forward: [X-Tenant, 7] }
`;
  const { specs, problems } = parseSpecs(text, { file: 'g.yaml' });

  expect(specs.map(({ kind }) => kind)).toEqual(['good', 'half']);
  expect(problems.map(({ line, column }) => [line, column])).toEqual([
    [2, 3],
    [8, 33],
    [9, 9],
    [9, 23],
    [10, 53],
  ]);
  expect(problems.filter(({ id }) => id === specs[1]?.id).map(({ node }) => node)).toEqual(
    Array(4).fill('default.half'),
  );
  expect(specs[1]?.ports?.out).toEqual([
    { name: 'good', port: 'in' },
    { name: 'good', port: 'in', forward: ['X-Tenant'] },
  ]);
  expect(positionOf(specs[1], ['ports', 'out', 1])).toMatchObject({ line: 10, column: 9 });
});

test('edgePolicy() gives an edge in units of code', () => {
  const [node] = parse(`
kind: a
ports:
  out:
    - { name: b, port: in }
    - name: users.v1.Users
      port: Get
      target: dns:///users:50051
      proto: users.proto
      timeout: 1m30s
      retry: { attempts: 3, codes: [UNAVAILABLE, deadline_exceeded], delay: 50 }
      idempotent: true
      forward: [X-Tenant]
      reserve: 20ms
      minimum: 0
`);
  const [plain, full] = node!.ports!.out!;

  expect(edgePolicy(plain!)).toEqual({ idempotent: false, forward: [] });
  expect(edgePolicy(full!)).toEqual({
    timeoutMs: 90_000,
    retry: { attempts: 3, codes: [Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED], delayMs: 50 },
    idempotent: true,
    forward: ['x-tenant'],
    reserveMs: 20,
    minimumMs: 0,
  });
});

test('readSpecs() checks nodes written in code and leaves them as they are', () => {
  const node = { kind: 'a', run: () => 1, ports: { out: [{ name: 'b', port: 'in', timeot: 1 }] } };
  const { specs, problems } = readSpecs([node]);

  expect(specs[0]?.run).toBe(node.run);
  expect(problems).toEqual([
    {
      severity: 'error',
      message: `Cannot load node "a_${specs[0]?.id.slice(-12)}": unknown field "ports.out[0].timeot"`,
      suggestion: 'did you mean "timeout"?',
      node: `default.a_${specs[0]?.id.slice(-12)}`,
      id: specs[0]?.id,
    },
  ]);
  expect(node).not.toHaveProperty('id');
  expect(node.ports.out[0]).toHaveProperty('timeot');
});

const name = fc
  .stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,12}$/)
  .filter((text) => isName(text) && !isReservedNamespace(text));
const port = fc
  .tuple(name, fc.option(fc.nat(99)))
  .map(([base, index]) => (index === null ? base : `${base}[${index}]`));
const text = fc.string({ unit: 'grapheme' });
const envEntry = fc.record(
  { id: fc.uuid(), name, data: fc.oneof(text, fc.integer(), fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), text)) },
  { requiredKeys: [] },
);
const duration = fc.oneof(
  fc.integer({ min: 1, max: 1_000_000 }),
  fc.integer({ min: 1, max: 999 }).map((n) => `${n}ms`),
);
const target = fc.record(
  {
    name,
    port,
    timeout: duration,
    retry: fc.record({ attempts: fc.integer({ min: 1, max: 100 }) }),
    idempotent: fc.boolean(),
    forward: fc.array(fc.constantFrom('x-a', 'X-B')),
  },
  { requiredKeys: ['name', 'port'] },
);
const ownKey = name.filter((key) => !['id', 'kind', 'namespace', 'name', 'annotations', 'ports', 'env'].includes(key));
const spec = fc
  .tuple(
    fc.record(
      {
        kind: name,
        namespace: name,
        id: fc.uuid(),
        name,
        annotations: fc.dictionary(name, text),
        ports: fc.dictionary(port, fc.array(target, { maxLength: 3 })),
        env: fc.dictionary(
          fc.stringMatching(/^[A-Z]{1,8}$/),
          fc.oneof(envEntry, fc.array(envEntry, { minLength: 1, maxLength: 3 })),
        ),
      },
      { requiredKeys: ['kind', 'namespace', 'id'] },
    ),
    fc.dictionary(ownKey, fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text), fc.dictionary(ownKey, text))),
  )
  .map(([common, own]) => ({ ...own, ...common }));

test('parseSpecs() gives back what was printed', () => {
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 5 }), fc.boolean(), (specs, asYaml) => {
      const plain: unknown = JSON.parse(JSON.stringify(specs));

      expect(parse(asYaml ? stringify(plain) : JSON.stringify(plain))).toEqual(plain);
    }),
  );
});

test('parseSpecs() answers any value and any text with nodes or problems', () => {
  const key = fc.constantFrom(
    'kind',
    'name',
    'namespace',
    'id',
    'ports',
    'env',
    'annotations',
    'out',
    'data',
    'port',
    'retry',
    'x',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom('a', 'in', '', 0, null, true),
      fc.array(tie('value')),
      fc.dictionary(key, tie('value')),
    ),
  }));
  fc.assert(
    fc.property(
      fc.oneof(
        value.map((one) => JSON.stringify(one)),
        fc.string({ unit: 'binary' }),
      ),
      (input) => {
        const { specs, problems } = parseSpecs(input);

        expect(specs.every(({ id, kind, namespace }) => id !== '' && isName(kind) && isName(namespace))).toBe(true);
        expect(problems.every(({ message, line }) => message !== '' && line! > 0)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});
