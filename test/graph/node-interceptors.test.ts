import {
  Code,
  connect,
  createServer,
  graphEdgeKey,
  type Interceptor,
  inProcess,
  key,
  processKey,
  StatusError,
  silentLogger,
  statusFrom,
} from 'flowrpc';
import { auth, bearer, errors, mapError } from 'flowrpc/interceptors';
import { defineKind, nodeOfError, none, oneToOne, source } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { expect, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from './run-graph.ts';
import { witness } from './witness.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
const echo = mapping('echo', (payload: unknown) => payload);
const twoNodes = [
  { kind: 'relay', name: 'a', ports: to({ out: 'b' }) },
  { kind: 'echo', name: 'b' },
];

/** A server with its graph, and a caller of a node from outside. */
async function served(options: Parameters<typeof runGraph>[2], server = createServer({ logger: silentLogger })) {
  await runGraph(twoNodes, [relay, echo], { ...options, server });
  const channel = connect(inProcess(server));
  const client = channel.client(server.services.get('default.a')!);
  return client as unknown as Record<string, (input: unknown) => Promise<unknown> & AsyncIterable<unknown>>;
}

test('nodeInterceptors run once at every node, for calls from outside and for edges alike #141', async () => {
  const { seen, interceptor } = witness();
  const client = await served({ nodeInterceptors: [interceptor] });

  expect(await client.in!(7)).toBe(7);

  expect(seen.map(({ path, side, code }) => [path, side, code])).toEqual([
    ['/default.b/In', 'server', Code.OK],
    ['/default.a/In', 'server', Code.OK],
  ]);
});

test('nodeInterceptors run once around a stream of packets, and for each packet on its edges', async () => {
  const { seen, interceptor } = witness();
  const client = await served({ nodeInterceptors: [interceptor] });

  const replies: unknown[] = [];
  for await (const reply of client.inStream!([1, 2])) replies.push(reply);

  expect(replies).toEqual([1, 2]);
  expect(seen.map(({ path }) => path)).toEqual(['/default.b/In', '/default.b/In', '/default.a/InStream']);
});

test('nodeInterceptors run for graph.call too, as for a call from outside', async () => {
  const { seen, interceptor } = witness();
  const graph = await runGraph(twoNodes, [relay, echo], { nodeInterceptors: [interceptor] });

  expect(await graph.call('a', { n: 1 })).toEqual({ n: 1 });

  expect(seen.map(({ path }) => path)).toEqual(['/default.b/In', '/default.a/In']);
});

test('nodeInterceptors run inside those of the server', async () => {
  const order: string[] = [];
  const note =
    (name: string): Interceptor =>
    (call, next) => {
      order.push(`${name} ${call.method.path}`);
      return next(call);
    };
  const server = createServer({ interceptors: [note('server')], logger: silentLogger });
  const client = await served({ interceptors: [note('edge')], nodeInterceptors: [note('node')] }, server);

  await client.in!(1);

  expect(order).toEqual(['server /default.a/In', 'node /default.a/In', 'edge /default.b/In', 'node /default.b/In']);
});

test('a method of a node says which node it is, and ordinary methods say nothing', async () => {
  const { seen, interceptor } = witness();
  const graph = await runGraph(
    [
      { kind: 'relay', name: 'a', namespace: 'shop', ports: { out: [{ id: unnamed, port: 'in' }] } },
      { kind: 'echo', id: unnamed, namespace: 'shop' },
    ],
    [relay, echo],
    { nodeInterceptors: [interceptor] },
  );

  await graph.call('a', 1);

  expect(seen.map(({ call }) => call.method.node)).toEqual([
    { name: 'echo_000000000001', kind: 'echo', namespace: 'shop', port: 'in' },
    { name: 'a', kind: 'relay', namespace: 'shop', port: 'in' },
  ]);
});

const unnamed = '00000000-0000-7000-8000-000000000001';

test('an edge says where it leads from and to, on its own side only', async () => {
  const edge = witness();
  const node = witness();
  const graph = await runGraph(twoNodes, [relay, echo], {
    interceptors: [edge.interceptor],
    nodeInterceptors: [node.interceptor],
  });

  await graph.call('a', 1);

  expect(edge.seen.map(({ side, call }) => [side, call.get(graphEdgeKey)])).toEqual([
    ['client', { from: 'default.a/out', to: 'default.b/in' }],
  ]);
  expect(node.seen.map(({ call }) => call.get(graphEdgeKey))).toEqual([undefined, undefined]);
});

test('nodeInterceptors run around each process that a source starts', async () => {
  const { seen, interceptor } = witness();
  const ticks = defineKind({
    kind: 'ticks',
    inputs: [],
    setup: () =>
      source(async ({ emit }) => {
        await emit(1);
        await emit(2);
      }),
  });
  await runGraph(
    [
      { kind: 'ticks', name: 'clock', ports: to({ out: 'b' }) },
      { kind: 'echo', name: 'b' },
    ],
    [ticks, echo],
    { nodeInterceptors: [interceptor] },
  );

  await expect.poll(() => seen).toHaveLength(4);

  const [start, ...others] = seen.filter(({ path }) => path === '/default.clock/Out').map(({ call }) => call);
  expect(start!.method.node).toEqual({ name: 'clock', kind: 'ticks', namespace: 'default', port: '' });
  expect(others).toHaveLength(1);
  const idsAt = (path: string) => seen.filter((one) => one.path === path).map(({ call }) => call.get(processKey)!.id);
  expect(idsAt('/default.clock/Out')).toEqual(idsAt('/default.b/In'));
  expect(new Set(idsAt('/default.b/In')).size).toBe(2);
});

test('a nodeInterceptor can refuse, answer, change the message and the reply, and bound the node', async () => {
  const graph = await runGraph(twoNodes, [relay, echo], {
    nodeInterceptors: [
      async function policy(call, next) {
        if (call.method.node?.name !== 'b') return next(call);
        if (call.request === 'no') return statusFrom(Code.PERMISSION_DENIED, 'Not you');
        if (call.request === 'cached') {
          await call.respond('from the cache');
          return statusFrom(Code.OK);
        }
        return next(
          call
            .mapRequests((message) => `${message}?`)
            .mapResponses((message) => `${message}!`)
            .withTimeout(5_000),
        );
      },
    ],
  });

  expect(await graph.call('a', 'yes')).toBe('yes?!');
  expect(await graph.call('a', 'cached')).toBe('from the cache');
  await expect(graph.call('a', 'no')).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
});

test('with nodeInterceptors, errors, cancellation and "no reply" are what they are without', async () => {
  const pass: Interceptor = (call, next) => next(call);
  const picky = handWritten('picky', async (packet, { signal }) => {
    if (packet.payload === 'none') return none;
    if (packet.payload === 'fail') throw new StatusError(Code.OUT_OF_RANGE, 'No such floor');
    if (packet.payload === 'throw') throw new RangeError('Broken');
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return undefined;
  });
  const nodes = [
    { kind: 'relay', name: 'a', ports: to({ out: 'b' }) },
    { kind: 'picky', name: 'b' },
  ];
  const graphs = [
    await runGraph(nodes, [relay, picky]),
    await runGraph(nodes, [relay, picky], { nodeInterceptors: [pass] }),
    await runGraph(nodes, [relay, picky], { interceptors: [pass], nodeInterceptors: [pass] }),
  ];
  const told = (thrown: unknown): unknown => {
    const { code, statusMessage, details } = thrown as StatusError;
    return { code, statusMessage, node: details && nodeOfError({ details }) };
  };

  for (const payload of ['none', 'fail', 'throw', 'wait']) {
    const outcomes = await Promise.all(
      graphs.map((graph) => graph.call('a', payload, { timeoutMs: payload === 'wait' ? 30 : 5_000 }).catch(told)),
    );
    expect(outcomes[1], payload).toEqual(outcomes[0]);
    expect(outcomes[2], payload).toEqual(outcomes[0]);
  }
});

test('exit hooks have run when the interceptors at the entry are told the status', async () => {
  const order: string[] = [];
  const hooked = handWritten('hooked', (packet, { process }) => {
    process.onExit(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('hook');
    });
    return packet;
  });
  const note: Interceptor = async (call, next) => {
    const status = await next(call);
    order.push('status');
    return status;
  };
  const graph = await runGraph([{ kind: 'hooked', name: 'a' }], [hooked], { nodeInterceptors: [note] });

  await graph.call('a', 1);

  expect(order).toEqual(['hook', 'status']);
});

