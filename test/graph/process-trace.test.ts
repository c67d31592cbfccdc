import { createServer, current, type Interceptor, processKey, silentLogger, traceOf } from 'flowrpc';
import { defineKind, nodeService, source } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { expect, onTestFinished, test } from 'vitest';
import { authority } from '../transport/grpc/certificates.ts';
import { deferred, handWritten, mapping, runGraph, to } from './run-graph.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);

test('a fork is of the trace it came from, also where nobody sent one and no SDK is there #146', async () => {
  const ids: string[] = [];
  const done = deferred();
  const forking = handWritten('forking', (packet, { process, send }) => {
    ids.push(traceOf(current()!).traceId);
    process.fork(async (child) => {
      ids.push(traceOf(current()!).traceId);
      await child.send('out', packet);
      done.resolve();
    });
    return send('error', packet);
  });
  const look = mapping('look', () => ids.push(traceOf(current()!).traceId));
  const edge = [{ name: 'b', port: 'in', timeout: '5s' }];
  const graph = await runGraph(
    [
      { kind: 'forking', name: 'a', ports: { out: edge, error: edge } },
      { kind: 'look', name: 'b' },
    ],
    [forking, look],
  );

  await graph.call('a', 1).catch(() => {});
  await done.promise;

  expect(ids).toHaveLength(4);
  expect(new Set(ids).size).toBe(1);
});

test('nodeService() takes interceptors for its node, and for the processes that it starts', async () => {
  const seen: (string | undefined)[] = [];
  const note: Interceptor = (call, next) => {
    seen.push(`${call.method.path} ${call.method.node?.kind}`);
    return next(call);
  };
  const ended = deferred();
  const tick = defineKind({
    kind: 'tick',
    inputs: [],
    setup: () =>
      source(async ({ emit }) => {
        await emit(1);
        ended.resolve();
      }),
  });
  const server = createServer({ logger: silentLogger });
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));

  server.add(await nodeService(tick, 'clock', {}, { interceptors: [note], logger: silentLogger }));
  await ended.promise;

  expect(seen).toEqual(['/default.clock/Out tick']);
  await expect(nodeService(tick, 'clock', {}, { interceptors: [1 as never] })).rejects.toThrow(TypeError);
});

test('a process that a server call begins has one id, also for interceptors of the server', async () => {
  const ids: string[] = [];
  const note: Interceptor = (call, next) => {
    if (call.method.node !== undefined) ids.push(call.get(processKey)!.id);
    return next(call);
  };
  const server = createServer({ interceptors: [note], logger: silentLogger });
  const look = handWritten('look', (packet, { process }) => {
    ids.push(process.id);
    return packet;
  });
  await runGraph([{ kind: 'look', name: 'a' }], [look], { server, nodeInterceptors: [note] });
  const { address } = await server.listen('127.0.0.1:0');
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  const graph = await runGraph(
    [{ kind: 'relay', name: 'b', ports: { out: [{ target: address, name: 'default.a', port: 'in' }] } }],
    [relay],
  );

  await graph.call('b', 1);

  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(1);
});

test('createGraph({ connection }) says how edges and rpc nodes connect to targets outside', async () => {
  const ca = await authority();
  const { cert, key } = await ca.issue({ name: 'localhost', alternatives: [{ type: 'dns', value: 'localhost' }] });
  const back = createServer({ logger: silentLogger }).add(reflection());
  await runGraph([{ kind: 'echo', name: 'far' }], [mapping('echo', (payload: unknown) => payload)], { server: back });
  const { port } = await back.listen('127.0.0.1:0', { tls: { cert, key } });
  onTestFinished(async () => void (await back.close({ graceMs: 0 })));
  const target = `localhost:${port}`;
  const nodes = [
    { kind: 'relay', name: 'a', ports: { out: [{ target, name: 'default.far', port: 'in' }] } },
    { kind: 'rpc', name: 'ask', target, service: 'default.far', method: 'In', ports: to({}) },
  ];
  const graph = await runGraph(nodes, [relay], { connection: { tls: { ca: ca.cert } } });

  expect(await graph.call('a', 'edge')).toBe('edge');
  expect(await graph.call('ask', 'node')).toBe('node');
  await expect(runGraph(nodes, [relay], { connection: { tsl: true } as never })).rejects.toThrow(/did you mean "tls"/);
});
