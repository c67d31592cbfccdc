import { connect, createServer, key, silentLogger } from 'flowrpc';
import { readSpecs } from 'flowrpc/graph';
import { defineKind, type NodeContext, oneToOne } from 'flowrpc/nodes';
import { health } from 'flowrpc/services';
import { expect, test } from 'vitest';
import { Health } from '../../src/wire/gen/grpc/health/v1/health.ts';
import { Lives, liveGraph, specsOf } from './lives.ts';
import { handWritten, runGraph, to } from './run-graph.ts';

test('a node that has to stop while its graph runs stops serving, and serves again with it #125', async () => {
  await using server = createServer({ logger: silentLogger }).add(health());
  const front = { kind: 'node', name: 'front', ports: to({ out: 'back' }) };
  const back = { kind: 'node', name: 'back' };
  const beside = { kind: 'node', name: 'beside' };
  const graph = await liveGraph([front, back, beside], new Lives(), { server });
  await using channel = connect((await server.listen('127.0.0.1:0')).address);
  const watch = channel.client(Health).watch({ service: 'default.front' });
  const status = async (): Promise<unknown> => (await watch.next()).value?.status;

  const before = await status();
  await graph.update({ specs: specsOf([front, beside]) });
  const without = await status();
  const other = await channel.client(Health).check({ service: 'default.beside' });
  await graph.update({ specs: specsOf([front, back, beside]) });
  const again = await status();

  expect(before).toBe('SERVING');
  expect(['NOT_SERVING', 'SERVICE_UNKNOWN']).toContain(without);
  expect(other.status).toBe('SERVING');
  expect(again).toBe('SERVING');
  await watch.return?.();
});

test('templates fill texts alone: other values stay, and names, annotations and ports have none #7', async () => {
  const seen: unknown[] = [];
  const kind = defineKind({
    kind: 'any',
    setup: (fields, { node }) => {
      seen.push(fields, node.name);
      return oneToOne((payload) => payload);
    },
  });
  const env = { HOST: { data: 'localhost' } };
  const list = [1, true, null, '{{ .HOST }}'];
  const graph = await runGraph([{ kind: 'any', name: 'n', list, annotations: { note: '{{ .NOBODY }}' }, env }], [kind]);
  const wrong = readSpecs([
    { kind: 'any', name: '{{ .HOST }}', env },
    { kind: 'any', name: 'm', ports: { out: [{ name: '{{ .HOST }}', port: 'in' }] }, env },
  ]);

  expect(seen).toEqual([{ list: [1, true, null, 'localhost'] }, 'n']);
  expect(graph.problems).toEqual([]);
  expect(wrong.problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('{{ .HOST }}'),
    expect.stringContaining('{{ .HOST }}'),
  ]);
});

test('state and data of a process are gone with its end #44', async () => {
  const stateKey = key<{ n: number }>('state');
  const userKey = key<string>('user');
  let made = 0;
  let ended!: NodeContext['process'];
  const keeps = handWritten('keeps', (_packet, { process }) => {
    ended = process;
    process.set(userKey, 'Ada');
    process.state(stateKey, () => ({ n: ++made }));
    return process.state(stateKey, () => ({ n: ++made })).n;
  });
  const graph = await runGraph([{ kind: 'keeps', name: 'k' }], [keeps]);

  expect([await graph.call('k', 1), await graph.call('k', 1)]).toEqual([1, 2]);
  expect(graph.processes.list()).toEqual([]);
  expect(ended.get(userKey)).toBeUndefined();
  expect(ended.state(stateKey, () => ({ n: ++made })).n).toBe(3);
});
