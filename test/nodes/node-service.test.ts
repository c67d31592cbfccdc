import {
  Code,
  connect,
  createServer,
  inProcess,
  type Server,
  type Service,
  StatusError,
  silentLogger,
  type UnaryCall,
} from 'flowrpc';
import { readSpecs } from 'flowrpc/graph';
import { defineKind, manyToOne, nodeOfError, nodeService, none, oneToOne, readHops } from 'flowrpc/nodes';
import { reflection, reflectionClient } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../graph/run-graph.ts';
import { greeter } from './greeter.ts';

type AnyClient = Record<string, (payload: unknown, options?: object) => UnaryCall<unknown> & AsyncIterable<unknown>>;

const echo = mapping('echo', (payload) => payload);
const fail = mapping('fail', () => {
  throw new Error('boom');
});

/** A client of a node's service, over each way that a call can come. */
async function clientOf(server: Server, service: string, transport: 'in-process' | 'grpc'): Promise<AnyClient> {
  onTestFinished(async () => void (await server.close({ graceMs: 100 })));
  const target = transport === 'grpc' ? (await server.listen('127.0.0.1:0')).address : inProcess(server);
  const channel = connect(target);
  onTestFinished(() => channel.close());
  return channel.client(server.services.get(service)!) as unknown as AnyClient;
}

describe.each(['in-process', 'grpc'] as const)('over %s', (transport) => {
  test('a node is a service with the same results as when linked #55', async () => {
    const server = createServer({ logger: silentLogger });
    const nobody = handWritten('nobody', () => none);
    const graph = await runGraph(
      [
        { kind: 'echo', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'echo', name: 'b' },
        { kind: 'fail', name: 'f' },
        { kind: 'nobody', name: 'n' },
      ],
      [echo, fail, nobody],
      { server },
    );
    const payload = { text: 'x', big: 2n ** 63n - 1n, bytes: new Uint8Array([1, 2]), empty: [{}, [], ''], no: null };

    const a = await clientOf(server, 'default.a', transport);
    expect(await a.in!(payload)).toEqual(await graph.call('a', payload));
    expect(await a.in!(payload)).toEqual(payload);

    const f = await clientOf(server, 'default.f', transport);
    const error = (await f.in!(null).catch((thrown: unknown) => thrown)) as StatusError;
    expect(error).toMatchObject({ code: Code.UNKNOWN, statusMessage: 'boom', origin: 'peer' });
    expect(nodeOfError(error)).toBe('default.f');

    const n = await clientOf(server, 'default.n', transport);
    const call = n.in!(null);
    // Read as a reply, the hint tells; every other reader sees null.
    expect(await call).toBe(null);
    expect((await call.trailer).get('flowrpc-reply')).toBe('none');
  });

  test('InStream runs one process whose n-th response answers the n-th request', async () => {
    const server = createServer({ logger: silentLogger });
    const slowFirst = deferred();
    const ids = new Set<string>();
    const work = handWritten('work', async ({ payload }, { send, process }) => {
      ids.add(process.id);
      const sent = send('out', payload);
      if (payload === 0) await slowFirst.promise;
      else if (payload === 2) slowFirst.resolve();
      return (await sent).reply === none ? payload : null;
    });
    await runGraph([{ kind: 'work', name: 'w' }], [work], { server });
    const client = await clientOf(server, 'default.w', transport);

    const replies: unknown[] = [];
    for await (const reply of client.inStream!([0, 1, 2])) replies.push(reply);

    expect(replies).toEqual([0, 1, 2]);
    expect(ids.size).toBe(1);
  });

  test('InStream gives a caller null for no response and ends with an error; an edge gets both as values', async () => {
    const server = createServer({ logger: silentLogger });
    const odd = handWritten('odd', ({ payload }) => {
      if (payload === 'fail') throw new StatusError(Code.ABORTED, 'no');
      return payload === 'none' ? none : payload;
    });
    await runGraph([{ kind: 'odd', name: 'o' }], [odd], { server });
    const client = await clientOf(server, 'default.o', transport);
    const read = async (metadata: object): Promise<unknown[]> => {
      const replies: unknown[] = [];
      try {
        for await (const reply of client.inStream!([1, 'none', 'fail', 2], { metadata })) replies.push(reply);
      } catch (error) {
        replies.push((error as StatusError).code);
      }
      return replies;
    };

    expect(await read({})).toEqual([1, null, Code.ABORTED]);
    expect(await read({ 'flowrpc-edge': '1' })).toEqual([1, none, expect.objectContaining({ code: Code.ABORTED }), 2]);
  });

  test('InStream commits before its status, and cancels what it left when the caller goes', async () => {
    const server = createServer({ logger: silentLogger });
    const log: string[] = [];
    const left = deferred();
    const hooked = handWritten('hooked', ({ payload }, { process }) => {
      process.onExit((error) => {
        log.push(error === undefined ? 'commit' : 'rollback');
        left.resolve();
      });
      return payload;
    });
    await runGraph([{ kind: 'hooked', name: 'h' }], [hooked], { server });
    const client = await clientOf(server, 'default.h', transport);

    for await (const _ of client.inStream!([1])) log.push('reply');
    log.push('status');
    expect(log.filter((entry) => entry !== 'reply')).toEqual(['commit', 'status']);

    const endless = async function* (): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => {});
    };
    for await (const _ of client.inStream!(endless())) break;
    await left.promise;
    await expect.poll(() => log.at(-1)).toBe('rollback');
  });

  test('the hops of a call come back in its trailer when asked for', async () => {
    const server = createServer({ logger: silentLogger });
    await runGraph(
      [
        { kind: 'echo', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'echo', name: 'b' },
      ],
      [echo],
      { server },
    );
    const client = await clientOf(server, 'default.a', transport);

    const call = client.in!(1, { metadata: { 'flowrpc-trace-hops': '1' }, timeoutMs: 5_000 });
    await call;

    expect(readHops(await call.trailer)).toMatchObject([
      { node: 'default.b', port: 'in', code: 'OK' },
      { node: 'default.a', port: 'in', code: 'OK' },
    ]);
    const quiet = client.in!(1);
    await quiet;
    expect(readHops(await quiet.trailer)).toEqual([]);
  });
});

