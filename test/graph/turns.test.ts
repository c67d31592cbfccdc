import { setImmediate as turn } from 'node:timers/promises';
import type { Channel } from 'flowrpc';
import { defineKind, oneToOne } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { Lives, liveGraph, specsOf } from './lives.ts';
import { deferred } from './run-graph.ts';

const size = 2_000;

function rows(changed: string): Record<string, unknown>[] {
  return Array.from({ length: size }, (_, index) => ({
    kind: 'snippet',
    name: `n${index}`,
    language: 'text',
    code: index === size - 1 ? changed : 'same',
    ...(index % 10 < 9 && { ports: { out: [{ name: `n${index + 1}`, port: 'in' }] } }),
  }));
}

describe('graph.update() of a large graph', () => {
  test('gives the event loop its turns, and calls are answered by the graph of before until it is in place', async () => {
    const graph = await liveGraph(rows('old'), new Lives());
    const last = `n${size - 1}`;
    let done = false;
    let turns = 0;
    const answers = new Set<unknown>();

    const update = graph.update({ specs: specsOf(rows('new')) }).finally(() => (done = true));
    while (!done) {
      turns += 1;
      answers.add(await graph.call(last, null));
      await turn();
    }
    const change = await update;

    expect(turns).toBeGreaterThan(3);
    expect([...answers][0]).toBe('old');
    expect(await graph.call(last, null)).toBe('new');
    expect(change.replaced).toEqual([`default.${last}`]);
  });

  test('shows nodes that are as they were by the objects of before', async () => {
    const graph = await liveGraph(rows('old').slice(-20), new Lives());
    const before = graph.nodes;

    await graph.update({ specs: specsOf(rows('new').slice(-20)) });

    expect(graph.nodes.slice(0, 10).every((node, index) => node === before[index])).toBe(true);
    expect(graph.nodes[19]).not.toBe(before[19]);
  });
});

test('graph.update() keeps the connection that a new node asked for while nodes of before it end', async () => {
  const [asked, release, held, closed] = [deferred(), deferred(), deferred(), deferred()];
  let channel: Channel | undefined;
  const holds = defineKind({
    kind: 'holds',
    setup: () => ({ ...oneToOne(() => held.promise.then(() => 'held')), close: () => closed.resolve() }),
  });
  const asks = defineKind({
    kind: 'asks',
    setup: async (_, context) => {
      channel = context.channel('127.0.0.1:1');
      asked.resolve();
      await release.promise;
      return oneToOne((payload) => payload);
    },
  });
  const graph = await liveGraph([{ kind: 'holds', name: 'h' }], new Lives(), { kinds: [holds, asks] });
  const reply = graph.call('h', null);
  await graph.update({ specs: [] });

  const update = graph.update({ specs: specsOf([{ kind: 'asks', name: 'a' }]) });
  await asked.promise;
  held.resolve();
  expect(await reply).toBe('held');
  await closed.promise;
  await turn();
  release.resolve();
  await update;

  expect(channel?.state).not.toBe('shutdown');
  expect(graph.nodes[0]).toMatchObject({ name: 'a', status: 'active' });
  await graph.update({ specs: [] });
  await expect.poll(() => channel?.state).toBe('shutdown');
});
