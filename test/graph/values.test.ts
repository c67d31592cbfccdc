import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { formatProblems } from '../../src/graph/problems.ts';
import { type ResolveOptions, resolveGraph } from '../../src/graph/resolve.ts';
import { parseSpecs } from '../../src/graph/spec.ts';
import { fillTemplates } from '../../src/graph/template.ts';
import type { StoredValue } from '../../src/graph/values.ts';
import type { KindInfo } from '../../src/nodes/kind-info.ts';
import { blockKind } from '../../src/nodes/kinds/block.ts';

const any: KindInfo = { kind: 'any' };
const typed: KindInfo = {
  kind: 'typed',
  spec: z.object({
    port: z.number().int().optional(),
    on: z.boolean().optional(),
    waitMs: z.number().optional(),
    text: z.string().optional(),
    either: z.union([z.object({ n: z.number() }), z.array(z.boolean())]).optional(),
    bytes: z.instanceof(Uint8Array).optional(),
    big: z.bigint().optional(),
    list: z.array(z.object({ port: z.number() })).optional(),
    db: z.object({ port: z.number(), name: z.string() }).optional(),
  }),
};
const kinds = new Map([any, typed].map((kind) => [kind.kind, kind]));

const uuid = (digit: number): string => `00000000-0000-7000-8000-00000000000${digit}`;
const db: StoredValue = {
  id: uuid(1),
  namespace: 'default',
  name: 'db',
  data: { user: 'app', password: 'hunter-two', port: 5432, deep: { list: ['a', 'b'] }, 'tls-key': 'K' },
};

function resolve(text: string, options: Partial<ResolveOptions> = {}) {
  const { specs, problems } = parseSpecs(text, { file: 'g.yaml' });
  expect(formatProblems(problems)).toBe('');
  return resolveGraph(specs, { kinds, values: [db], ...options });
}

function fieldsOf(text: string, options: Partial<ResolveOptions> = {}): unknown {
  const { nodes, problems } = resolve(text, options);
  expect(formatProblems(problems)).toBe('');
  return nodes[0]?.fields;
}

function problemsOf(text: string, options: Partial<ResolveOptions> = {}): string {
  return formatProblems(resolve(text, options).problems);
}

