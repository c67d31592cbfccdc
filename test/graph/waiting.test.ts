import { Code } from 'flowrpc';
import type { Hop } from 'flowrpc/graph';
import { expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from './run-graph.ts';

test('packets are held at several in-ports of one process at a time, each until the one before has settled', async () => {
  const started: string[] = [];
  const gates = new Map(['a1', 'a2', 'b1', 'b2'].map((name) => [name, deferred()]));
  const slow = mapping('slow', async (name: string) => {
    started.push(name);
    await gates.get(name)!.promise;
    return name;
  });
  const spread = handWritten(
    'spread',
    async (_packet, { send }) => {
      const sent = ['a1', 'b1', 'a2', 'b2'].map((name) => send(name.charAt(0), name));
      return (await Promise.all(sent)).map(({ reply }) => reply);
    },
    { outputs: ['a', 'b'] },
  );
  const nodes = [
    { kind: 'spread', name: 'spread', ports: to({ a: 'first', b: 'second' }) },
    { kind: 'slow', name: 'first' },
    { kind: 'slow', name: 'second' },
  ];
  const graph = await runGraph(nodes, [slow, spread]);

  const call = graph.call('spread', null);
  const before = [...started];
  gates.get('b1')!.resolve();
  await expect.poll(() => started).toContain('b2');
  const between = [...started];
  for (const { resolve } of gates.values()) resolve();
  const reply = await call;

  expect(before).toEqual(['a1', 'b1']);
  expect(between).toEqual(['a1', 'b1', 'b2']);
  expect(started).toEqual(['a1', 'b1', 'b2', 'a2']);
  expect(reply).toEqual(['a1', 'b1', 'a2', 'b2']);
});

test('send() behind nodes that pass a packet on gives the reason once the run is cancelled, whatever the last node does', async () => {
  const reached = deferred();
  const seen = deferred<unknown>();
  const stuck = mapping('stuck', () => {
    reached.resolve();
    return new Promise(() => {});
  });
  const asking = handWritten(
    'asking',
    async (_packet, { send }) => {
      const { reply } = await send('out', 1);
      seen.resolve(reply);
      return reply;
    },
    { outputs: ['out'] },
  );
  const pass = mapping('pass', (payload) => payload);
  const nodes = [
    { kind: 'asking', name: 'asking', ports: to({ out: 'pass' }) },
    { kind: 'pass', name: 'pass', ports: to({ out: 'stuck' }) },
    { kind: 'stuck', name: 'stuck' },
  ];
  const graph = await runGraph(nodes, [stuck, asking, pass]);
  const controller = new AbortController();

  const call = graph.call('asking', null, { signal: controller.signal });
  await reached.promise;
  controller.abort();

  await expect(call).rejects.toMatchObject({ code: Code.CANCELLED });
  expect(await seen.promise).toMatchObject({ code: Code.CANCELLED });
});

test('onHop() is told of the nodes on the way to one that never settles', async () => {
  const stuck = mapping('stuck', () => new Promise(() => {}));
  const pass = mapping('pass', (payload) => payload);
  const nodes = [
    { kind: 'pass', name: 'first', ports: to({ out: 'second' }) },
    { kind: 'pass', name: 'second', ports: to({ out: 'stuck' }) },
    { kind: 'stuck', name: 'stuck' },
  ];
  const graph = await runGraph(nodes, [stuck, pass]);
  const hops: Hop[] = [];

  const call = graph.call('first', 1, { timeoutMs: 30, onHop: (hop) => hops.push(hop) });

  await expect(call).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  await expect.poll(() => hops).toHaveLength(2);
  expect(hops.map(({ node, code }) => [node, code])).toEqual([
    ['default.second', 'DEADLINE_EXCEEDED'],
    ['default.first', 'DEADLINE_EXCEEDED'],
  ]);
});

test('an edge with a timeout hands a cancellation of its run to the node behind it', async () => {
  const reached = deferred<AbortSignal>();
  const stuck = mapping('stuck', (_payload, { signal }) => {
    reached.resolve(signal);
    return new Promise(() => {});
  });
  const pass = mapping('pass', (payload) => payload);
  const nodes = [
    { kind: 'pass', name: 'first', ports: { out: [{ name: 'stuck', port: 'in', timeout: '10s' }] } },
    { kind: 'stuck', name: 'stuck' },
  ];
  const graph = await runGraph(nodes, [stuck, pass]);
  const controller = new AbortController();

  const call = graph.call('first', 1, { signal: controller.signal });
  const signal = await reached.promise;
  controller.abort();

  await expect(call).rejects.toMatchObject({ code: Code.CANCELLED });
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toMatchObject({ code: Code.CANCELLED });
});