test('interceptors of a graph are also on the calls that its rpc nodes make', async () => {
  const { seen, interceptor } = witness();
  const back = createServer({ logger: silentLogger }).add(reflection());
  await runGraph([{ kind: 'echo', name: 'far' }], [echo], { server: back });
  const { address } = await back.listen('127.0.0.1:0');
  const graph = await runGraph(
    [{ kind: 'rpc', name: 'ask', target: address, service: 'default.far', method: 'In' }],
    [],
    { interceptors: [interceptor] },
  );

  const reply = await graph.call('ask', 1);
  await back.close({ graceMs: 0 });

  expect(reply).toBe(1);
  expect(seen.filter(({ path }) => path === '/default.far/In')).toMatchObject([{ side: 'client', code: Code.OK }]);
});

test('createGraph() refuses interceptors that are none', async () => {
  await expect(runGraph([], [], { nodeInterceptors: ['logging'] as never })).rejects.toThrow(TypeError);
  await expect(runGraph([], [], { interceptors: 'logging' as never })).rejects.toThrow(TypeError);
});

test('oneToOne nodes answer through nodeInterceptors within their own process', async () => {
  const twice = defineKind({ kind: 'twice', setup: () => oneToOne((n: number) => n * 2) });
  const pass: Interceptor = (call, next) => next(call);
  const graph = await runGraph(
    [
      { kind: 'twice', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'twice', name: 'b' },
    ],
    [twice],
    { interceptors: [pass], nodeInterceptors: [pass] },
  );

  expect(await graph.call('a', 2)).toBe(8);
});

