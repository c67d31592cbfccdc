import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { connect, createServer, inProcess, silentLogger } from 'flowrpc';
import { createGraph, type Graph, type GraphOptions, parseSpecs, readSpecs, type StoredValue } from 'flowrpc/graph';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { reflection, reflectionClient } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';

/** Nodes set up so far, by name, to see which were made anew. */
const made: string[] = [];
const add = defineKind<{ n: unknown }>({
  kind: 'add',
  setup({ n }, { node }) {
    made.push(node.name ?? node.id);
    return oneToOne((payload: string) => {
      if (payload === 'fail') throw new Error(`cannot add ${n}`);
      return `${payload}${n}`;
    });
  },
});

function specsOf(text: string) {
  return parseSpecs(text, { file: 'g.yaml' });
}

async function run(text: string, options: Partial<GraphOptions> = {}): Promise<Graph> {
  made.length = 0;
  const graph = await createGraph({ ...specsOf(text), kinds: createKinds(add), logger: silentLogger, ...options });
  onTestFinished(() => graph.close({ graceMs: 100 }));
  return graph;
}

/** A folder with the greeter's proto and these files, until the test ends. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flowrpc-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await copyFile('test/nodes/greeter.proto', join(folder, 'greeter.proto'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const block = `
- kind: block
  name: b
  specs:
    - { kind: add, n: 1, ports: { out: [{ name: last, port: in }] } }
    - { kind: add, name: last, n: 2 }
  inbounds: { in: { name: $0, port: in } }
  outbounds: { out: { name: last, port: out }, error: { name: $0, port: error } }
`;
const linked = `${block}
  ports: { out: [{ name: after, port: in }], error: [{ name: sorry, port: in }] }
- { kind: add, name: before, n: 0, ports: { out: [{ name: b, port: in }] } }
- { kind: add, name: after, n: 3 }
- { kind: snippet, name: sorry, language: text, code: sorry }
`;

describe('a block that runs', () => {
  test('takes a packet in, and gives the reply of whatever is behind it #13', async () => {
    const graph = await run(linked);

    expect(await graph.call('before', 'x')).toBe('x0123');
    expect(await graph.call('b', 'x')).toBe('x123');
    expect(await graph.call('b', 'fail')).toBe('sorry');
  });

  test('answers with the output of the nodes inside where its out-ports are not linked #13 #23', async () => {
    const graph = await run(block);

    expect(await graph.call('b', 'x')).toBe('x12');
    await expect(graph.call('b', 'fail')).rejects.toThrow('cannot add 1');
  });

  test('is one service, and what is inside is none #13', async () => {
    const server = createServer({ logger: silentLogger }).add(reflection());
    const graph = await run(linked, { server });
    await using channel = connect(inProcess(server));

    const services = await reflectionClient(channel).list();

    expect(services.filter((name) => name.startsWith('default.'))).toEqual([
      'default.after',
      'default.b',
      'default.before',
      'default.sorry',
    ]);
    expect(graph.nodes.map(({ service }) => service).sort()).toEqual([
      'default.after',
      'default.b',
      'default.before',
      'default.sorry',
    ]);
    await expect(graph.call('b/$0', 'x')).rejects.toThrow('the graph has no such node');
    await expect(graph.call('last', 'x')).rejects.toThrow('the graph has no such node');
  });

  test('is typed as the node is that its in-port leads to, for callers and for edges', async () => {
    const server = createServer({ logger: silentLogger }).add(reflection());
    const types = { in: { request: 'helloworld.HelloRequest', response: 'helloworld.HelloRequest' } };
    const typed = {
      kind: 'snippet',
      name: 'inner',
      language: 'javascript',
      module: './echo.mjs',
      proto: './greeter.proto',
      types,
    };
    const specs = [
      { kind: 'block', name: 'b', specs: [typed], inbounds: { in: { name: 'inner', port: 'in' } } },
      { kind: 'add', name: 'before', n: '!', ports: { out: [{ name: 'b', port: 'in' }] } },
    ];
    const baseDir = await folderWith({
      'echo.mjs': 'export default (message) => ({ ...message, name: message.name + "?" })',
    });
    const graph = await createGraph({
      ...readSpecs(specs),
      kinds: createKinds(add),
      logger: silentLogger,
      server,
      baseDir,
    });
    onTestFinished(() => graph.close({ graceMs: 100 }));
    await using channel = connect(inProcess(server));

    const service = await reflectionClient(channel).service('default.b');
    const call = channel.client(service) as unknown as { in(message: object): Promise<unknown> };

    expect(service.methods.in?.request.typeName).toBe('helloworld.HelloRequest');
    expect(await call.in({ name: 'Ada' })).toMatchObject({ name: 'Ada?' });
    await expect(graph.call('before', 'x')).rejects.toThrow('helloworld.HelloRequest');
  });

  test('names the nodes inside in hops and errors by their path #13', async () => {
    const graph = await run(block);
    const hops: string[] = [];

    await graph.call('b', 'x', { onHop: ({ node, port }) => hops.push(`${node}/${port}`) });

    expect(hops).toEqual(['default.b/last/in', 'default.b/$0/in', 'default.b/in']);
  });

  test('runs as a whole or not at all #13', async () => {
    const inactive = async (text: string): Promise<Record<string, string | undefined>> => {
      const graph = await run(text, { allowPending: true });
      const nodes = graph.nodes.filter(({ status }) => status === 'inactive');
      return Object.fromEntries(nodes.map(({ name, reason }) => [name, reason]));
    };

    expect(await inactive(linked)).toEqual({});
    expect(await inactive(linked.replace('kind: add, name: last', 'kind: nope, name: last'))).toMatchObject({
      b: 'Cannot load node "b/last": unknown kind "nope"',
      before: expect.stringContaining('Waits for "b", which is inactive'),
    });
    expect(await inactive(linked.replace('kind: add, name: after', 'kind: nope, name: after'))).toMatchObject({
      b: expect.stringContaining('Waits for "after", which is inactive'),
      before: expect.stringContaining('Waits for "b"'),
    });
    expect(Object.keys(await inactive(linked.replace('kind: add, name: before', 'kind: nope, name: before')))).toEqual([
      'before',
    ]);
  });

  test('may stand in a block, and carry a source #13', async () => {
    const emitted: unknown[] = [];
    const ticking = defineKind({
      kind: 'ticking',
      inputs: [],
      setup: () => ({ start: async ({ emit }) => void emitted.push(await emit('tick')) }),
    });
    await run(
      `
- kind: block
  name: outer
  specs:
    - kind: block
      specs: [{ kind: ticking }]
      outbounds: { out: { name: $0, port: out } }
      ports: { out: [{ name: inner, port: in }] }
    - { kind: add, name: inner, n: 1 }
  outbounds: { out: { name: inner, port: out } }
  ports: { out: [{ name: end, port: in }] }
- { kind: add, name: end, n: 2 }
`,
      { kinds: createKinds(add, ticking) },
    );

    await expect.poll(() => emitted).toEqual(['tick12']);
  });
});

/** Edges among numbered nodes, each to a later one, and which of the nodes stand in a block. */
const grouping = fc.integer({ min: 1, max: 6 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 8 }).map((all) => {
      const forward = all.filter(([from, to]) => from < to).map((edge) => edge.join());
      return [...new Set(forward)].map((edge) => edge.split(',').map(Number) as [number, number]);
    }),
    inside: fc.uniqueArray(fc.nat(size - 1), { minLength: 1 }),
  }),
);

