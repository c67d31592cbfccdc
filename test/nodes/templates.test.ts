import { Code } from 'flowrpc';
import { defineKind, manyToOne, none, oneToMany, oneToOne, type SourceContext, source } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../graph/run-graph.ts';

const echo = mapping('echo', (payload) => payload);

test('oneToOne() sends what a function returns to `out` and what it throws or returns as Error to `error` #48', async () => {
  const picky = mapping('picky', async (payload: unknown) => {
    if (payload === 'throw') throw new Error('thrown');
    return payload === 'return' ? new Error('returned') : `out ${payload}`;
  });
  const graph = await runGraph(
    [
      { kind: 'picky', name: 'p', ports: to({ out: 'o', error: 'e' }) },
      { kind: 'echo', name: 'o' },
      { kind: 'message', name: 'e' },
    ],
    [picky, echo, mapping('message', (error: Error) => `error ${error.message}`)],
  );

  expect(await graph.call('p', 'x')).toBe('out x');
  expect(await graph.call('p', 'throw')).toBe('error thrown');
  expect(await graph.call('p', 'return')).toBe('error returned');
});

test('oneToOne() that gives undefined is an error, null and none are not #48', async () => {
  const graph = await runGraph(
    [{ kind: 'given', name: 'g' }],
    [mapping('given', (payload: string) => ({ null: null, none })[payload])],
  );

  await expect(graph.call('g', 'undefined')).rejects.toMatchObject({
    code: Code.INTERNAL,
    statusMessage: 'Node "default.g" gave undefined: wanted an output, null, or none for no response',
  });
  expect(await graph.call('g', 'null')).toBe(null);
  expect(await graph.call('g', 'none')).toBe(none);
});

const spread = defineKind({
  kind: 'spread',
  outputs: ['out[*]', 'error'],
  setup: () => oneToMany((payload: unknown[]) => payload.map((item) => item ?? undefined)),
});

test('oneToMany() sends the outputs that are there and merges the replies #49', async () => {
  const graph = await runGraph(
    [
      { kind: 'spread', name: 's', ports: to({ 'out[0]': 'a', 'out[1]': 'b', 'out[2]': 'c' }) },
      { kind: 'tag', name: 'a' },
      { kind: 'tag', name: 'b' },
      { kind: 'tag', name: 'c' },
    ],
    [spread, mapping('tag', (payload, { node }) => `${node.name}${String(payload)}`)],
  );

  expect(await graph.call('s', [1, null, 3])).toEqual(['a1', 'c3']);
  expect(await graph.call('s', [null, 2])).toBe('b2');
});

test('oneToMany() that sent nothing answers with its input #49', async () => {
  const graph = await runGraph([{ kind: 'spread', name: 's' }], [spread]);

  expect(await graph.call('s', [])).toEqual([]);
  expect(await graph.call('s', [1, 2])).toEqual([1, 2]);
});

test('oneToMany() reports an output for a port that the node does not have #49', async () => {
  const two = defineKind({
    kind: 'two',
    outputs: ['out[0]', 'out[1]', 'error'],
    setup: () => oneToMany((payload: unknown[]) => payload),
  });
  const graph = await runGraph([{ kind: 'two', name: 't' }], [two]);

  await expect(graph.call('t', [1, 2, 3])).rejects.toThrow('Cannot send from node "default.t" to port "out[2]"');
});

const collect = defineKind({
  kind: 'collect',
  inputs: ['in[*]'],
  setup: () => manyToOne((payloads) => payloads),
});

