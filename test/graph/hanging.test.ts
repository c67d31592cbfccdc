import { silentLogger } from 'flowrpc';
import { createGraph, type GraphHook } from 'flowrpc/graph';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { Lives, liveGraph, specsOf } from './lives.ts';
import { deferred, mapping } from './run-graph.ts';

const never = (): Promise<never> => new Promise(() => {});
const mute = mapping('mute', never);
const moment = (port: string) => ({ ports: { [port]: [{ name: 'm', port: 'in' }] } });

describe('a node that hangs', () => {
  test('in setup is refused after setupTimeoutMs, and later updates go on; a late instance is closed', async () => {
    const release = deferred();
    const log: string[] = [];
    const slow = defineKind({
      kind: 'slow',
      setup: async () => {
        await release.promise;
        return { ...oneToOne((payload) => payload), close: () => void log.push('closed') };
      },
    });
    const graph = await liveGraph([{ kind: 'node', name: 'a' }], new Lives(), { kinds: [slow], setupTimeoutMs: 30 });
    const specs = specsOf([
      { kind: 'node', name: 'a' },
      { kind: 'slow', name: 's' },
    ]);

    const [, change] = await Promise.all([
      graph.update({ specs }),
      graph.update({
        specs: specsOf([
          { kind: 'node', name: 'a' },
          { kind: 'node', name: 'b' },
        ]),
      }),
    ]);

    expect(change.activated).toEqual(['default.b']);
    expect(log).toEqual([]);
    release.resolve();
    await expect.poll(() => log).toEqual(['closed']);
    await graph.update({ specs });
    expect(graph.nodes[1]).toMatchObject({ name: 's', status: 'active' });
  });

  test('in the files of its kind is refused after setupTimeoutMs, and the others run', async () => {
    const typed = defineKind({ kind: 'typed', files: never, setup: () => oneToOne((payload) => payload) });
    const nodes = [
      { kind: 'node', name: 'a' },
      { kind: 'typed', name: 't' },
    ];

    const graph = await liveGraph(nodes, new Lives(), { kinds: [typed], setupTimeoutMs: 30 });

    expect(graph.nodes).toMatchObject([
      { name: 'a', status: 'active' },
      { name: 't', status: 'inactive', reason: 'Cannot load node "t": its files did not come within 30 ms' },
    ]);
  });

  test('in a load hook is refused, and unloaded when the hook is done after all', async () => {
    const release = deferred();
    const log: string[] = [];
    const hook: GraphHook = {
      load: async ({ name }) => {
        log.push(`load ${name}`);
        if (name === 's') await release.promise;
      },
      unload: ({ name }) => void log.push(`unload ${name}`),
    };
    const lives = new Lives();
    const graph = await liveGraph(
      [
        { kind: 'node', name: 's' },
        { kind: 'node', name: 'b' },
      ],
      lives,
      { hooks: [hook], setupTimeoutMs: 30 },
    );

    expect(graph.nodes[0]).toMatchObject({
      status: 'inactive',
      reason: expect.stringContaining('a load hook did not settle within 30 ms'),
    });
    expect(await graph.call('b', 'x')).toBe('x>b');
    release.resolve();
    await expect.poll(() => log).toEqual(['load s', 'load b', 'unload s']);
    expect(lives.closed.get('s')).toBe(1);
  });

  test('when init is told is refused', async () => {
    const graph = await liveGraph(
      [
        { kind: 'node', name: 'a', ...moment('init') },
        { kind: 'mute', name: 'm' },
      ],
      new Lives(),
      {
        kinds: [mute],
        setupTimeoutMs: 30,
      },
    );

    expect(graph.nodes.map(({ name, status }) => [name, status])).toEqual([
      ['a', 'inactive'],
      ['m', 'active'],
    ]);
  });

  test.each(['close', 'unload', 'deactive', 'deinit'])(
    'in %s holds neither updates nor close() up for long',
    async (where) => {
      const log: string[] = [];
      const kind = defineKind({
        kind: 'hangs',
        setup: () => ({
          ...oneToOne((payload) => payload),
          close: () => (where === 'close' ? never() : void log.push('closed')),
        }),
      });
      const graph = await createGraph({
        specs: specsOf([
          { kind: 'hangs', name: 'h', ...(where.startsWith('de') && moment(where)) },
          { kind: 'hangs', name: 'g', ...(where.startsWith('de') && moment(where)) },
          { kind: 'mute', name: 'm' },
        ]),
        kinds: createKinds(kind, mute),
        logger: silentLogger,
        hooks: [{ unload: () => (where === 'unload' ? never() : undefined) }],
      });

      await graph.update({
        specs: specsOf([
          { kind: 'hangs', name: 'h', ...(where.startsWith('de') && moment(where)) },
          { kind: 'mute', name: 'm' },
        ]),
      });
      await graph.close({ graceMs: 50 });

      expect(graph.nodes).toHaveLength(2);
      if (where !== 'close') await expect.poll(() => log).toHaveLength(2);
    },
  );
});
