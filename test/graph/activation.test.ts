import { Code, createServer, silentLogger } from 'flowrpc';
import { checkGraph, createGraph, GraphError, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { health } from 'flowrpc/services';
import { expect, onTestFinished, test } from 'vitest';
import { greeter } from '../nodes/greeter.ts';
import { mapping, runGraph, to } from './run-graph.ts';

const echo = mapping('echo', (payload) => payload);
const closed: string[] = [];
const closing = defineKind({
  kind: 'closing',
  setup: (_fields, { node }) => ({ ...oneToOne((payload) => payload), close: () => void closed.push(node.name!) }),
});
const broken = defineKind({
  kind: 'broken',
  setup() {
    throw new Error('no database');
  },
});

test('createGraph() refuses a graph with any problem, and reports all of them', async () => {
  const { specs, problems } = readSpecs([
    { kind: 'ecko', name: 'a' },
    { kind: 'echo', name: 'b', ports: to({ out: 'nobody' }) },
    { kind: 'echo', name: 'c', ports: to({ uot: 'b' }) },
    { kind: 'echo' },
    { name: 'd' },
  ]);

  const error: unknown = await createGraph({ specs, problems, kinds: createKinds(echo), logger: silentLogger }).catch(
    (thrown: unknown) => thrown,
  );

  expect(error).toBeInstanceOf(GraphError);
  const messages = (error as GraphError).problems.map(({ message }) => message);
  expect(messages).toEqual(
    expect.arrayContaining([
      expect.stringContaining('unknown kind "ecko"'),
      expect.stringContaining('"nobody"'),
      expect.stringContaining('no out-port "uot"'),
      expect.stringContaining('missing field "kind"'),
    ]),
  );
  expect((error as GraphError).message).toMatch(/^Cannot run the graph: it has 4 problems\n/);
});

test('createGraph() with a node that fails to set up closes the others and serves nothing', async () => {
  closed.length = 0;
  const server = createServer({ logger: silentLogger });
  const graph = runGraph(
    [
      { kind: 'closing', name: 'a' },
      { kind: 'broken', name: 'b' },
    ],
    [closing, broken],
    { server },
  );

  await expect(graph).rejects.toThrow('Cannot load node "b": no database');
  expect(closed).toEqual(['a']);
  expect([...server.services.keys()]).toEqual([]);
});

test('createGraph() with allowPending runs what can run and explains the rest, through every edge #4', async () => {
  const server = createServer({ logger: silentLogger });
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'fine', ports: to({ out: 'end' }) },
      { kind: 'echo', name: 'end' },
      { kind: 'echo', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'echo', name: 'b', ports: to({ out: 'c' }) },
      { kind: 'unheard-of', name: 'c' },
      { kind: 'broken', name: 'd' },
      { kind: 'echo', name: 'e', ports: to({ error: 'd' }) },
    ],
    [echo, broken],
    { server, allowPending: true },
  );

  expect(graph.nodes.map(({ name, status, reason }) => [name, status, reason])).toEqual([
    ['fine', 'active', undefined],
    ['end', 'active', undefined],
    [
      'a',
      'inactive',
      expect.stringMatching(/^Waits for "b", which is inactive: Waits for "c", .* unknown kind "unheard-of"/),
    ],
    ['b', 'inactive', expect.stringMatching(/^Waits for "c"/)],
    ['c', 'inactive', expect.stringContaining('unknown kind "unheard-of"')],
    ['d', 'inactive', 'Cannot load node "d": no database'],
    ['e', 'inactive', expect.stringMatching(/^Waits for "d"/)],
  ]);
  expect([...server.services.keys()]).toEqual(['default.fine', 'default.end']);
  expect(await graph.call('fine', 1)).toBe(1);
  await expect(graph.call('a', 1)).rejects.toMatchObject({
    code: Code.UNAVAILABLE,
    statusMessage: expect.stringContaining('is inactive: Waits for "b"'),
  });
});

test('graph.call() names what it does not know', async () => {
  const graph = await runGraph([{ kind: 'echo', name: 'greet' }], [echo]);

  await expect(graph.call('gret', 1)).rejects.toThrow(
    'Cannot call node "gret": the graph has no such node, did you mean "greet"?',
  );
  await expect(graph.call('greet', 1, { port: 'out' })).rejects.toThrow(
    'Cannot call node "greet": it has no in-port "out", it has in',
  );
  await expect(graph.call('greet', 1, { timeoutMS: 1 } as object)).rejects.toThrow('did you mean "timeoutMs"?');
  expect(await graph.call('default.greet', 1)).toBe(1);
});