test('a block changes nothing about the replies of a graph, whatever of it stands inside #13', async () => {
  const inOrder = (reply: unknown): unknown =>
    Array.isArray(reply) ? reply.map(inOrder).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : reply;
  await fc.assert(
    fc.asyncProperty(grouping, async ({ size, edges, inside }) => {
      const name = (n: number): string => `n${n}`;
      const targets = (n: number, where: (to: number) => boolean): number[] =>
        edges.filter(([from, to]) => from === n && where(to)).map(([, to]) => to);
      const isInside = (n: number): boolean => inside.includes(n);
      const toNode = (n: number): object => ({ name: name(n), port: 'in' });
      const toAny = (n: number): object => (isInside(n) ? { name: 'block', port: name(n) } : toNode(n));
      const node = (n: number, out: object[]): object => ({ kind: 'add', name: name(n), n, ports: { out } });
      const all = Array.from({ length: size }, (_, n) => n);
      const flat = all.map((n) => node(n, targets(n, () => true).map(toNode)));
      const block = {
        kind: 'block',
        name: 'block',
        specs: inside.map((n) => node(n, targets(n, isInside).map(toNode))),
        inbounds: Object.fromEntries(inside.map((n) => [name(n), toNode(n)])),
        outbounds: Object.fromEntries(inside.map((n) => [`out-${n}`, { name: name(n), port: 'out' }])),
        ports: Object.fromEntries(inside.map((n) => [`out-${n}`, targets(n, (to) => !isInside(to)).map(toNode)])),
      };
      const grouped = [
        block,
        ...all.filter((n) => !isInside(n)).map((n) => node(n, targets(n, () => true).map(toAny))),
      ];
      const options = { kinds: createKinds(add), logger: silentLogger };
      await using one = await createGraph({ ...readSpecs(flat), ...options });
      await using other = await createGraph({ ...readSpecs(grouped), ...options });

      const entry = isInside(0) ? other.call('block', 'x', { port: 'n0' }) : other.call('n0', 'x');

      expect(inOrder(await entry)).toEqual(inOrder(await one.call('n0', 'x')));
    }),
  );
});

