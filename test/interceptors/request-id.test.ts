import {
  Code,
  type Context,
  connect,
  createServer,
  current,
  detached,
  type Interceptor,
  keyValue,
  type Server,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { requestId, requestIdKey, requestIdOf, retry } from 'flowrpc/interceptors';
import { reflection } from 'flowrpc/services';
import { expect, onTestFinished, test } from 'vitest';
import { handWritten, runGraph } from '../graph/run-graph.ts';
import { type AnyHandler, everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, transports } from '../suites/transports.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const tcp = transports.find(({ name }) => name === 'grpc tcp')!;

/** Answers like `shout`, and keeps the ids that handlers read. */
function reader(): { ids: (string | undefined)[]; handle: AnyHandler } {
  const ids: (string | undefined)[] = [];
  return {
    ids,
    handle(requests, context) {
      ids.push(context.get(requestIdKey));
      return shout(requests, context);
    },
  };
}

test.each(transports)(
  'requestId() takes over the id of the caller and returns it in the header, $name #146',
  async (transport) => {
    const { ids, handle } = reader();
    await using probe = await setup(transport, { handlers: everyKind(handle), ...onSide('server', requestId()) });

    for (const kind of kinds) {
      const { header, status } = await run(probe.client, kind, { metadata: { 'x-request-id': `r-${kind}` } });

      expect(header.getAll('x-request-id')).toEqual([`r-${kind}`]);
      expect(status.trailer.has('x-request-id')).toBe(false);
    }

    expect(ids).toEqual(kinds.map((kind) => `r-${kind}`));
  },
);

test('requestId() makes an id where none came #146', async () => {
  const { ids, handle } = reader();
  await using probe = await setup(tcp, { handlers: everyKind(handle), ...onSide('server', requestId()) });

  const { header } = await run(probe.client, 'unary');

  expect(header.get('x-request-id')).toMatch(uuid);
  expect(ids).toEqual([header.get('x-request-id')]);
});

test.each([
  ['too long', 'x'.repeat(129)],
  ['with a space', 'a b'],
  ['with quotes', '"a"'],
  ['like markup', '<b>'],
  ['like an option', '-rf'],
  ['empty', ''],
  ['sent twice', ['a', 'b']],
])('requestId() does not take over an id %s', async (_, sent) => {
  const { ids, handle } = reader();
  await using probe = await setup(tcp, { handlers: everyKind(handle), ...onSide('server', requestId()) });

  const { header } = await run(probe.client, 'unary', { metadata: { 'x-request-id': sent } });

  expect(ids[0]).toMatch(uuid);
  expect(header.getAll('x-request-id')).toEqual([ids[0]]);
});

test('requestId() believes only whom it is told to', async () => {
  const { ids, handle } = reader();
  const trust = ({ metadata }: { metadata: { has(key: string): boolean } }) => metadata.has('x-inside');
  await using probe = await setup(tcp, {
    handlers: everyKind(handle),
    ...onSide('server', requestId({ trust, make: () => 'made' })),
  });

  await run(probe.client, 'unary', { metadata: { 'x-request-id': 'r-1' } });
  await run(probe.client, 'unary', { metadata: { 'x-request-id': 'r-1', 'x-inside': '1' } });

  expect(ids).toEqual(['made', 'r-1']);
});

test('requestId() returns the id in the trailer of a call that failed, which may still be repeated', async () => {
  let calls = 0;
  await using probe = await setup(tcp, {
    handlers: everyKind((requests, context) => {
      calls += 1;
      if (calls % 2 === 1) throw new StatusError(Code.UNAVAILABLE, 'Not yet', { trailer: { 'x-own': '1' } });
      return shout(requests, context);
    }),
    server: { interceptors: [requestId()] },
    client: { interceptors: [retry({ attempts: 2, nonIdempotent: true, baseDelayMs: 1 })] },
  });

  const repeated = await run(probe.client, 'serverStream', { metadata: { 'x-request-id': 'r-1' } });
  calls = 0;
  const failing = await tcp.open(createServer({ logger: silentLogger, interceptors: [requestId()] }));
  const failed = await failing.call('/no.Such/Method', new Uint8Array(), { metadata: { 'x-request-id': 'r-2' } })
    .status;
  await failing.close();

  expect(repeated.status.code).toBe(Code.OK);
  expect(repeated.header.get('x-request-id')).toBe('r-1');
  expect(failed.trailer.get('x-request-id')).toBe('r-2');
});

test('requestId() keeps the trailer that a failed call has', async () => {
  const trailer = { 'x-own': '1' };
  await using probe = await setup(tcp, {
    handlers: everyKind(() => {
      throw new StatusError(Code.ABORTED, 'Later', { trailer });
    }),
    ...onSide('server', requestId()),
  });

  const { status } = await run(probe.client, 'unary', { metadata: { 'x-request-id': 'r-1' } });

  expect([...status.trailer]).toEqual([
    ['x-own', '1'],
    ['x-request-id', 'r-1'],
  ]);
});

test('requestId() leaves a header alone that was sent before the first message', async () => {
  await using probe = await setup(tcp, {
    handlers: everyKind((requests, context) => {
      context.header.set('x-own', '1');
      context.sendHeader();
      return shout(requests, context);
    }),
    ...onSide('server', requestId()),
  });

  for (const kind of kinds) {
    const { header, status } = await run(probe.client, kind);

    expect(status.code).toBe(Code.OK);
    expect(header.get('x-own')).toBe('1');
  }
});

test('requestId() sends one id with each call of a client, and the same with its attempts', async () => {
  const { ids, handle } = reader();
  let calls = 0;
  await using probe = await setup(tcp, {
    handlers: everyKind((requests, context) => {
      calls += 1;
      const answer = handle(requests, context);
      if (calls === 1) throw new StatusError(Code.UNAVAILABLE, 'Not yet');
      return answer;
    }),
    server: { interceptors: [requestId()] },
    client: { interceptors: [requestId(), retry({ nonIdempotent: true, baseDelayMs: 1 })] },
  });

  await run(probe.client, 'unary');
  await run(probe.client, 'unary');
  await run(probe.client, 'unary', { metadata: { 'x-request-id': 'own' } });
  await run(probe.client, 'unary', { values: [keyValue(requestIdKey, 'by-key')] });

  expect(ids[0]).toMatch(uuid);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).toMatch(uuid);
  expect(ids[2]).not.toBe(ids[0]);
  expect(ids.slice(3)).toEqual(['own', 'by-key']);
});

