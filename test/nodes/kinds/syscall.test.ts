import * as fc from 'fast-check';
import { Code, type StatusError } from 'flowrpc';
import { createKinds, type NodeContext } from 'flowrpc/nodes';
import { memoryStore } from 'flowrpc/stores';
import { describe, expect, test } from 'vitest';
import { mergePatch } from '../../../src/nodes/syscall/merge-patch.ts';
import { runGraph } from '../../graph/run-graph.ts';
import { controlled, value as encoded } from '../../runtime/control-harness.ts';
import { poll, type Running, runRuntime } from '../../runtime/run-runtime.ts';
import { place, placements } from '../../suites/placements.ts';

const revisionKey = 'flowrpc.v1/revision';
const originKey = 'flowrpc.v1/applied-by';

const failureOf = (promise: Promise<unknown>): Promise<StatusError> =>
  promise.then(
    (value) => Promise.reject(new Error(`it gave ${JSON.stringify(value)}`)),
    (error: StatusError) => error,
  );

/** A runtime with a node for each opcode, named after it: `specs.create` is `specs_create`. */
async function withCalls(opcodes: readonly string[], fields: object = {}, options = {}): Promise<Running> {
  const running = await runRuntime(undefined, options);
  for (const opcode of opcodes)
    await running.specs.put({ kind: 'syscall', name: opcode.replace('.', '_'), opcode, ...fields });
  await running.runtime.load();
  await running.runtime.watch();
  return running;
}

type Listed = { id: string; name?: string; annotations: Record<string, string> }[];