test('#135 every node of a run reads who calls, as auth() found out at the entry', async () => {
  const user = key<string>('user');
  const who = mapping('echo', (_payload: unknown, { process }) => process.get(user) ?? 'nobody');
  const server = createServer({
    interceptors: [auth((call) => bearer(call) === 'secret' && 'ada', { as: user })],
    logger: silentLogger,
  });
  await runGraph(twoNodes, [relay, who], { server });
  await using channel = connect(inProcess(server));
  const client = channel.client(server.services.get('default.a')!) as unknown as Record<
    string,
    (input: unknown, options?: object) => Promise<unknown>
  >;

  expect(await client.in!(1, { metadata: { authorization: 'Bearer secret' } })).toBe('ada');
  await expect(client.in!(1)).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
});

test('errors() around nodes maps what they throw', async () => {
  class Missing extends Error {}
  const broken = mapping('echo', () => {
    throw new Missing('town 7');
  });
  const server = createServer({ logger: silentLogger });
  const mapped = errors(mapError(Missing, { code: Code.NOT_FOUND, reason: 'TOWN_MISSING', domain: 'towns.example' }));
  await runGraph(twoNodes, [relay, broken], { server, nodeInterceptors: [mapped] });
  await using channel = connect(inProcess(server));
  const client = channel.client(server.services.get('default.a')!) as unknown as Record<
    string,
    (input: unknown) => Promise<unknown>
  >;

  await expect(client.in!(7)).rejects.toMatchObject({ code: Code.NOT_FOUND });
});
