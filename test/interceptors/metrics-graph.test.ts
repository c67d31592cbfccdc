import { Code, connect, createServer, StatusError, silentLogger } from 'flowrpc';
import { createRegistry, metrics, type Registry } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from '../graph/run-graph.ts';
import { gate } from '../suites/gate.ts';
import { type Exposition, parseExposition } from './metrics-exposition.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
const picky = mapping('picky', (payload: unknown) => {
  if (payload === 'bad') throw new StatusError(Code.FAILED_PRECONDITION, 'No');
  return payload;
});
const specs = [
  { kind: 'relay', name: 'first', namespace: 'shop', ports: to({ out: 'second' }) },
  { kind: 'picky', name: 'second', namespace: 'shop' },
];
const first = { namespace: 'shop', node: 'first', kind: 'relay', port: 'in' };
const second = { namespace: 'shop', node: 'second', kind: 'picky', port: 'in' };
const edge = { from: 'shop.first/out', to: 'shop.second/in' };
const often = { interval: 2 };

function exported(registry: Registry): Exposition {
  return parseExposition(registry.text());
}

describe('metrics() of a graph', () => {
  test('#138 nodes and edges have calls, codes, durations and what is under way', async () => {
    const registry = createRegistry();
    const counting = [metrics({ registry })];
    const graph = await runGraph(specs, [relay, picky], { nodeInterceptors: counting, interceptors: counting });

    await graph.call('first', 'good');
    await graph.call('first', 'good');
    await graph.call('first', 'bad').catch(() => {});

    const metricsNow = exported(registry);
    expect(metricsNow.value('flowrpc_node_calls_total', { ...first, code: 'OK' })).toBe(2);
    expect(metricsNow.value('flowrpc_node_calls_total', { ...first, code: 'FAILED_PRECONDITION' })).toBe(1);
    expect(metricsNow.value('flowrpc_node_calls_total', { ...second, code: 'FAILED_PRECONDITION' })).toBe(1);
    expect(metricsNow.value('flowrpc_node_duration_seconds_count', second)).toBe(3);
    expect(metricsNow.value('flowrpc_edge_calls_total', { ...edge, code: 'OK' })).toBe(2);
    expect(metricsNow.value('flowrpc_edge_calls_total', { ...edge, code: 'FAILED_PRECONDITION' })).toBe(1);
    expect(metricsNow.value('flowrpc_edge_duration_seconds_count', edge)).toBe(3);
    expect(metricsNow.sum('flowrpc_node_active')).toBe(0);
    expect(metricsNow.sum('flowrpc_edge_active')).toBe(0);
    // A node is a method like any other to those who know nothing of graphs.
    expect(metricsNow.sum('grpc_server_handled_total', { grpc_service: 'shop.second', grpc_method: 'In' })).toBe(3);
  });

  test('a call that is under way is active at its node and on its edge', async () => {
    const registry = createRegistry();
    const held = gate();
    const slow = handWritten('slow', async (packet) => {
      await held.promise;
      return packet.payload;
    });
    const counting = [metrics({ registry, dialects: ['graph'] })];
    const graph = await runGraph([specs[0]!, { ...specs[1], kind: 'slow' }], [relay, slow], {
      nodeInterceptors: counting,
      interceptors: counting,
    });

    const reply = graph.call('first', 1);

    await expect.poll(() => exported(registry).value('flowrpc_edge_active', edge), often).toBe(1);
    expect(exported(registry).sum('flowrpc_node_active')).toBe(2);
    held.open();
    await reply;
    expect(exported(registry).sum('flowrpc_node_active')).toBe(0);
  });

  test('a call from outside passes the server and its node, and is counted once', async () => {
    const registry = createRegistry();
    const server = createServer({ interceptors: [metrics({ registry })], logger: silentLogger });
    await runGraph(specs, [relay, picky], { server, nodeInterceptors: [metrics({ registry })] });
    const { address } = await server.listen('127.0.0.1:0');
    await using channel = connect(address);
    const client = channel.client(server.services.get('shop.first')!) as unknown as {
      in(input: unknown): Promise<unknown>;
      inStream(inputs: unknown[]): AsyncIterable<unknown>;
    };

    await client.in(1);
    for await (const _ of client.inStream([1, 2, 3])) {
      // Read to the end.
    }

    await expect.poll(() => exported(registry).sum('flowrpc_node_calls_total', first), often).toBe(2);
    expect(exported(registry).sum('flowrpc_node_calls_total', second)).toBe(4);
    expect(exported(registry).sum('grpc_server_started_total', { grpc_service: 'shop.first' })).toBe(2);
    await server.close({ graceMs: 0 });
  });

  test('an edge to another process is one too, and its node counts where it runs', async () => {
    const here = createRegistry();
    const there = createRegistry();
    const server = createServer({ logger: silentLogger });
    await runGraph([specs[1]!], [picky], { server, nodeInterceptors: [metrics({ registry: there })] });
    const { address } = await server.listen('127.0.0.1:0');
    const remote = { out: [{ target: address, name: 'shop.second', port: 'in' }] };
    const graph = await runGraph([{ ...specs[0], ports: remote }], [relay], {
      interceptors: [metrics({ registry: here })],
    });

    for (let n = 0; n < 3; n++) await graph.call('first', n);

    expect(exported(here).value('flowrpc_edge_calls_total', { from: 'shop.first/out', code: 'OK' })).toBe(3);
    expect(exported(here).samples('flowrpc_node_calls_total')).toEqual([]);
    await expect.poll(() => exported(there).sum('flowrpc_node_calls_total', second), often).toBe(3);
    await server.close({ graceMs: 0 });
  });

  test('calls of ordinary services are in neither', async () => {
    const registry = createRegistry();
    const server = createServer({ interceptors: [metrics({ registry })], logger: silentLogger });
    const { address } = await server.listen('127.0.0.1:0');
    await using channel = connect(address, { interceptors: [metrics({ registry })] });

    await channel.call('/x.Y/Z', new Uint8Array()).status;

    expect(registry.text()).not.toContain('flowrpc_');
    await server.close({ graceMs: 0 });
  });
});
