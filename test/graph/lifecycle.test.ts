import { Code } from 'flowrpc';
import type { GraphHook } from 'flowrpc/graph';
import { defineKind, oneToOne } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { Lives, liveGraph, specsOf } from './lives.ts';
import { deferred, to } from './run-graph.ts';

const node = (name: string, out?: string | string[], fields: object = {}) => ({
  kind: 'node',
  name,
  ...(out !== undefined && { ports: to({ out }) }),
  ...fields,
});

/** A hook that writes down what it is told of, after a text. */
function logging(log: string[], text = ''): GraphHook {
  return {
    load: ({ name, instance }) =>
      void log.push(`${text}load ${name}${instance === undefined ? ' without instance' : ''}`),
    unload: ({ name }) => void log.push(`${text}unload ${name}`),
  };
}

describe('load and unload hooks', () => {
  test('run downstream first, and the other way round at the end, each exactly once per activation #60 #70', async () => {
    const lives = new Lives();
    const { log } = lives;
    const nodes = [node('a', 'b'), node('b', ['c', 'd']), node('c', 'd'), node('d')];
    const graph = await liveGraph(nodes, lives, { hooks: [logging(log)] });

    expect(log.splice(0)).toEqual(['+d', '+c', '+b', '+a', 'load d', 'load c', 'load b', 'load a']);
    await graph.update({ specs: specsOf(nodes) });
    expect(log).toEqual([]);

    await graph.update({ specs: specsOf(nodes.slice(0, 3)) });
    await expect.poll(() => log).toEqual(['unload a', '-a', 'unload b', '-b', 'unload c', '-c', 'unload d', '-d']);
    log.length = 0;

    await graph.update({ specs: specsOf(nodes) });
    await graph.close();
    expect(log.filter((line) => line.startsWith('load'))).toEqual(['load d', 'load c', 'load b', 'load a']);
    expect(log.filter((line) => line.startsWith('unload'))).toEqual(['unload a', 'unload b', 'unload c', 'unload d']);
  });

  test('run for a node that is replaced alone, not for those before it', async () => {
    const lives = new Lives();
    const graph = await liveGraph([node('a', 'b'), node('b')], lives, { hooks: [logging(lives.log)] });
    lives.take();

    await graph.update({ specs: specsOf([node('a', 'b'), node('b', undefined, { text: '2' })]) });

    await expect.poll(() => lives.log).toEqual(['+b2', 'load b', 'unload b', '-b']);
  });

  test('run in their order, unloaded in reverse; one that throws keeps the node, and what leads to it, from running', async () => {
    const lives = new Lives();
    const { log } = lives;
    let refuses = true;
    const third: GraphHook = {
      load: ({ name }) => {
        if (refuses && name === 'b') throw new Error('no licence');
      },
    };
    const nodes = [node('a', 'b'), node('b'), node('c')];
    const graph = await liveGraph(nodes, lives, { hooks: [logging(log, '1 '), logging(log, '2 '), third] });

    expect(log.filter((line) => line.includes(' b') || line.startsWith('-'))).toEqual([
      '1 load b',
      '2 load b',
      '-a',
      '2 unload b',
      '1 unload b',
      '-b',
    ]);
    expect(graph.nodes.map(({ status }) => status)).toEqual(['inactive', 'inactive', 'active']);
    expect(graph.nodes[1]?.reason).toBe('Cannot load node "b": no licence');

    refuses = false;
    log.length = 0;
    const change = await graph.update({ specs: specsOf(nodes) });
    expect(change.activated).toEqual(['default.b', 'default.a']);
    expect(log).toEqual(['+b', '+a', '1 load b', '2 load b', '1 load a', '2 load a']);
  });

  test('that take their time hold the swap back, not the graph that runs', async () => {
    const held = deferred();
    const lives = new Lives();
    const hook: GraphHook = { load: ({ name }) => (name === 'b' ? held.promise : undefined) };
    const graph = await liveGraph([node('a')], lives, { hooks: [hook] });

    const updated = graph.update({ specs: specsOf([node('a', 'b'), node('b')]) });
    expect(await graph.call('a', 'x')).toBe('x>a');
    held.resolve();
    await updated;

    expect(await graph.call('a', 'x')).toBe('x>a>b');
  });
});

