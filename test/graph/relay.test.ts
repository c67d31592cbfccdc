import { defineKind, none, relay } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { handWritten, runGraph, to } from './run-graph.ts';

const passing = defineKind({
  kind: 'passing',
  inputs: ['in', 'io'],
  outputs: ['out', 'other'],
  setup: () => relay({ in: 'out', io: 'other' }),
});
const seen: unknown[] = [];
const answering = handWritten('answering', ({ payload }) => {
  seen.push(payload);
  if (payload === 'none') return none;
  return payload instanceof Error ? new Error(`answer to ${payload.message}`) : ['answer', payload];
});
const nodes = [
  { kind: 'passing', name: 'linked', ports: to({ out: 'a' }) },
  { kind: 'passing', name: 'alone' },
  { kind: 'answering', name: 'a' },
];

test('relay() passes packets and replies on unchanged, errors and absent replies too (#39)', async () => {
  const graph = await runGraph(nodes, [passing, answering]);
  seen.length = 0;

  expect(await graph.call('linked', { x: null })).toEqual(['answer', { x: null }]);
  expect(await graph.call('linked', 'none')).toBe(none);
  await expect(graph.call('linked', new Error('boom'))).rejects.toThrow('answer to boom');
  expect(seen).toEqual([{ x: null }, 'none', expect.objectContaining({ message: 'boom' })]);
});

test('relay() echoes where its out side is unlinked, each in-port by its own (#39)', async () => {
  const graph = await runGraph(nodes, [passing, answering]);

  expect(await graph.call('alone', 7)).toBe(7);
  expect(await graph.call('linked', 8, { port: 'io' })).toBe(8);
  await expect(graph.call('alone', new Error('boom'))).rejects.toThrow('boom');
});