describe('resolveGraph() with values', () => {
  test('fills templates from the data of a stored value, named or by id #8', () => {
    const fields = fieldsOf(`
kind: any
url: 'postgres://{{ .DB.user }}:{{ .PASSWORD }}@db:{{ .PORT }}/{{ .ITEM }}'
whole: '{{ .DB }}'
key: '{{ .DB.tls-key }}'
env:
  DB: { name: db }
  PASSWORD: { id: ${uuid(1)}, data: '{{ .password }}' }
  PORT: { name: db, data: '{{.port}}' }
  ITEM: { name: db, data: '{{ .deep.list.1 }}-{{ .deep.list.0 }}' }
`);

    expect(fields).toEqual({ url: 'postgres://app:hunter-two@db:5432/b-a', whole: db.data, key: 'K' });
  });

  test('takes all of a value for a bare dot, a mapping of templates too #8', () => {
    const fields = fieldsOf(`
kind: any
all: '{{ .ALL }}'
some: '{{ .SOME }}'
env: { ALL: { name: db, data: '{{ . }}' }, SOME: { name: db, data: { login: ['{{ .user }}', '{{ .password }}'], n: 1 } } }
`);

    expect(fields).toEqual({ all: db.data, some: { login: ['app', 'hunter-two'], n: 1 } });
  });

  test('reports a missing value by name as what the node waits for, and resolves the others #9', () => {
    const { nodes, problems } = resolve(`
- { kind: any, name: a, x: '{{ .DB }}', env: { DB: { name: dbb } } }
- { kind: any, name: b, x: 1 }
`);

    expect(formatProblems(problems)).toContain(
      '2:48: error: Cannot load node "a": value "dbb" not found, did you mean "db"?',
    );
    expect(problems).toMatchObject([{ id: nodes[0]?.spec.id, waitsFor: { values: ['dbb'] } }]);
    expect(nodes.map(({ fields }) => fields)).toEqual([undefined, { x: 1 }]);
  });

  test('a missing key is an error with its path, and no fault that waiting ends #8', () => {
    const { problems } = resolve('kind: any\nx: "{{ .P }}"\nenv: { P: { name: db, data: "{{ .passwrod }}" } }');

    expect(formatProblems(problems)).toMatch(
      /g\.yaml:3:\d+: error: .*value "db" has no "passwrod", did you mean "password"\?/,
    );
    expect(problems[0]?.waitsFor).toBe(undefined);
  });

  test('finds values of its own namespace alone, an id of another one not either', () => {
    const other = { ...db, namespace: 'other', id: uuid(2), name: 'theirs' };

    expect(problemsOf('kind: any\nenv: { A: { name: theirs } }', { values: [other] })).toContain(
      'value "theirs" not found',
    );
    expect(problemsOf(`kind: any\nenv: { A: { id: ${uuid(2)} } }`, { values: [other] })).toContain('not found');
    expect(problemsOf('kind: any\nenv: { A: { name: theirs } }\nnamespace: other', { values: [other] })).toBe('');
  });

  test('an entry without id and name reads the environment, never a stored value #10', () => {
    const text = 'kind: any\nx: "{{ .A }}"\nenv: { A: { data: "{{ .port }}" } }';

    expect(fieldsOf(text, { environment: { port: '8000' } })).toEqual({ x: '8000' });
    expect(problemsOf(text)).toContain('the environment has no "port"');
    expect(problemsOf(text.replace('.port', '.'))).toContain('is the whole environment');
  });

  test('of a list the last entry whose value exists counts, and none is an error #12', () => {
    const text = (list: string): string => `kind: any\nx: "{{ .A }}"\nenv: { A: [${list}] }`;
    const user = '{ name: db, data: "{{ .user }}" }';
    const fixed = '{ data: fallback }';
    const variable = '{ data: "{{ .VAR }}" }';

    expect(fieldsOf(text(`${fixed}, ${user}, { name: none }`))).toEqual({ x: 'app' });
    expect(fieldsOf(text(`${user}, ${fixed}, ${variable}`))).toEqual({ x: 'fallback' });
    expect(fieldsOf(text(`${user}, ${fixed}, ${variable}`), { environment: { VAR: 'v' } })).toEqual({ x: 'v' });
    const { problems } = resolve(text('{ name: one }, { name: two }'));
    expect(formatProblems(problems)).toContain('none of the values of env entry "A" exists: "one", "two"');
    expect(problems[0]?.waitsFor).toEqual({ values: ['one', 'two'] });
  });

  test('a value that exists and lacks the key fails the list, an empty list is refused #12', () => {
    const missing = 'kind: any\nenv: { A: [{ data: x }, { name: db, data: "{{ .nothing }}" }] }';

    expect(problemsOf(missing)).toContain('value "db" has no "nothing"');
    const { problems } = parseSpecs('kind: any\nenv: { A: [] }');
    expect(formatProblems(problems)).toContain('env.A is a list, wanted a mapping such as { data: "{{ .PORT }}" }');
  });

  test('keeps a null of a value null', () => {
    const values = [{ ...db, data: { nothing: null } }];

    expect(fieldsOf('kind: any\nx: "{{ .N }}"\nenv: { N: { name: db, data: "{{ .nothing }}" } }', { values })).toEqual({
      x: null,
    });
  });

  test('knows which values a node is bound to, and what of them is secret #67', () => {
    const { nodes } = resolve(`
- { kind: any, name: a, x: '{{ .P }}', env: { P: { name: db, data: '{{ .password }}' } } }
- { kind: any, name: b, env: { U: { data: plain-text } } }
`);

    expect(nodes.map(({ boundValues }) => boundValues)).toEqual([[uuid(1)], []]);
    expect(nodes[0]?.secrets?.redact('app hunter-two 5432')).toBe('app [redacted] 5432');
    expect(nodes[1]?.secrets).toBe(undefined);
  });

  test('writes integers beyond 53 bits as digits within a text, those in lists and mappings too', () => {
    const values = [{ ...db, data: { n: 12345678901234567890n, of: [{ big: 2n ** 70n }] } }];

    expect(fieldsOf(`{ kind: any, x: 'n = {{ .N.n }} {{ .N }}', env: { N: { name: db } } }`, { values })).toEqual({
      x: 'n = 12345678901234567890 {"n":12345678901234567890,"of":[{"big":1180591620717411303424}]}',
    });
  });

  test('whatever a kind throws is a problem of its node, without secrets, and the others are looked up', () => {
    const thrower = (part: Partial<KindInfo>): KindInfo => ({ kind: 'thrower', ...part });
    const boom = (fields: unknown): never => {
      throw new Error(`boom ${(fields as { x: string }).x}`);
    };
    const text = `
- { kind: thrower, name: bad, x: '{{ .P }}', env: { P: { name: db, data: '{{ .password }}' } } }
- { kind: block, name: holder, specs: [{ kind: thrower, name: inner, x: '{{ .P }}' }], inbounds: { in: { name: inner, port: in } }, env: { P: { name: db, data: '{{ .password }}' } } }
- { kind: any, name: good, x: 1 }
`;
    for (const part of [
      { inputs: boom },
      { outputs: boom },
      { portType: (_: string, __: string, fields: unknown) => boom(fields) },
    ]) {
      const all = new Map([any, thrower(part), blockKind].map((kind) => [kind.kind, kind]));

      // What a block passes on is compared with what it was.
      const before = resolve(text, { kinds: all }).nodes;
      const { nodes, problems } = resolve(text, { kinds: all, previous: before });

      expect(formatProblems(problems)).toContain('boom [redacted]');
      expect(formatProblems(problems)).not.toContain('hunter-two');
      expect(nodes.at(-1)?.fields).toEqual({ x: 1 });
    }
  });

  test('a value that cannot be written as text is a problem of the one node that does so', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const values = [{ ...db, data: cycle }];
    const { nodes, problems } = resolve(
      `[{ kind: any, name: bad, x: 'a {{ .V }}', env: { V: { name: db } } }, { kind: any, name: good, x: 1 }]`,
      { values },
    );

    expect(problems).toMatchObject([{ node: 'default.bad' }]);
    expect(nodes[1]?.fields).toEqual({ x: 1 });
  });

  test('takes secrets out of what a schema says, and never changes the spec', () => {
    const shouting: KindInfo = {
      kind: 'shouting',
      spec: z.object({ x: z.string().refine((x) => x.length < 3, { error: ({ input }) => `bad ${String(input)}` }) }),
    };
    const text = 'kind: shouting\nx: "{{ .P }}"\nenv: { P: { name: db, data: "{{ .password }}" } }';
    const { nodes, problems } = resolve(text, { kinds: new Map([['shouting', shouting]]) });

    expect(formatProblems(problems)).toContain('field "x": bad [redacted]');
    expect(nodes[0]?.spec.x).toBe('{{ .P }}');
  });
});