describe('init, active, deactive and deinit', () => {
  const told: [string, unknown][] = [];
  const notes = defineKind({
    kind: 'notes',
    setup: (_fields, { node: { name } }) =>
      oneToOne((payload) => {
        told.push([name!, payload]);
        return null;
      }),
  });
  const life = (name: string) =>
    Object.fromEntries(
      ['init', 'active', 'deactive', 'deinit'].map((port) => [port, [{ name: `${name}-${port}`, port: 'in' }]]),
    );
  const listeners = (name: string) =>
    ['init', 'active', 'deactive', 'deinit'].map((port) => ({ kind: 'notes', name: `${name}-${port}` }));

  test('are run at those moments with the spec as it was written #61', async () => {
    told.length = 0;
    const lives = new Lives();
    const written = {
      kind: 'node',
      name: 'a',
      text: '{{ .TEXT }}',
      env: { TEXT: { data: '{{ .SECRET }}' } },
      ports: life('a'),
    };
    const log: string[] = [];
    const graph = await liveGraph([written, ...listeners('a')], lives, {
      kinds: [notes],
      environment: { SECRET: 'hidden' },
      hooks: [
        {
          load: ({ name }) => void (name === 'a' && log.push(`load after ${told.length}`)),
          unload: ({ name }) => void (name === 'a' && log.push(`unload after ${told.length}`)),
        },
      ],
    });
    const [spec] = specsOf([written]);
    expect(await graph.call('a', 'x')).toBe('x>ahidden');

    expect(told.map(([name]) => name)).toEqual(['a-init', 'a-active']);
    expect(told.map(([, payload]) => payload)).toEqual([spec, spec]);
    expect(JSON.stringify(told)).not.toContain('hidden');

    await graph.update({ specs: specsOf([{ ...written, env: { TEXT: { data: 'plain' } } }, ...listeners('a')]) });
    await expect
      .poll(() => told.map(([name]) => name))
      .toEqual(['a-init', 'a-active', 'a-init', 'a-active', 'a-deactive', 'a-deinit']);

    await graph.close();
    expect(told.map(([name]) => name).slice(6)).toEqual(['a-deactive', 'a-deinit']);
    expect(log).toEqual(['load after 1', 'load after 3', 'unload after 5', 'unload after 7']);
  });

  test('keep a node from running when init is answered with an error, and what it had is closed #61', async () => {
    const lives = new Lives();
    let fails = true;
    const migrate = defineKind({
      kind: 'migrate',
      setup: () =>
        oneToOne(() => {
          if (fails) throw new Error('the schema is newer');
          return null;
        }),
    });
    const nodes = [
      { kind: 'emits', name: 'door', ports: to({ out: 'a' }) },
      { kind: 'node', name: 'a', ports: { init: [{ name: 'm', port: 'in' }] } },
      { kind: 'migrate', name: 'm' },
    ];
    const graph = await liveGraph(nodes, lives, { kinds: [migrate] });

    expect(graph.nodes.map(({ name, status, reason }) => [name, status, reason])).toEqual([
      ['door', 'inactive', expect.stringMatching(/^Waits for "a", which is inactive/)],
      ['a', 'inactive', expect.stringContaining('its init was answered with an error: the schema is newer')],
      ['m', 'active', undefined],
    ]);
    expect(lives.take()).toEqual(['+a', '+door', '-door', '-a']);
    await expect(graph.call('a', 1)).rejects.toMatchObject({ code: Code.UNAVAILABLE });

    fails = false;
    await graph.update({ specs: specsOf(nodes) });
    expect(graph.nodes.every(({ status }) => status === 'active')).toBe(true);

    fails = true;
    await graph.update({ specs: specsOf(nodes.map((one) => (one.name === 'a' ? { ...one, text: '2' } : one))) });
    expect(graph.nodes[1]).toMatchObject({ status: 'active', refused: expect.stringContaining('the schema is newer') });
    expect(await graph.call('a', 'x')).toBe('x>a');
    expect(lives.log).toEqual(['+a', '+door', 'start door', '+a2', '-a2']);
  });

  test('make a node wait for their targets as other edges do #57', async () => {
    const graph = await liveGraph(
      [{ kind: 'node', name: 'a', ports: { init: [{ name: 'gone', port: 'in' }] } }],
      new Lives(),
    );

    expect(graph.nodes[0]).toMatchObject({ status: 'inactive', reason: expect.stringContaining('"gone"') });
  });

  test('do not stop a graph that closes when they fail', async () => {
    const lives = new Lives();
    const fails = defineKind({
      kind: 'fails',
      setup: () =>
        oneToOne(() => {
          throw new Error('no');
        }),
    });
    const ports = {
      active: [{ name: 'f', port: 'in' }],
      deactive: [{ name: 'f', port: 'in' }],
      deinit: [{ name: 'f', port: 'in' }],
    };
    const graph = await liveGraph(
      [
        { kind: 'node', name: 'a', ports },
        { kind: 'fails', name: 'f' },
      ],
      lives,
      { kinds: [fails] },
    );

    expect(await graph.call('a', 'x')).toBe('x>a');
    await graph.close();

    expect(lives.log).toEqual(['+a', '-a']);
  });
});