const value = (n: string): StoredValue[] => [
  { id: '00000000-0000-7000-8000-000000000001', namespace: 'default', name: 'n', data: { n } },
];
const bound = `
- { kind: add, name: bound, n: '{{ .N }}', env: { N: { name: n, data: '{{ .n }}' } }, ports: { out: [{ name: free, port: in }] } }
- { kind: add, name: free, n: '!' }
- { kind: add, name: up, n: '^', ports: { out: [{ name: bound, port: in }] } }
`;

describe('a graph with stored values', () => {
  test('runs what it can, and the node that waits for a value as soon as it is there #9', async () => {
    const graph = await run(bound, { allowPending: true, values: [] });
    const status = (): string[] => graph.nodes.map(({ name, status }) => `${name} ${status}`);

    expect(status()).toEqual(['bound inactive', 'free active', 'up inactive']);
    expect(graph.nodes.map(({ reason }) => reason)).toEqual([
      'Cannot load node "bound": value "n" not found',
      undefined,
      'Waits for "bound", which is inactive: Cannot load node "bound": value "n" not found',
    ]);
    expect(graph.problems).toMatchObject([{ waitsFor: { values: ['n'] } }]);

    const change = await graph.update({ ...specsOf(bound), values: value('first') });

    expect(change.activated).toEqual(['default.bound', 'default.up']);
    expect(status()).toEqual(['bound active', 'free active', 'up active']);
    expect(await graph.call('up', 'x')).toBe('x^first!');
    expect(made).toEqual(['free', 'bound', 'up']);
  });

  test('makes exactly the nodes anew that are bound to a value that changed #67', async () => {
    const graph = await run(bound, { values: value('first') });

    const change = await graph.update({ ...specsOf(bound), values: value('second') });

    expect(change).toMatchObject({ replaced: ['default.bound'], kept: ['default.free', 'default.up'] });
    expect(await graph.call('up', 'x')).toBe('x^second!');
  });

  test('stops the nodes that are bound to a value that was deleted, and what leads to them #67', async () => {
    const graph = await run(bound, { values: value('first') });

    const change = await graph.update({ ...specsOf(bound), values: [] });

    expect(change).toMatchObject({ deactivated: ['default.bound', 'default.up'], kept: ['default.free'] });
    await expect(graph.call('bound', 'x')).rejects.toThrow('value "n" not found');
  });
});

const chart = (more: string): string => `
- kind: chart
  name: twice
  specs:
    - { kind: add, n: '{{ .FIRST }}', ports: { out: [{ name: $1, port: in }] } }
    - { kind: add, n: '${more}{{ .SECOND }}' }
  inbounds: { in: { name: $0, port: in } }
  outbounds: { out: { name: $1, port: out } }
  env: { FIRST: { data: '{{ .first }}' }, SECOND: { data: '{{ .second }}' } }
- { kind: twice, name: a, first: 1, second: 2, ports: { out: [{ name: plain, port: in }] } }
- { kind: twice, name: b, first: 3, second: 4 }
- { kind: add, name: plain, n: 5 }
`;

describe('a chart that runs', () => {
  test('is a kind, each of whose nodes runs its own copy #14', async () => {
    const graph = await run(chart(''));

    expect(await graph.call('a', 'x')).toBe('x125');
    expect(await graph.call('b', 'x')).toBe('x34');
    expect(graph.nodes.map(({ kind, service }) => `${kind} ${service}`)).toEqual([
      'twice default.a',
      'twice default.b',
      'add default.plain',
    ]);
  });

  test('that changed reloads its nodes, and no others #14', async () => {
    const graph = await run(chart(''));
    made.length = 0;

    const change = await graph.update(specsOf(chart('+')));

    expect(await graph.call('a', 'x')).toBe('x1+25');
    expect(made.sort()).toEqual(['a/$1', 'b/$1']);
    expect(change.kept).toContain('default.plain');
  });

  test('that came later activates the nodes that waited for their kind #14', async () => {
    const whole = specsOf(chart(''));
    const without = whole.specs.filter(({ kind }) => kind !== 'chart');
    const graph = await createGraph({
      specs: without,
      kinds: createKinds(add),
      logger: silentLogger,
      allowPending: true,
    });
    onTestFinished(() => graph.close({ graceMs: 100 }));

    expect(graph.nodes.map(({ status }) => status)).toEqual(['inactive', 'inactive', 'active']);
    await graph.update(whole);

    expect(await graph.call('b', 'x')).toBe('x34');
  });
});