describe('syscall', () => {
  test('#104 specs.create makes a node that runs, specs.update patches it, specs.delete takes it away', async () => {
    const { runtime } = await withCalls(['specs.create', 'specs.read', 'specs.update', 'specs.delete']);

    await runtime.call('specs_create', {
      kind: 'snippet',
      name: 'hi',
      language: 'text',
      code: 'hello',
      annotations: { note: 'x', more: 'y' },
    });
    await expect.poll(() => runtime.call('hi', null).catch(String), poll).toBe('hello');
    const updated = await runtime.call('specs_update', { name: 'hi', code: 'goodbye', annotations: { note: null } });
    await expect.poll(() => runtime.call('hi', null), poll).toBe('goodbye');
    const deleted = (await runtime.call('specs_delete', { name: 'hi' })) as Listed;
    await expect.poll(() => runtime.call('hi', null).catch(String), poll).toContain('no such node');

    expect(updated).toMatchObject({ kind: 'snippet', name: 'hi', code: 'goodbye', namespace: 'default' });
    expect(updated).toHaveProperty('annotations.more', 'y');
    expect(updated).not.toHaveProperty('annotations.note');
    expect(deleted.map(({ name }) => name)).toEqual(['hi']);
    expect(await runtime.call('specs_read', { name: 'hi' })).toEqual([]);
    expect((await failureOf(runtime.call('specs_update', { name: 'hi' }))).code).toBe(Code.NOT_FOUND);
  });

  test('a list is done one after the other, and gives a list', async () => {
    const { runtime } = await withCalls(['charts.create', 'charts.read', 'nodes.read']);
    const charts = ['one', 'two'].map((name) => ({ name, specs: [] }));

    const created = (await runtime.call('charts_create', charts)) as Listed;

    expect(created.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(((await runtime.call('charts_read', null)) as Listed).map(({ name }) => name)).toEqual(['one', 'two']);
    expect((await runtime.call('nodes_read', [{ name: 'one' }, { kind: 'syscall' }])) as Listed).toHaveLength(4);
    expect((await failureOf(runtime.call('charts_create', { kind: 'if', name: 'x' }))).code).toBe(
      Code.INVALID_ARGUMENT,
    );
  });

  test('values are given without their data unless the operator says reveal', async () => {
    const opcodes = ['values.create', 'values.read', 'values.update'];
    const { runtime, values } = await withCalls(opcodes);
    const open = await withCalls(['secrets.read'], { reveal: true }, { values });

    const created = await runtime.call('values_create', { name: 'db', data: { user: 'app', password: 'sesame' } });
    const updated = await runtime.call('values_update', { name: 'db', data: { user: 'root' } });

    for (const shown of [created, updated, ((await runtime.call('values_read', null)) as Listed)[0]]) {
      expect(shown).toMatchObject({ name: 'db' });
      expect(shown).not.toHaveProperty('data');
    }
    expect(await open.runtime.call('secrets_read', { name: 'db' })).toMatchObject([
      { data: { user: 'root', password: 'sesame' } },
    ]);
  });

  test('#72 read takes a condition, which sees no more than is shown', async () => {
    const { runtime } = await withCalls(['values.create', 'values.read']);
    const rank = (n: number): object => ({ name: `v${n}`, data: n, rank: n, ...(n === 3 && { extra: true }) });
    await runtime.call('values_create', [1, 2, 3, 4].map(rank));
    const names = async (where: string): Promise<unknown[]> =>
      ((await runtime.call('values_read', { where })) as Listed).map(({ name }) => name);

    expect(await names('self.rank == 2')).toEqual(['v2']);
    expect(await names('self.rank != 2')).toEqual(['v1', 'v3', 'v4']);
    expect(await names('self.rank > 2 && self.rank < 4 || self.rank <= 1')).toEqual(['v1', 'v3']);
    expect(await names('has(self.extra)')).toEqual(['v3']);
    expect(await names('self.data > 0')).toEqual([]);
    expect((await failureOf(names('self.rank >'))).code).toBe(Code.INVALID_ARGUMENT);
  });

  test('a document that was read is changed only if nobody changed it since', async () => {
    const { runtime } = await withCalls(['values.create', 'values.read', 'values.update']);
    await runtime.call('values_create', { name: 'count', data: 1 });
    const [read] = (await runtime.call('values_read', { name: 'count' })) as Listed;

    expect(Number(read!.annotations[revisionKey])).toBeGreaterThan(0);
    await runtime.call('values_update', { ...read, data: 2 });
    const late = await failureOf(runtime.call('values_update', { ...read, data: 3 }));
    await runtime.call('values_update', { name: 'count', data: 4 });

    expect(late.code).toBe(Code.ABORTED);
  });

  test('patches without a revision all arrive, however many come together', async () => {
    const { runtime, values } = await withCalls(['values.create', 'values.update']);
    await runtime.call('values_create', { name: 'many', data: {} });
    const numbers = Array.from({ length: 60 }, (_, n) => n);

    await Promise.all(numbers.map((n) => runtime.call('values_update', { name: 'many', data: { [`k${n}`]: n } })));

    const { items } = await values.list({ name: 'many' });
    expect(items[0]!.document.data).toEqual(Object.fromEntries(numbers.map((n) => [`k${n}`, n])));
  });

  test('create refuses what is there, delete what names nothing, and all of them what is no document', async () => {
    const { runtime } = await withCalls([
      'values.create',
      'values.delete',
      'values.update',
      'values.read',
      'specs.create',
    ]);
    const codeOf = async (node: string, payload: unknown): Promise<number> =>
      (await failureOf(runtime.call(node, payload))).code;
    const { id } = (await runtime.call('values_create', { name: 'a', data: 1 })) as { id: string };

    expect(await codeOf('values_create', { name: 'a', data: 2 })).toBe(Code.ALREADY_EXISTS);
    expect(await codeOf('values_create', { id, data: 2 })).toBe(Code.ALREADY_EXISTS);
    for (const payload of [null, {}, [], [{}], { namespace: 'default' }, 'a', { labels: {} }])
      if (!(Array.isArray(payload) && payload.length === 0))
        expect(await codeOf('values_delete', payload)).toBe(Code.INVALID_ARGUMENT);
    for (const labels of [null, 'x', [], { a: 1 }])
      expect(await codeOf('values_read', { labels })).toBe(Code.INVALID_ARGUMENT);
    expect(await codeOf('values_update', { name: 'a', annotations: 'x' })).toBe(Code.INVALID_ARGUMENT);
    expect(await codeOf('values_update', { data: 2 })).toBe(Code.INVALID_ARGUMENT);
    expect(await codeOf('values_create', 'text')).toBe(Code.INVALID_ARGUMENT);
    expect(await codeOf('values_create', { name: 'b' })).toBe(Code.INVALID_ARGUMENT);
    expect(await codeOf('values_read', { nmae: 'a' })).toBe(Code.INVALID_ARGUMENT);
    expect(await codeOf('specs_create', { name: 'no-kind' })).toBe(Code.INVALID_ARGUMENT);
    expect(await runtime.call('values_read', null)).toHaveLength(1);
  });

  test('what it writes reaches nothing outside of the graph, whatever the payload says of who wrote it', async () => {
    const { runtime, specs } = await withCalls(['specs.create', 'specs.update']);
    const far = { kind: 'rpc', target: 'dns:///127.0.0.1:1', service: 'a.B', method: 'C' };
    await specs.put({ name: 'own', kind: 'snippet', language: 'text', code: 'x' });

    await runtime.call('specs_create', { ...far, name: 'made', annotations: { [originKey]: 'operator' } });
    await runtime.call('specs_create', { kind: 'snippet', language: 'javascript', module: './x.js', name: 'file' });
    await runtime.call('specs_create', { kind: 'sql', driver: 'sqlite', source: './x.db', name: 'db' });
    await runtime.call('specs_create', {
      kind: 'sql',
      driver: 'postgres',
      source: 'postgres://u:p@127.0.0.1:5/x',
      name: 'pg',
    });
    await runtime.call('specs_create', { kind: 'syscall', opcode: 'values.read', reveal: true, name: 'reveal' });
    await runtime.call('specs_create', { kind: 'syscall', opcode: 'specs.create', trusted: true, name: 'more' });
    await runtime.call('specs_update', { ...far, name: 'own', language: null, code: null });
    await runtime.call('specs_update', { name: 'made', annotations: { [originKey]: null } });

    const status = (name: string): string => {
      const node = runtime.nodes.find((each) => each.name === name);
      return `${node?.status}: ${node?.reason ?? node?.refused}`;
    };
    for (const name of ['made', 'file', 'db', 'pg', 'reveal', 'more'])
      await expect.poll(() => status(name), poll).toMatch(/^inactive: .*(a node has written|not on the list)/s);
    await expect.poll(() => status('own'), poll).toContain('a node has written');
    const { items } = await specs.list({ name: 'made' });
    expect(items[0]!.document.annotations).toEqual({ [originKey]: 'workflow' });
  });

  test("what it writes is made of no values of the operator's, which it could tell to anybody", async () => {
    const { runtime, specs, values } = await withCalls(['specs.create', 'specs.update', 'values.create']);
    await values.put({ name: 'db', data: { password: 'sesame' } });
    const env = (name: string) => ({ DB: { name, data: '{{ . }}' } });
    const told = { kind: 'snippet', language: 'json', code: '"{{ .DB.password }}"' };
    await specs.put({ kind: 'snippet', name: 'own', language: 'text', code: 'x', env: env('db') });
    await expect.poll(() => runtime.call('own', null).catch(String), poll).toBe('x');

    await runtime.call('values_create', { name: 'mine', data: { password: 'open' } });
    await runtime.call('specs_create', { ...told, name: 'thief', env: env('db') });
    await runtime.call('specs_create', { ...told, name: 'honest', env: env('mine') });
    await runtime.call('specs_update', { ...told, name: 'own' });

    const status = (name: string): string => {
      const node = runtime.nodes.find((each) => each.name === name);
      return `${node?.status}: ${node?.reason ?? node?.refused}`;
    };
    for (const name of ['thief', 'own'])
      await expect.poll(() => status(name), poll).toContain('value "db" is not for what a node has written');
    await expect.poll(() => runtime.call('honest', null).catch(String), poll).toBe('open');
  });

  test("trusted: what it writes is the operator's own, but what came in by Control stays that", async () => {
    const { runtime, specs } = await withCalls(['specs.create', 'specs.update'], { trusted: true });
    await specs.put({
      kind: 'snippet',
      name: 'pushed',
      language: 'text',
      code: 'x',
      annotations: { [originKey]: 'control' },
    });

    await runtime.call('specs_create', {
      kind: 'snippet',
      name: 'mine',
      language: 'text',
      code: 'x',
      namespace: 'other',
    });
    await runtime.call('specs_update', { name: 'pushed', code: 'y', annotations: { [originKey]: null, note: 'n' } });

    const { items } = await specs.list();
    const annotations = Object.fromEntries(items.map(({ document }) => [document.name, document.annotations]));
    expect(annotations.mine).toBeUndefined();
    expect(annotations.pushed).toEqual({ [originKey]: 'control', note: 'n' });
  });

  test('a spec that came in by Control cannot be trusted, nor reveal values', async () => {
    const { client, runtime } = await controlled();

    for (const [name, flag] of [
      ['a', 'trusted'],
      ['b', 'reveal'],
    ] as const)
      await client.applySpec({ document: encoded({ kind: 'syscall', name, opcode: 'values.read', [flag]: true }) });

    for (const name of ['a', 'b'])
      await expect
        .poll(() => runtime.nodes.find((node) => node.name === name)?.reason, poll)
        .toContain("the operator's to say");
  });

  test('documents of other namespaces are not reached', async () => {
    const { runtime, values } = await withCalls(['values.read', 'values.update', 'values.delete', 'values.create']);
    const { document } = await values.put({ namespace: 'other', name: 'a', data: 1 });

    for (const node of ['values_read', 'values_update', 'values_delete', 'values_create'])
      expect((await failureOf(runtime.call(node, { namespace: 'other', name: 'a', data: 2 }))).code).toBe(
        node === 'values_read' || node === 'values_delete' ? Code.INVALID_ARGUMENT : Code.PERMISSION_DENIED,
      );
    expect((await failureOf(runtime.call('values_read', { namespace: 'other' }))).code).toBe(Code.PERMISSION_DENIED);
    expect(await runtime.call('values_read', { id: document.id })).toEqual([]);
    expect(await runtime.call('values_delete', { id: document.id })).toEqual([]);
    expect((await failureOf(runtime.call('values_update', { id: document.id, data: 2 }))).code).toBe(Code.NOT_FOUND);
  });

  test('native calls a function that the program registered, with the items of a list', async () => {
    const calls: unknown[] = [];
    const functions = {
      'math.add': (_context: NodeContext, a: number, b: number) => a + b,
      note: ({ node }: NodeContext, ...args: readonly never[]) => void calls.push([node.name, args]),
      broken: () => Promise.reject(new Error('no luck')),
    };
    const graph = await runGraph(
      ['math.add', 'note', 'broken'].map((opcode) => ({ kind: 'native', name: opcode.replace('.', '_'), opcode })),
      [],
      { functions },
    );

    expect(await graph.call('math_add', [1, 2])).toBe(3);
    expect(await graph.call('note', { a: 1 })).toBe(null);
    expect(calls).toEqual([['note', [{ a: 1 }]]]);
    expect((await failureOf(graph.call('broken', null))).message).toContain('no luck');
  });

  test('an unknown opcode, and a graph without stores, are reasons at load', async () => {
    const load = (opcode: string): Promise<unknown> => runGraph([{ kind: 'syscall', name: 'call', opcode }]);

    expect((await failureOf(load('specs.craete'))).message).toContain('did you mean "specs.create"?');
    expect((await failureOf(load('constructor'))).message).toContain('unknown opcode "constructor"');
    expect((await failureOf(load('specs.read'))).message).toContain('kind "syscall" needs the stores of a runtime');
  });

  describe.each(placements)('%s edges', (placement) => {
    test('its error goes to "error", its output to "out"', async () => {
      const stores = { specs: memoryStore(), values: memoryStore() };
      const { call } = await place(
        placement,
        `
- { kind: if, name: first, when: 'true', ports: { 'out[0]': [{ name: make, port: in }] } }
- { kind: syscall, name: make, opcode: values.create, ports: { out: [{ name: done, port: in }], error: [{ name: failed, port: in }] } }
- { kind: snippet, name: done, language: text, code: made }
- { kind: snippet, name: failed, language: text, code: refused }
`,
        { far: ['make'], stores },
      );

      expect(await call('first', { name: 'a', data: 1 })).toBe('made');
      expect(await call('first', { name: 'a', data: 2 })).toBe('refused');
      expect((await stores.values.list()).items).toHaveLength(1);
    });
  });

  test('mergePatch() does what the examples of RFC 7396 say', () => {
    const cases: [unknown, unknown, unknown][] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b' }, { a: null }, {}],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [
        ['a', 'b'],
        ['c', 'd'],
        ['c', 'd'],
      ],
      [{ a: 'b' }, ['c'], ['c']],
      [{ a: 'foo' }, null, null],
      [{ a: 'foo' }, 'bar', 'bar'],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [[1, 2], { a: 'b', c: null }, { a: 'b' }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ];

    for (const [target, patch, result] of cases) expect(mergePatch(target, patch)).toEqual(result);
  });

  test('mergePatch() twice is mergePatch() once, and changes nothing of what it got', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const before = JSON.stringify([target, patch]);
        const once = mergePatch(target, patch);

        expect(mergePatch(once, patch)).toEqual(once);
        expect(JSON.stringify([target, patch])).toBe(before);
        expect(Object.prototype).not.toHaveProperty('polluted');
      }),
    );
  });

  test('the built-in kinds have it by both names', () => {
    expect([...createKinds().keys()]).toEqual(
      expect.arrayContaining(['syscall', 'native', 'signal', 'trigger', 'sql']),
    );
  });
});
