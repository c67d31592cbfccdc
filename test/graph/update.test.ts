import { Code, createServer, type Logger, silentLogger } from 'flowrpc';
import { createGraph, type GraphChange } from 'flowrpc/graph';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { health } from 'flowrpc/services';
import { describe, expect, test } from 'vitest';
import { idOf, Lives, liveGraph, specsOf } from './lives.ts';
import { to } from './run-graph.ts';

const node = (name: string, out?: string | string[], fields: object = {}) => ({
  kind: 'node',
  name,
  ...(out !== undefined && { ports: to({ out }) }),
  ...fields,
});
const names = ({ problems: _, ...change }: GraphChange) => change;
const none = { added: [], replaced: [], removed: [], kept: [], activated: [], deactivated: [] };

describe('graph.update()', () => {
  test('with the same specs changes nothing: instances and their state are kept #68', async () => {
    const lives = new Lives();
    const nodes = [{ kind: 'counter', name: 'c' }, node('a', 'c')];
    const graph = await liveGraph(nodes, lives);
    await graph.call('a', 1);

    const change = await graph.update({ specs: specsOf(nodes) });

    expect(names(change)).toEqual({ ...none, kept: ['default.c', 'default.a'] });
    expect(await graph.call('c', 1)).toBe(2);
    expect(lives.take()).toEqual(['+c1', '+a']);
  });

  test('makes anew what changed and nothing else, the nodes before it included #68', async () => {
    const lives = new Lives();
    const graph = await liveGraph([node('a', 'b'), node('b', 'c'), node('c'), { kind: 'counter', name: 'n' }], lives);
    await graph.call('n', 0);
    lives.take();

    const change = await graph.update({
      specs: specsOf([
        node('a', 'b'),
        node('b', 'c'),
        node('c', undefined, { text: '2' }),
        { kind: 'counter', name: 'n' },
      ]),
    });

    expect(names(change)).toMatchObject({ replaced: ['default.c'], kept: ['default.b', 'default.a', 'default.n'] });
    expect(await graph.call('a', 'x')).toBe('x>a>b>c2');
    expect(await graph.call('n', 0)).toBe(2);
    await expect.poll(() => lives.log).toEqual(['+c2', '-c']);
  });

  test('links a node anew without making it anew', async () => {
    const lives = new Lives();
    const graph = await liveGraph(
      [{ kind: 'counter', name: 'n', ports: to({ out: 'b' }) }, node('b'), node('c')],
      lives,
    );
    expect(await graph.call('n', 0)).toBe('1>b');

    const change = await graph.update({
      specs: specsOf([{ kind: 'counter', name: 'n', ports: to({ out: 'c' }) }, node('b'), node('c')]),
    });

    expect(change.kept).toEqual(['default.c', 'default.n', 'default.b']);
    expect(await graph.call('n', 0)).toBe('2>c');
  });

  test('adds, removes and renames services on the server, and health follows #4', async () => {
    const lives = new Lives();
    const state = health();
    const server = createServer({ logger: silentLogger }).add(state);
    const graph = await liveGraph([node('a'), node('b')], lives, { server });
    const a = server.services.get('default.a');

    const change = await graph.update({ specs: specsOf([node('a'), node('c'), { ...node('d'), id: idOf('b') }]) });

    expect(names(change)).toEqual({
      ...none,
      added: ['default.c'],
      activated: ['default.c'],
      replaced: ['default.d'],
      kept: ['default.a'],
    });
    expect([...server.services.keys()]).toEqual(['grpc.health.v1.Health', 'default.a', 'default.c', 'default.d']);
    expect(server.services.get('default.a')).toBe(a);
    expect([state.get('default.b'), state.get('default.d')]).toEqual([undefined, 'SERVING']);
    expect(await graph.call('d', 'x')).toBe('x>d');
    await expect(graph.call('b', 'x')).rejects.toThrow('the graph has no such node');
  });

  test('keeps a node that leads to one that is not there waiting, and links it when that appears #56 #57', async () => {
    const lives = new Lives();
    const nodes = [{ kind: 'emits', name: 'door', ports: to({ out: 'a' }) }, node('a', 'b'), node('b', 'c')];
    const graph = await liveGraph(nodes, lives);
    expect(graph.nodes.map(({ name, status, reason }) => [name, status, reason])).toEqual([
      ['door', 'inactive', expect.stringMatching(/^Waits for "a", which is inactive: Waits for "b", .*no such node/)],
      ['a', 'inactive', expect.stringContaining('"b"')],
      ['b', 'inactive', expect.stringContaining('leads to "c", and namespace "default" has no such node')],
    ]);
    expect(lives.take()).toEqual([]);

    const change = await graph.update({ specs: specsOf([...nodes, node('c')]) });

    expect(change.activated).toEqual(['default.c', 'default.b', 'default.a', 'default.door']);
    expect(change.added).toEqual(['default.c']);
    expect(lives.take()).toEqual(['+c', '+b', '+a', '+door', 'start door']);
    expect(graph.nodes.every(({ status, reason }) => status === 'active' && reason === undefined)).toBe(true);
  });

  test('closes the door of a graph whose far end goes, and says why #57', async () => {
    const lives = new Lives();
    const nodes = [{ kind: 'emits', name: 'door', ports: to({ out: 'a' }) }, node('a', 'b')];
    const graph = await liveGraph([...nodes, node('b')], lives);
    lives.take();

    const change = await graph.update({ specs: specsOf(nodes) });

    expect(names(change)).toMatchObject({
      removed: ['default.b'],
      deactivated: expect.arrayContaining(['default.a', 'default.door']),
      kept: [],
    });
    await expect.poll(() => lives.log).toEqual(['stop door', '-door', '-a', '-b']);
    await expect(graph.call('a', 1)).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    expect(graph.nodes[0]?.reason).toMatch(/^Waits for "a", which is inactive: .*"b"/);
  });

  test('reports an edge to a port that its target does not have #58', async () => {
    const graph = await liveGraph(
      [{ kind: 'node', name: 'a', ports: { out: [{ name: 'b', port: 'inn' }] } }, node('b')],
      new Lives(),
    );

    expect(graph.nodes[0]).toMatchObject({ status: 'inactive', reason: expect.stringContaining('in-port "inn"') });
  });

  test('loads a cycle when its last member arrives, and stops all of it when one goes #59', async () => {
    const lives = new Lives();
    const cycle = [node('a', 'b'), node('b', 'c')];
    const graph = await liveGraph(cycle, lives);
    expect(lives.take()).toEqual([]);

    const arrived = await graph.update({ specs: specsOf([...cycle, node('c', 'a')]) });
    expect([...arrived.activated].sort()).toEqual(['default.a', 'default.b', 'default.c']);

    const gone = await graph.update({ specs: specsOf([cycle[0]!, node('c', 'a')]) });
    expect([...gone.deactivated].sort()).toEqual(['default.a', 'default.c']);
    expect(gone.removed).toEqual(['default.b']);
    await expect.poll(() => lives.log.filter((line) => line.startsWith('-')).sort()).toEqual(['-a', '-b', '-c']);
  });

  test('with a spec that is refused runs on as before, and takes in the rest ST-09 #69', async () => {
    const lives = new Lives();
    const lines: string[] = [];
    const graph = await liveGraph([node('a', 'b'), node('b'), node('o')], lives, {
      revisions: new Map([[idOf('b'), 1]]),
      logger: { ...silentLogger, warn: (line: string) => void lines.push(line) } as Logger,
    });
    lives.take();
    const others = [node('a', 'b'), node('o', undefined, { text: 'new' })];

    for (const [bad, why] of [
      [{ ...node('b'), colour: 'red' }, /unknown field "colour"/],
      [{ ...node('b'), kind: 'nobody' }, /unknown kind "nobody"/],
      [node('b', 'nowhere'), /has no such node/],
      [node('b', undefined, { text: 'broken' }), /it is broken/],
    ] as const) {
      const change = await graph.update({ specs: specsOf([...others, bad]), revisions: new Map([[idOf('b'), 2]]) });

      expect(graph.nodes.find(({ name }) => name === 'b')).toMatchObject({
        status: 'active',
        kind: 'node',
        refused: expect.stringMatching(why),
        revision: 1,
        refusedRevision: 2,
      });
      expect(change.kept).toEqual(expect.arrayContaining(['default.a', 'default.b']));
      expect(change.problems).toContainEqual(expect.objectContaining({ node: 'default.b', severity: 'error' }));
      expect(await graph.call('a', 'x')).toBe('x>a>b');
      expect(await graph.call('o', 'x')).toBe('x>onew');
    }

    await graph.update({
      specs: specsOf([...others, node('b', undefined, { text: '3' })]),
      revisions: new Map([[idOf('b'), 3]]),
    });
    expect(graph.nodes.find(({ name }) => name === 'b')).toMatchObject({ status: 'active', revision: 3 });
    expect(graph.nodes.find(({ name }) => name === 'b')).not.toHaveProperty('refused');
    expect(await graph.call('a', 'x')).toBe('x>a>b3');
    expect(graph.problems).toEqual([]);
  });

  test('with a spec that cannot be read runs on as before ST-09', async () => {
    const graph = await liveGraph([node('a')], new Lives());

    await graph.update({
      specs: [],
      problems: [{ severity: 'error', message: 'Cannot load node "a": missing field "kind"', id: idOf('a') }],
    });

    expect(graph.nodes).toEqual([expect.objectContaining({ name: 'a', refused: expect.stringContaining('"kind"') })]);
    expect(await graph.call('a', 'x')).toBe('x>a');
    await graph.update({ specs: [] });
    expect(graph.nodes).toEqual([]);
  });

  test('a refused spec that comes back as it was finds its instance', async () => {
    const lives = new Lives();
    const graph = await liveGraph([{ kind: 'counter', name: 'c' }], lives);
    await graph.call('c', 0);
    await graph.update({ specs: specsOf([{ kind: 'counter', name: 'c', stepp: 2 }]) });

    const change = await graph.update({ specs: specsOf([{ kind: 'counter', name: 'c' }]) });

    expect(change.kept).toEqual(['default.c']);
    expect(await graph.call('c', 0)).toBe(2);
  });

  test('makes anew exactly the nodes that read a value which changed or went #67', async () => {
    const lives = new Lives();
    const nodes = [
      { ...node('bound'), text: '{{ .TEXT }}', env: { TEXT: { name: 'word' } } },
      node('before', 'bound'),
      { kind: 'counter', name: 'other' },
    ];
    const word = (data: unknown) => [{ id: idOf('word'), namespace: 'default', name: 'word', data }];
    const graph = await liveGraph(nodes, lives, { values: word({ TEXT: 'one' }) as never });
    const text = { env: { TEXT: { name: 'word', data: '{{ .TEXT }}' } } };
    const specs = specsOf(nodes.map((one) => (one.name === 'bound' ? { ...one, ...text } : one)));
    await graph.update({ specs, values: word({ TEXT: 'one' }) });
    expect(await graph.call('before', 'x')).toBe('x>before>boundone');
    lives.take();

    const changed = await graph.update({ specs, values: word({ TEXT: 'two' }) });
    expect(names(changed)).toMatchObject({ replaced: ['default.bound'], activated: [], deactivated: [] });
    expect(await graph.call('before', 'x')).toBe('x>before>boundtwo');

    const same = await graph.update({ specs });
    expect(same.replaced).toEqual([]);

    const gone = await graph.update({ specs, values: [] });
    expect([...gone.deactivated].sort()).toEqual(['default.before', 'default.bound']);
    expect(graph.nodes[0]).toMatchObject({ status: 'inactive', reason: expect.stringContaining('"word"') });
    expect(gone.kept).toEqual(['default.other']);

    const back = await graph.update({ specs, values: word({ TEXT: 'two' }) });
    expect([...back.activated].sort()).toEqual(['default.before', 'default.bound']);
    expect([...lives.made.entries()].filter(([name]) => name.startsWith('other'))).toEqual([['other1', 1]]);
  });

  test('does one after the other, in order, and tells listeners', async () => {
    const lives = new Lives();
    const graph = await liveGraph([], lives);
    const heard: (readonly string[])[] = [];
    const stop = graph.onChange(({ added }) => heard.push(added));

    await Promise.all(['a', 'b', 'c'].map((name) => graph.update({ specs: specsOf([node(name)]) })));
    stop();
    await graph.update({ specs: [] });

    expect(heard).toEqual([['default.a'], ['default.b'], ['default.c']]);
    await expect.poll(() => [...lives.closed.keys()]).toEqual(['a', 'b', 'c']);
    expect([...lives.made.keys()]).toEqual(['a', 'b', 'c']);
  });

  test('rejects once the graph is closed, and refuses options that nobody would read', async () => {
    const graph = await liveGraph([], new Lives());

    expect(() => graph.update({ spec: [] } as never)).toThrow('did you mean "specs"?');
    await graph.close();
    await expect(graph.update({ specs: [] })).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  });

  test('that is under way when the graph closes puts nothing in place', async () => {
    let release!: () => void;
    const closed: string[] = [];
    const slow = defineKind({
      kind: 'slow',
      setup: async () => {
        await new Promise<void>((resolve) => (release = resolve));
        return { ...oneToOne((payload) => payload), close: () => void closed.push('slow') };
      },
    });
    const graph = await liveGraph([], new Lives(), { kinds: [slow] });
    const updated = graph.update({ specs: specsOf([{ kind: 'slow', name: 's' }]) });
    await expect.poll(() => release).toBeTypeOf('function');

    const done = graph.close({ graceMs: 5_000 });
    release();

    await expect(updated).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    await done;
    expect(closed).toEqual(['slow']);
  });

  test('does not serve a node whose service somebody else has on the server', async () => {
    const server = createServer({ logger: silentLogger });
    const kinds = createKinds(new Lives().node);
    const first = await createGraph({ specs: specsOf([node('a')]), kinds, server, logger: silentLogger });
    const graph = await liveGraph([node('a'), node('b')], new Lives(), { server });

    expect(graph.nodes[0]).toMatchObject({
      status: 'inactive',
      reason: expect.stringContaining('serves "default.a" already'),
    });
    expect(await graph.call('b', 'x')).toBe('x>b');
    await first.close();
    await graph.update({ specs: specsOf([node('a'), node('b')]) });
    expect(graph.nodes[0]?.status).toBe('active');
  });
});
