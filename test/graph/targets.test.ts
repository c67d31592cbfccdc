import { readSpecs } from 'flowrpc/graph';
import { expect, test } from 'vitest';
import { mapping, runGraph } from './run-graph.ts';

const id = '01890a5d-ac96-774b-bcce-b302099a8057';
const where = mapping('where', (payload, { node }) => [node.id, payload]);
const echo = mapping('echo', (payload) => payload);

test('an edge names its target by id or by name: both lead to the same node #5', async () => {
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'by-id', ports: { out: [{ id, port: 'in' }] } },
      { kind: 'echo', name: 'by-name', ports: { out: [{ name: 'there', port: 'in' }] } },
      { kind: 'where', name: 'there', id },
    ],
    [echo, where],
  );

  expect(await graph.call('by-id', 1)).toEqual([id, 1]);
  expect(await graph.call('by-name', 2)).toEqual([id, 2]);
});

test('an edge by id reaches a node without a name #5', async () => {
  const graph = await runGraph(
    [
      { kind: 'echo', name: 'start', ports: { out: [{ id, port: 'in' }] } },
      { kind: 'where', id },
    ],
    [echo, where],
  );

  expect(await graph.call('start', 1)).toEqual([id, 1]);
});

test('a node written without id and namespace has both from then on, and keeps them #1', async () => {
  const [spec] = readSpecs([{ kind: 'where', name: 'x' }]).specs;
  const graph = await runGraph([{ kind: 'where', name: 'x' }], [where]);

  expect(graph.nodes[0]).toMatchObject({ namespace: 'default', name: 'x' });
  expect(await graph.call('x', 1)).toEqual([spec!.id, 1]);
});
