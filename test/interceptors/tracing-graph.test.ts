import { trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { connect, createServer, current, inProcess, silentLogger, traceOf } from 'flowrpc';
import { tracing } from 'flowrpc/interceptors';
import { defineKind, source } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../graph/run-graph.ts';
import { RecordedSpans } from './tracing/recorded-spans.ts';

let spans: RecordedSpans;
beforeEach(() => {
  spans = new RecordedSpans();
});
afterEach(() => spans.unregister());

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
const echo = mapping('echo', (payload: unknown) => payload);
const chain = [
  { kind: 'relay', name: 'a', ports: to({ out: 'b' }) },
  { kind: 'relay', name: 'b', ports: to({ out: 'c' }) },
  { kind: 'echo', name: 'c' },
];
/** Made anew for each test: a tracer stays with the provider it first met. */
const traced = () => ({ interceptors: [tracing()], nodeInterceptors: [tracing()] });
const named = (name: string): ReadableSpan => spans.all.find((span) => span.name === name)!;

describe('tracing() on a graph', () => {
  test('makes a span for each node and each edge, every parent right', async () => {
    const graph = await runGraph(chain, [relay, echo], traced());

    await graph.call('a', 1);

    expect(spans.tree).toEqual([
      'serve default.c/In < call default.c/In',
      'call default.c/In < serve default.b/In',
      'serve default.b/In < call default.b/In',
      'call default.b/In < serve default.a/In',
      'serve default.a/In < nothing',
    ]);
  });

  test('says which node, kind, port, edge and process it was', async () => {
    const graph = await runGraph(chain, [relay, echo], traced());

    await graph.call('a', 1);

    const id = named('default.a/In').attributes['flowrpc.process.id'];
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    const [node] = spans.servers;
    const [edge] = spans.clients;
    const common = { 'rpc.system.name': 'grpc', 'rpc.method': 'default.c/In', 'rpc.status_code': 'OK' };
    expect(node!.attributes).toEqual({
      ...common,
      'flowrpc.node': 'default.c',
      'flowrpc.node.kind': 'echo',
      'flowrpc.port': 'in',
      'flowrpc.process.id': id,
    });
    expect(edge!.attributes).toEqual({
      ...common,
      'server.address': 'in-process',
      'flowrpc.edge.from': 'default.b/out',
      'flowrpc.edge.to': 'default.c/in',
      'flowrpc.process.id': id,
    });
  });

  test('makes one span at the entry, also where the server has tracing() too', async () => {
    const server = createServer({ interceptors: [tracing()], logger: silentLogger });
    await runGraph(chain, [relay, echo], { ...traced(), server });
    await using channel = connect(inProcess(server), { interceptors: [tracing()] });
    const client = channel.client(server.services.get('default.a')!) as unknown as {
      in(payload: unknown): Promise<unknown>;
    };

    await client.in(1);

    expect(spans.tree).toHaveLength(6);
    expect(spans.tree.slice(-2)).toEqual(['serve default.a/In < call default.a/In', 'call default.a/In < nothing']);
    expect(spans.servers.at(-1)!.attributes['flowrpc.node']).toBe('default.a');
  });

  test('on nodes alone makes one trace of them, and on edges alone under whatever is active', async () => {
    const nodes = await runGraph(chain, [relay, echo], { nodeInterceptors: [tracing()] });
    await nodes.call('a', 1);
    expect(spans.tree).toEqual([
      'serve default.c/In < serve default.b/In',
      'serve default.b/In < serve default.a/In',
      'serve default.a/In < nothing',
    ]);

    await spans.unregister();
    spans = new RecordedSpans();
    const edges = await runGraph(chain, [relay, echo], { interceptors: [tracing()] });
    await trace.getTracer('mine').startActiveSpan('mine', async (span) => {
      await edges.call('a', 1);
      span.end();
    });

    expect(spans.tree).toEqual([
      'call default.c/In < call default.b/In',
      'call default.b/In < own mine',
      'own mine < nothing',
    ]);
  });

  test('continues the span that is active where graph.call is made, with a propagator and without', async () => {
    for (const propagator of [undefined, null]) {
      await spans.unregister();
      spans = new RecordedSpans({ propagator });
      const graph = await runGraph(chain, [relay, echo], traced());

      await trace.getTracer('mine').startActiveSpan('mine', async (span) => {
        await graph.call('a', 1);
        span.end();
      });

      expect(spans.tree).toContain('serve default.a/In < own mine');
      expect(spans.tree).toHaveLength(6);
    }
  });

  test('follows a fan-out, and a fork to the span it came from', async () => {
    const done = deferred();
    const forking = handWritten('forking', async (packet, { process, send }) => {
      process.fork(async (child) => {
        await child.send('error', packet);
        done.resolve();
      });
      return (await send('out', packet)).reply;
    });
    const graph = await runGraph(
      [
        { kind: 'forking', name: 'a', ports: to({ out: ['b', 'c'], error: 'd' }) },
        { kind: 'echo', name: 'b' },
        { kind: 'echo', name: 'c' },
        { kind: 'echo', name: 'd' },
      ],
      [forking, echo],
      traced(),
    );

    await graph.call('a', 1);
    await done.promise;

    await expect.poll(() => spans.tree).toHaveLength(7);
    for (const name of ['b', 'c', 'd']) {
      expect(spans.tree).toContain(`call default.${name}/In < serve default.a/In`);
      expect(spans.tree).toContain(`serve default.${name}/In < call default.${name}/In`);
    }
    const entry = named('default.a/In').attributes['flowrpc.process.id'];
    expect(named('default.b/In').attributes['flowrpc.process.id']).toBe(entry);
    expect(named('default.d/In').attributes).toMatchObject({ 'flowrpc.process.parent.id': entry });
    expect(named('default.d/In').attributes['flowrpc.process.id']).not.toBe(entry);
  });

  test('begins a trace for each process of a source, or goes on with the span it works in', async () => {
    const pulse = defineKind({
      kind: 'pulse',
      inputs: [],
      setup: () =>
        source(async ({ emit }) => {
          await emit(1);
          await trace.getTracer('mine').startActiveSpan('message', async (span) => {
            await emit(2);
            span.end();
          });
        }),
    });
    await runGraph(
      [
        { kind: 'pulse', name: 'clock', ports: to({ out: ['a', 'b'] }) },
        { kind: 'echo', name: 'a' },
        { kind: 'echo', name: 'b' },
      ],
      [pulse, echo],
      traced(),
    );

    await expect.poll(() => spans.all).toHaveLength(11);

    const traces = new Map<string, number>();
    for (const { traceId } of spans.all.map((span) => span.spanContext())) {
      traces.set(traceId, (traces.get(traceId) ?? 0) + 1);
    }
    expect([...traces.values()]).toEqual([5, 6]);
    const [first, second] = spans.all.filter(({ name }) => name === 'default.clock/Out');
    expect(first!.parentSpanContext).toBeUndefined();
    expect(second!.parentSpanContext?.spanId).toBe(named('message').spanContext().spanId);
  });

  test('covers a stream of packets with one span, under which each packet has its own', async () => {
    const server = createServer({ logger: silentLogger });
    await runGraph(chain, [relay, echo], { ...traced(), server });
    await using channel = connect(inProcess(server), { interceptors: [tracing()] });
    const client = channel.client(server.services.get('default.a')!) as unknown as {
      inStream(payloads: unknown[]): AsyncIterable<unknown>;
    };

    for await (const _reply of client.inStream([1, 2])) expect(spans.servers.length).toBeLessThan(5);

    await expect.poll(() => spans.tree).toHaveLength(10);
    expect(spans.tree.slice(-2)).toEqual([
      'serve default.a/InStream < call default.a/InStream',
      'call default.a/InStream < nothing',
    ]);
    expect(spans.tree.filter((line) => line === 'call default.b/In < serve default.a/InStream')).toHaveLength(2);
    const processes = spans.servers.map(({ attributes }) => attributes['flowrpc.process.id']);
    expect(new Set(processes).size).toBe(1);
  });

  test('goes through edges to other servers and through rpc nodes', async () => {
    const back = createServer({ logger: silentLogger }).add(reflection());
    await runGraph([{ kind: 'echo', name: 'far' }], [echo], { server: back, nodeInterceptors: [tracing()] });
    const { address } = await back.listen('127.0.0.1:0');
    const graph = await runGraph(
      [
        { kind: 'relay', name: 'a', ports: { out: [{ target: address, name: 'default.far', port: 'in' }] } },
        { kind: 'rpc', name: 'ask', target: address, service: 'default.far', method: 'In' },
      ],
      [relay],
      traced(),
    );

    await graph.call('a', 1);
    await trace.getTracer('mine').startActiveSpan('mine', async (span) => {
      await graph.call('ask', 1);
      span.end();
    });
    await back.close({ graceMs: 0 });

    const edge = spans.clients.find(({ attributes }) => attributes['flowrpc.edge.from'] === 'default.a/out')!;
    expect(edge.attributes).toMatchObject({
      'flowrpc.edge.to': 'default.far/in',
      'server.address': '127.0.0.1',
      'flowrpc.process.id': named('default.a/In').attributes['flowrpc.process.id'],
    });
    const [overEdge, overRpc] = spans.servers.filter(({ name }) => name === 'default.far/In');
    expect(overEdge!.parentSpanContext?.spanId).toBe(edge.spanContext().spanId);
    const asked = spans.all.find(({ name }) => name === 'default.ask/In')!;
    const call = spans.clients.find((span) => span.spanContext().spanId === overRpc!.parentSpanContext?.spanId)!;
    expect(call.parentSpanContext?.spanId).toBe(asked.spanContext().spanId);
  });

  test('is active in nodes, and traceOf() there gives the same trace #146', async () => {
    const seen: (string | undefined)[] = [];
    const look = handWritten('look', async (packet, { send }) => {
      seen.push(trace.getActiveSpan()?.spanContext().traceId, traceOf(current()!).traceId);
      return (await send('out', packet)).reply;
    });
    const graph = await runGraph(
      [
        { kind: 'look', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'look', name: 'b' },
      ],
      [look],
      traced(),
    );

    await graph.call('a', 1);

    expect(seen).toHaveLength(4);
    expect(new Set(seen)).toEqual(new Set([spans.all[0]!.spanContext().traceId]));
  });

  test('records what a node threw once, where it was thrown', async () => {
    const broken = handWritten('broken', () => {
      throw new RangeError('Out of tea');
    });
    const graph = await runGraph(
      [
        { kind: 'relay', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'broken', name: 'b' },
      ],
      [relay, broken],
      traced(),
    );

    await expect(graph.call('a', 1)).rejects.toThrow('Out of tea');

    expect(spans.all.map(({ name, kind, events }) => [name, kind, events.length])).toEqual([
      ['default.b/In', 1, 1],
      ['default.b/In', 2, 0],
      ['default.a/In', 1, 0],
    ]);
    expect(spans.all.map(({ attributes }) => attributes['error.type'])).toEqual(Array(3).fill('UNKNOWN'));
  });
});