/** A server in front of another one, which it calls for each call it gets. */
async function twoHops(front: { client?: readonly Interceptor[]; forward?: readonly string[] }) {
  const back = reader();
  const behind = await setup(tcp, { handlers: everyKind(back.handle), server: { interceptors: [requestId()] } });
  const { address } = await behind.server.listen('127.0.0.1:0');
  const channel = connect(address, { interceptors: front.client ?? [] });
  const client = channel.client(ProbeService);
  const { ids, handle } = reader();
  const before = await setup(tcp, {
    handlers: everyKind(async function* passing(requests, context) {
      const answers = handle(requests, context);
      await client.unary({ text: 'a', n: 1 });
      yield* answers;
    }),
    server: { interceptors: [requestId()], forward: front.forward ?? [] },
  });
  onTestFinished(async () => {
    await before[Symbol.asyncDispose]();
    await channel.close();
    await behind[Symbol.asyncDispose]();
  });
  return { probe: before, first: ids, second: back.ids };
}

test.each([
  ['by the interceptor of the client', { client: [requestId()] }],
  ['by the forward list of the server', { forward: ['x-request-id'] }],
])('requestId() passes an id on to the next hop %s, taken over or made #146', async (_, front) => {
  const { probe, first, second } = await twoHops(front);

  await run(probe.client, 'unary', { metadata: { 'x-request-id': 'r-1' } });
  const { header } = await run(probe.client, 'bidi');

  expect(first).toEqual(['r-1', header.get('x-request-id')]);
  expect(second).toEqual(first);
  expect(first[1]).toMatch(uuid);
});