test('nodeService() makes a service of a node without a graph, and closes it when it is removed', async () => {
  let closed = false;
  const greet = defineKind<{ greeting: string }>({
    kind: 'greet',
    setup: ({ greeting }) => ({
      ...oneToOne(({ name }: { name: string }) => `${greeting}, ${name}`),
      close: () => void (closed = true),
    }),
  });
  const server = createServer({ logger: silentLogger });
  server.add(await nodeService(greet, 'greet', { greeting: 'Hello' }));
  const client = await clientOf(server, 'default.greet', 'in-process');

  expect(await client.in!({ name: 'Ada' })).toBe('Hello, Ada');

  server.remove('default.greet');
  await expect.poll(() => closed).toBe(true);
});

test('nodeService() refuses names and fields that cannot be', async () => {
  await expect(nodeService(echo, 'x', {}, { namespace: 'grpc' })).rejects.toThrow(RangeError);
  await expect(nodeService(echo, '1x')).rejects.toThrow(RangeError);
  await expect(nodeService(echo, 'x', {}, { nmaespace: 'a' } as object)).rejects.toThrow('did you mean "namespace"?');
});

test('a node with many in-ports has a method for each', async () => {
  const joined = defineKind({ kind: 'joined', inputs: ['in[*]'], setup: () => manyToOne((payloads) => payloads) });
  const server = createServer({ logger: silentLogger });
  server.add(await nodeService(joined, 'j', {}, { inputs: ['in[0]', 'in[1]'] }));

  const { methods, name } = server.services.get('default.j')!;

  expect(name).toBe('default.j');
  expect(Object.values(methods).map((method) => `${method.path} ${method.kind}`)).toEqual([
    '/default.j/In0 unary',
    '/default.j/In0Stream bidi',
    '/default.j/In1 unary',
    '/default.j/In1Stream bidi',
  ]);
});