test('manyToOne() runs once for a complete set; early ones are answered with themselves #50', async () => {
  const replies: unknown[] = [];
  const feed = handWritten(
    'feed',
    async ({ payload }, { send }) => {
      for (const port of payload as string[]) replies.push((await send(port, port)).reply);
      return null;
    },
    { outputs: ['a', 'b', 'c'] },
  );
  const graph = await runGraph(
    [
      {
        kind: 'feed',
        name: 'f',
        ports: {
          a: [{ name: 'm', port: 'in[0]' }],
          b: [{ name: 'm', port: 'in[1]' }],
          c: [{ name: 'm', port: 'in[2]' }],
        },
      },
      { kind: 'collect', name: 'm' },
    ],
    [feed, collect],
  );

  await graph.call('f', ['c', 'a', 'b', 'a', 'c']);

  expect(replies).toEqual(['c', 'a', ['a', 'b', 'c'], 'a', 'c']);
});

test('manyToOne() keeps what it waits for apart by process #50', async () => {
  const graph = await runGraph(
    [
      {
        kind: 'feed',
        name: 'f',
        ports: {
          out: [
            { name: 'm', port: 'in[0]' },
            { name: 'm', port: 'in[1]' },
          ],
        },
      },
      { kind: 'collect', name: 'm' },
    ],
    [mapping('feed', (payload) => payload), collect],
  );

  expect(await Promise.all([graph.call('f', 1), graph.call('f', 2)])).toEqual([
    [1, [1, 1]],
    [2, [2, 2]],
  ]);
});

test('source() starts processes by itself and gets their replies #51', async () => {
  const got = deferred<unknown[]>();
  const ticks = defineKind({
    kind: 'ticks',
    inputs: [],
    setup: () =>
      source(async ({ emit }: SourceContext) => {
        got.resolve([await emit(1), await emit(2), await emit('fail').catch(String)]);
      }),
  });
  const work = mapping('work', (payload) => {
    if (payload === 'fail') throw new Error('no');
    return [payload];
  });
  await runGraph(
    [
      { kind: 'ticks', name: 't', ports: to({ out: 'w', error: 'e' }) },
      { kind: 'work', name: 'w' },
      { kind: 'message', name: 'e' },
    ],
    [ticks, work, mapping('message', (error: Error) => `handled ${error.message}`)],
  );

  expect(await got.promise).toEqual([[1], [2], 'handled UNKNOWN: no']);
});

test('source() ends with its graph, and emits no more', async () => {
  const ended = deferred<unknown>();
  const forever = defineKind({
    kind: 'forever',
    inputs: [],
    setup: () =>
      source(async ({ signal, emit }: SourceContext) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        ended.resolve(await emit(1).catch((error: unknown) => error));
      }),
  });
  const graph = await runGraph([{ kind: 'forever', name: 'f' }], [forever]);

  await graph.close();

  expect(await ended.promise).toMatchObject({ code: Code.UNAVAILABLE });
});

test('hand-written nodes may have any ports #52', async () => {
  const store = handWritten(
    'store',
    ({ payload }, { port, process }) => (port === 'io' ? `io ${payload}` : `${port} in ${process.id.length}`),
    { inputs: ['io', 'init', 'user-name'], outputs: [] },
  );
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'e', ports: { out: [{ name: 's', port: 'io' }] } },
      { kind: 'store', name: 's' },
    ],
    [echo, store],
  );

  expect(await graph.call('e', 1)).toBe('io 1');
  expect(await graph.call('s', 1, { port: 'init' })).toBe('init in 36');
  expect(await graph.call('s', 1, { port: 'user-name' })).toBe('user-name in 36');
});

test('a node may decorate another and still show it #54', async () => {
  const inner = defineKind({ kind: 'inner', setup: () => oneToOne((n: number) => n + 1) });
  const counted = defineKind({
    kind: 'counted',
    async setup(fields, context) {
      const instance = await inner.setup(fields, context);
      let calls = 0;
      return {
        inner: instance,
        process: async (packet, ctx) => [++calls, await instance.process!(packet, ctx)],
      };
    },
  });
  const graph = await runGraph([{ kind: 'counted', name: 'c' }], [counted]);

  expect(await graph.call('c', 1)).toEqual([1, 2]);
  expect(graph.nodes[0]!.instance!.inner!.process).toBeTypeOf('function');
});