test('requestId() sends the id of the parent that a call names, and none of a call around that is not its parent', async () => {
  const back = reader();
  await using behind = await setup(tcp, {
    handlers: everyKind(back.handle),
    server: { interceptors: [requestId()] },
    client: { interceptors: [requestId()] },
  });
  let outer: Context | undefined;
  await using probe = await setup(tcp, {
    handlers: everyKind(async function* passing(requests, context) {
      outer ??= context;
      await run(behind.client, 'unary', { parent: outer });
      await run(behind.client, 'unary', { parent: null });
      yield* shout(requests, context);
    }),
    ...onSide('server', requestId()),
  });

  await run(probe.client, 'unary', { metadata: { 'x-request-id': 'first' } });
  await run(probe.client, 'unary', { metadata: { 'x-request-id': 'second' } });
  await run(behind.client, 'unary', { parent: outer });

  const read = back.ids.map((id) => (uuid.test(id ?? '') ? 'made' : id));
  expect(read).toEqual(['first', 'made', 'first', 'made', 'first']);
});

test('requestIdOf() reads the id of the call being handled, and nothing outside of one', async () => {
  const read: (string | undefined)[] = [];
  await using probe = await setup(tcp, {
    handlers: everyKind((requests, context) => {
      read.push(
        requestIdOf(),
        requestIdOf(context),
        detached(() => requestIdOf()),
      );
      return shout(requests, context);
    }),
  });

  await run(probe.client, 'unary', { metadata: { 'x-request-id': 'r-1' } });

  expect(read).toEqual(['r-1', 'r-1', undefined]);
  expect(requestIdOf()).toBeUndefined();
});

test('nodes of a graph over two processes read the one id, which the caller gets in the header #146', async () => {
  const seen: string[] = [];
  const look = handWritten('look', async (packet, { node, send }) => {
    seen.push(`${node.name} ${requestIdOf()} ${current()?.get(requestIdKey)}`);
    const { sent, reply } = await send('out', packet);
    return sent === 0 ? packet.payload : reply;
  });
  const serve = async (nodes: readonly object[]): Promise<{ server: Server; address: string }> => {
    const server = createServer({ logger: silentLogger, interceptors: [requestId()] });
    await runGraph(nodes, [look], { server });
    onTestFinished(async () => void (await server.close({ graceMs: 50 })));
    return { server, address: (await server.listen('127.0.0.1:0')).address };
  };
  const behind = await serve([{ kind: 'look', name: 'c' }]);
  behind.server.add(reflection());
  const remote = { target: behind.address, name: 'default.c', port: 'in', forward: ['x-request-id'] };
  const { server, address } = await serve([
    { kind: 'look', name: 'a', ports: { out: [{ name: 'b', port: 'in' }] } },
    { kind: 'look', name: 'b', ports: { out: [remote] } },
  ]);
  const channel = connect(address);
  onTestFinished(() => channel.close());
  const client = channel.client(server.services.get('default.a')!) as unknown as {
    in(payload: unknown): PromiseLike<unknown> & { header: Promise<{ get(key: string): string | undefined }> };
  };

  const call = client.in('hi');

  expect(await call).toBe('hi');
  const id = (await call.header).get('x-request-id');
  expect(id).toMatch(uuid);
  expect(seen).toEqual([`a ${id} ${id}`, `b ${id} ${id}`, `c ${id} ${id}`]);
});

test('requestId() refuses options that make no sense', async () => {
  expect(() => requestId({ headr: 'a' } as never)).toThrow('did you mean "header"?');
  expect(() => requestId({ header: 'not legal' })).toThrow('Cannot set metadata key "not legal"');
  expect(() => requestId({ header: 'grpc-id' })).toThrow('reserved for the protocol');
  await using probe = await setup(tcp, {
    handlers: everyKind(shout),
    ...onSide('client', requestId({ make: () => 'a b' })),
  });

  const { status } = await run(probe.client, 'unary');

  expect(status.message).toContain('Cannot use request id "a b"');
});