test('reflection describes a node with Value, and with real types where its kind has them', async () => {
  const Greeter: Service = await greeter();
  const typed = defineKind({
    kind: 'typed',
    types: { in: { request: 'helloworld.HelloRequest', response: 'helloworld.HelloReply' } },
    files: Greeter.files,
    idempotency: 'idempotent',
    setup: () =>
      oneToOne(({ name, big }: { name: string; big: bigint }) => ({ message: `Hi, ${name}`, big: big + 1n })),
  });
  const server = createServer({ logger: silentLogger }).add(reflection());
  await runGraph(
    [
      { kind: 'echo', name: 'plain-one' },
      { kind: 'typed', name: 'typed' },
    ],
    [echo, typed],
    { server },
  );
  const { address } = await server.listen('127.0.0.1:0');
  onTestFinished(async () => void (await server.close({ graceMs: 100 })));
  await using channel = connect(address);
  const asked = reflectionClient(channel);

  expect(await asked.list()).toEqual(expect.arrayContaining(['default.plain_one', 'default.typed']));
  const plain = await asked.service('default.plain_one');
  expect(plain.methods.in).toMatchObject({ kind: 'unary', request: { typeName: 'google.protobuf.Value' } });
  expect(plain.methods.inStream).toMatchObject({ kind: 'bidi' });
  const service = await asked.service('default.typed');
  expect(service.methods.in).toMatchObject({
    path: '/default.typed/In',
    request: { typeName: 'helloworld.HelloRequest' },
    response: { typeName: 'helloworld.HelloReply' },
    idempotency: 'idempotent',
  });
  expect(service.files.map(({ name }) => name)).toContain('flowrpc/nodes/default.typed.proto');
  const client = channel.client(service) as unknown as AnyClient;
  expect(await client.in!({ name: 'Ada', big: 2n ** 60n })).toEqual({ message: 'Hi, Ada', big: 2n ** 60n + 1n });
});

test('errors that nobody meant for strangers are masked where asked', async () => {
  const server = createServer({ logger: silentLogger });
  const refuse = mapping('refuse', () => {
    throw new StatusError(Code.NOT_FOUND, 'meant');
  });
  await runGraph(
    [
      { kind: 'fail', name: 'f' },
      { kind: 'refuse', name: 'r' },
    ],
    [fail, refuse],
    { server, exposeErrors: 'masked' },
  );
  const f = await clientOf(server, 'default.f', 'in-process');
  const r = await clientOf(server, 'default.r', 'in-process');

  await expect(f.in!(1)).rejects.toMatchObject({
    code: Code.UNKNOWN,
    statusMessage: expect.stringMatching(/^Internal error \(error id /),
  });
  await expect(r.in!(1)).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'meant' });
});

test('a run that came over too many processes is refused (S-07)', async () => {
  const server = createServer({ logger: silentLogger });
  await runGraph([{ kind: 'echo', name: 'a' }], [echo], { server });
  const client = await clientOf(server, 'default.a', 'in-process');

  expect(await client.in!(1, { metadata: { 'flowrpc-hops': '64' } })).toBe(1);
  await expect(client.in!(1, { metadata: { 'flowrpc-hops': '65' } })).rejects.toMatchObject({
    code: Code.FAILED_PRECONDITION,
  });
});

test('an unnamed node is served under its kind and id', async () => {
  const server = createServer({ logger: silentLogger });
  const [spec] = readSpecs([{ kind: 'echo' }]).specs;
  await runGraph([{ kind: 'echo' }], [echo], { server });

  expect([...server.services.keys()]).toEqual([`default.echo_${spec!.id.slice(-12)}`]);
});