describe('resolveGraph() with an earlier graph', () => {
  const text = `
- { kind: any, name: a, x: '{{ .P }}', ports: { out: [{ name: b, port: in }] }, env: { P: { name: db, data: '{{ .password }}' } } }
- { kind: any, name: b, x: '{{ .E }}', env: { E: { data: '{{ .VAR }}' } } }
- { kind: any, name: c, x: 1 }
`;
  const environment = { VAR: 'v' };
  const changed = (now: string, options: Partial<ResolveOptions>): boolean[] => {
    const before = resolve(text, { environment });
    const after = resolve(now, { environment, previous: before.nodes, ...options });
    return after.nodes.map(({ resolution }, index) => resolution !== before.nodes[index]?.resolution);
  };

  test('keeps the resolution of each node that nothing changed for #68', () => {
    expect(changed(text, {})).toEqual([false, false, false]);
    expect(changed(text.replace('x: 1', 'x: 2'), {})).toEqual([false, false, true]);
    expect(changed(text.replace('name: b, port', 'name: c, port'), {})).toEqual([false, false, false]);
    expect(changed(text, { values: [structuredClone(db)] })).toEqual([false, false, false]);
  });

  test('looks again at exactly the nodes that are bound to a value that changed #67', () => {
    expect(changed(text, { values: [{ ...db, data: { password: 'other' } }] })).toEqual([true, false, false]);
    expect(changed(text, { environment: { VAR: 'w' } })).toEqual([false, true, false]);
    expect(changed(text, { environment: { VAR: 'v', MORE: 'x' } })).toEqual([false, false, false]);
  });

  test('looks again at a node that was refused', () => {
    const before = resolve(text, { environment, values: [] });
    const { nodes, problems } = resolve(text, { environment, previous: before.nodes });

    expect(formatProblems(before.problems)).toContain('value "db" not found');
    expect(formatProblems(problems)).toBe('');
    expect(nodes[0]?.fields).toEqual({ x: 'hunter-two' });
  });
});