test('a graph serves its nodes with health, and takes them off when it closes', async () => {
  closed.length = 0;
  const server = createServer({ logger: silentLogger });
  const state = health();
  server.add(state);
  const graph = await runGraph(
    [
      { kind: 'closing', name: 'a' },
      { kind: 'closing', name: 'b' },
    ],
    [closing],
    { server },
  );

  expect(state.get('default.a')).toBe('SERVING');

  await graph.close();
  await graph.close();

  expect([...server.services.keys()]).toEqual(['grpc.health.v1.Health']);
  expect(closed).toEqual(['b', 'a']);
  await expect(graph.call('a', 1)).rejects.toMatchObject({ code: Code.UNAVAILABLE });
});

test('a graph waits for what is under way before it closes nodes', async () => {
  closed.length = 0;
  let release!: () => void;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = mapping('slow', async () => {
    await held;
    return [...closed];
  });
  const graph = await runGraph(
    [
      { kind: 'slow', name: 's', ports: to({ out: 'c' }) },
      { kind: 'closing', name: 'c' },
    ],
    [slow, closing],
  );

  const reply = graph.call('s', 1);
  const done = graph.close({ graceMs: 5_000 });
  release();

  expect(await reply).toEqual([]);
  await done;
  expect(closed).toEqual(['c']);
});

test('createGraph() checks typed edges field by field', async () => {
  const { files } = await greeter();
  const types = (request: string, out: string) => ({ types: { in: { request }, out: { request: out } }, files });
  const setup = () => oneToOne((payload) => payload);
  const asks = defineKind({ kind: 'asks', ...types('helloworld.HelloRequest', 'helloworld.HelloRequest'), setup });
  const greets = defineKind({ kind: 'greets', ...types('helloworld.HelloRequest', 'helloworld.HelloReply'), setup });
  const counts = defineKind({ kind: 'counts', ...types('helloworld.CountRequest', 'helloworld.CountReply'), setup });
  const nodes = [
    { kind: 'asks', name: 'a', ports: to({ out: ['g', 'c'] }) },
    { kind: 'greets', name: 'g' },
    { kind: 'counts', name: 'c' },
  ];

  await expect(runGraph(nodes, [asks, greets, counts])).rejects.toThrow(
    /does not fit "c": it sends helloworld.HelloRequest and takes helloworld.CountRequest, field 1 is "string name" in helloworld.HelloRequest and "int32 to"/,
  );
  const { specs } = readSpecs(nodes);
  expect(await checkGraph({ specs, kinds: createKinds(asks, greets, counts) })).toHaveLength(1);
  const graph = await runGraph([{ ...nodes[0]!, ports: to({ out: 'g' }) }, nodes[1]!], [asks, greets, counts]);
  expect(await graph.call('a', { name: 'Ada' })).toEqual({ name: 'Ada', big: 0n, raw: new Uint8Array() });
});

test('createGraph() refuses options that nobody would read', async () => {
  await expect(createGraph({ specs: [], kinbs: new Map() } as never)).rejects.toThrow('did you mean "kinds"?');
});

test('createKinds() refuses a second kind of one name', () => {
  const own = mapping('own', () => null);

  expect(() => createKinds(own, own)).toThrow('Cannot register kind "own": there is one already');
});

test('createKinds() lets an own kind take the place of the built-in one of its name', async () => {
  const own = mapping('if', (payload) => ['own', payload]);
  const graph = await runGraph([{ kind: 'if', name: 'i' }], [own]);

  expect(createKinds(own).get('if')).toBe(own);
  expect(await graph.call('i', 1)).toEqual(['own', 1]);
});

test('defineKind() refuses what could never work', () => {
  expect(() => defineKind({ kind: '1x', setup: () => ({}) })).toThrow(TypeError);
  expect(() => defineKind({ kind: 'x' } as never)).toThrow('setup is missing');
  expect(() => defineKind({ kind: 'x', outputs: ['a b'], setup: () => ({}) })).toThrow('port "a b"');
  expect(() => defineKind({ kind: 'x', output: ['a'], setup: () => ({}) } as never)).toThrow('did you mean "outputs"?');
});

test('nodes get the environment, and a log that names them', async () => {
  const lines: object[] = [];
  const write = (message: string, fields?: object): void => void lines.push({ message, ...fields });
  const look = mapping('look', (_payload, { env, log }) => {
    log.info('looked');
    return env.PORT;
  });
  const graph = await runGraph([{ kind: 'look', name: 'l' }], [look], {
    environment: { PORT: '80' },
    logger: { debug: write, info: write, warn: write, error: write },
  });
  onTestFinished(() => graph.close());

  expect(await graph.call('l', 1)).toBe('80');
  expect(lines).toContainEqual({ message: 'looked', node: 'default.l' });
});