describe('resolveGraph() coerces what was filled in', () => {
  const coerced = (fields: string, environment: Record<string, string>): unknown => {
    const env = Object.fromEntries(Object.keys(environment).map((key) => [key, { data: `{{ .${key} }}` }]));
    const stored = {
      PORT: { name: 'db', data: '{{ .port }}' },
      DB: { name: 'db', data: { port: '{{ .port }}', name: '{{ .user }}' } },
    };
    return fieldsOf(`kind: typed\n${fields}\nenv: ${JSON.stringify({ ...env, ...stored })}`, { environment });
  };

  test('to numbers, booleans, durations, bytes and big integers, where the schema wants them #11', () => {
    expect(coerced("port: '{{ .A }}'", { A: '8000' })).toEqual({ port: 8000 });
    expect(coerced("on: '{{ .A }}'", { A: 'true' })).toEqual({ on: true });
    expect(coerced("on: '{{ .A }}'", { A: 'False' })).toEqual({ on: false });
    expect(coerced("waitMs: '{{ .A }}'", { A: '1h' })).toEqual({ waitMs: 3_600_000 });
    expect(coerced("bytes: '{{ .A }}'", { A: 'aGk=' })).toEqual({ bytes: new Uint8Array([104, 105]) });
    expect(coerced("big: '{{ .A }}'", { A: '9007199254740993' })).toEqual({ big: 9007199254740993n });
  });

  test('to text, which "8000" stays and 5432 becomes in a text field #11', () => {
    expect(coerced("text: '{{ .A }}'", { A: '8000' })).toEqual({ text: '8000' });
    expect(coerced("text: '{{ .PORT }}'", {})).toEqual({ text: '5432' });
    expect(coerced("text: '{{ .A }}'", { A: '0x1f' })).toEqual({ text: '0x1f' });
  });

  test('within lists, unions and mappings that came from a value whole #11', () => {
    expect(coerced("list: [{ port: '{{ .A }}' }, { port: 2 }]", { A: '1' })).toEqual({
      list: [{ port: 1 }, { port: 2 }],
    });
    expect(coerced("either: { n: '{{ .A }}' }", { A: '1' })).toEqual({ either: { n: 1 } });
    expect(coerced("either: ['{{ .A }}']", { A: 'true' })).toEqual({ either: [true] });
    expect(coerced("db: '{{ .DB }}'", {})).toEqual({ db: { port: 5432, name: 'app' } });
  });

  test('several fields, each in its own way #11', () => {
    expect(
      coerced("port: '{{ .A }}'\ntext: '{{ .A }}'\nbytes: '{{ .A }}'\non: '{{ .B }}'", { A: '8000', B: 'true' }),
    ).toEqual({
      port: 8000,
      text: '8000',
      bytes: Uint8Array.from(Buffer.from('8000', 'base64')),
      on: true,
    });
  });

  test.each([
    ['a number', 'port', 'many', 'field "port": invalid input: expected number'],
    ['a whole number', 'port', '1.5', 'field "port"'],
    ['a hexadecimal number', 'port', '0x10', 'field "port"'],
    ['a boolean', 'on', 'yes', 'field "on"'],
    ['bytes', 'bytes', 'not base64!', 'field "bytes"'],
  ])('refuses text that does not fit %s #11', (_, field, text, message) => {
    const spec = `kind: typed\n${field}: "{{ .A }}"\nenv: { A: { data: "{{ .A }}" } }`;

    expect(problemsOf(spec, { environment: { A: text } })).toContain(message);
  });

  test('leaves text alone that had no template', () => {
    expect(problemsOf('kind: typed\nport: "8000"\ntext: "{{ .A }}"\nenv: { A: { data: a } }')).toContain(
      'field "port"',
    );
  });
});

describe('fillTemplates()', () => {
  const steps = fc.array(fc.stringMatching(/^[a-zA-Z_][\w-]{0,5}$/), { minLength: 1, maxLength: 4 });
  const inert = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('{{'));

  test('gives back any value without templates, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('{{') && !/"(?:__proto__|constructor|prototype)":/.test(text));

        expect(
          fillTemplates(
            value,
            [],
            () => expect.unreachable(),
            () => expect.unreachable(),
          ),
        ).toEqual({ value, filled: [] });
      }),
    );
  });

  test('asks for every template once, by its steps, and puts the answer in its place', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(inert, steps)), inert, fc.stringMatching(/^ {0,2}$/), (parts, rest, gap) => {
        fc.pre(!parts.some(([text]) => text.endsWith('{')));
        const text = parts.map(([before, path]) => `${before}{{${gap}.${path.join('.')}${gap}}}`).join('') + rest;
        const asked: (readonly string[])[] = [];
        const resolve = (path: readonly string[]): string => {
          asked.push(path);
          return `<${path.length}>`;
        };

        const { value } = fillTemplates([text], [], resolve, () => expect.unreachable());

        expect(asked).toEqual(parts.map(([, path]) => path));
        expect(value).toEqual([parts.map(([before, path]) => `${before}<${path.length}>`).join('') + rest]);
      }),
    );
  });

  test('never throws over a text, and reports what it does not understand', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('{{', '}}', '.', 'a', ' ', '{', '}', '"', 'if')).map((all) => all.join('')),
        (text) => {
          const reports: string[] = [];
          const { value } = fillTemplates(
            text,
            [],
            () => 'x',
            (reason) => reports.push(reason),
          );

          expect(typeof value).toBe('string');
          if (reports.length === 0)
            expect(
              fillTemplates(
                value,
                [],
                () => 'x',
                () => {},
              ).filled,
            ).toEqual([]);
        },
      ),
    );
  });
});
