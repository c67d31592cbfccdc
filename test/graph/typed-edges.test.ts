import { fileURLToPath } from 'node:url';
import { Code, createServer, type Interceptor, loadServices, type StatusError, silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, type NodeKind, none, type PortType } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runGraph } from './run-graph.ts';

const proto = fileURLToPath(new URL('item.proto', import.meta.url));
const { 't.Items': Items } = await loadServices(proto);
const { files } = Items!;

interface Ends {
  /** What the sender's out-port is; left out: values. */
  sent?: PortType;
  /** What the receiver's in-port is. */
  taken?: PortType;
  /** What the receiver answers with; default: what it got. */
  answer?: (payload: unknown) => unknown;
}

interface Seen {
  /** What the receiver got. */
  got: unknown;
  /** What the sender got back: a reply, or the code and message of an error. */
  reply: unknown;
}

function kindsOf({ sent, taken, answer = (payload) => payload }: Ends, seen: { got: unknown }): NodeKind[] {
  const sends = defineKind({
    kind: 'sends',
    types: (_port, direction) => (direction === 'out' ? sent : undefined),
    files,
    setup: () => ({
      process: async (packet, { send }) => {
        const { reply } = await send('out', packet.payload);
        return describeReply(reply);
      },
    }),
  });
  const takes = defineKind({
    kind: 'takes',
    types: (_port, direction) => (direction === 'in' ? taken : undefined),
    files,
    setup: () => ({
      process: (packet) => {
        seen.got = structuredClone(packet.payload);
        return answer(packet.payload);
      },
    }),
  });
  return [sends, takes];
}

function describeReply(reply: unknown): unknown {
  if (reply === none) return 'none';
  if (!(reply instanceof Error)) return { value: reply };
  const { code, statusMessage } = reply as StatusError;
  return { code, message: statusMessage };
}

const passes: Interceptor = (call, next) => next(call);

/** An edge as a function call, as a call through interceptors, and as one to another process: what it does must be the same. */
const ways: [string, (ends: Ends, payload: unknown) => Promise<Seen>][] = [
  ['a function call', (ends, payload) => overLocalEdge(ends, payload, [])],
  ['a call through interceptors', (ends, payload) => overLocalEdge(ends, payload, [passes])],
  ['a call to another process', overRemoteEdge],
];

async function overLocalEdge(ends: Ends, payload: unknown, interceptors: Interceptor[]): Promise<Seen> {
  const seen = { got: undefined };
  const nodes = [
    { kind: 'sends', name: 's', ports: { out: [{ name: 'r', port: 'in' }] } },
    { kind: 'takes', name: 'r' },
  ];
  const graph = await runGraph(nodes, kindsOf(ends, seen), { interceptors });
  return { reply: await graph.call('s', payload), ...seen };
}

async function overRemoteEdge(ends: Ends, payload: unknown): Promise<Seen> {
  const seen = { got: undefined };
  const kinds = kindsOf(ends, seen);
  const server = createServer({ logger: silentLogger }).add(reflection());
  await runGraph([{ kind: 'takes', name: 'r' }], kinds, { server });
  const { address } = await server.listen('127.0.0.1:0');
  onTestFinished(() => server.close({ graceMs: 0 }).then(() => {}));
  const ports = { out: [{ target: address, name: 'default.r', port: 'in' }] };
  const graph = await runGraph([{ kind: 'sends', name: 's', ports }], kinds);
  return { reply: await graph.call('s', payload), ...seen };
}

const both = (type: string): PortType => ({ request: type, response: type });
const item = {
  name: 'a',
  count: 9_007_199_254_740_993n,
  data: new Uint8Array([1, 2]),
  kind: { case: 'text', value: 'x' },
  list: [1, 2],
  byName: { a: 1 },
  limit: 0,
};
const json = {
  name: 'a',
  count: '9007199254740993',
  data: 'AQI=',
  text: 'x',
  list: [1, 2],
  byName: { a: 1 },
  limit: 0,
};
const empty = { name: '', count: 0n, data: new Uint8Array(), list: [], byName: {} };

describe.each(ways)('a typed edge that is %s', (_, over) => {
  test('reads a value by the JSON mapping, and gives the reply as a value', async () => {
    const { got, reply } = await over({ taken: both('t.Item') }, json);

    expect(got).toEqual(item);
    expect(reply).toEqual({ value: json });
  });

  test('gives a message as a value, and reads the reply by the JSON mapping', async () => {
    const { got, reply } = await over({ sent: both('t.Item') }, { ...item, inner: { name: 'b' } });

    const inner = { name: 'b', count: '0', data: '', list: [], byName: {} };
    expect(got).toEqual({ ...json, inner });
    expect(reply).toEqual({ value: { ...item, inner: { ...empty, name: 'b' } } });
  });

  test('carries messages with their defaults, and never the object of the sender', async () => {
    const sent = { name: 'a', list: [1] };

    const { got, reply } = await over(
      {
        sent: both('t.Item'),
        taken: both('t.Item'),
        answer: (payload) => {
          (payload as typeof sent).list.push(2);
          return payload;
        },
      },
      sent,
    );

    expect(got).toEqual({ ...empty, name: 'a', list: [1] });
    expect(reply).toEqual({ value: { ...empty, name: 'a', list: [1, 2] } });
    expect(sent.list).toEqual([1]);
  });

  test('widens', async () => {
    const { got, reply } = await over(
      { sent: { request: 't.Small' }, taken: { request: 't.Wide' }, answer: () => 'done' },
      { name: 'a', count: 5 },
    );

    expect(got).toEqual({ name: 'a', count: 5n, extra: false });
    expect(reply).toEqual({ value: 'done' });
  });

  test('refuses what does not fit with the path of the field, and the receiver never sees it', async () => {
    const value = await over({ taken: { request: 't.Item' } }, { inner: { list: [1, 'x'] } });
    const message = await over({ sent: { request: 't.Item' } }, { inner: { list: [1, 'x'] } });

    expect(value).toEqual({
      got: undefined,
      reply: {
        code: Code.INVALID_ARGUMENT,
        message: expect.stringMatching(/^Cannot read JSON as t\.Item: "inner\.list\[1\]" wanted an int32, .*got "x"$/),
      },
    });
    expect(message).toEqual({
      got: undefined,
      reply: {
        code: Code.INVALID_ARGUMENT,
        message: expect.stringMatching(/^Cannot encode t\.Item: "inner\.list\[1\]" wanted an int32, .*got "x"$/),
      },
    });
  });

  test('calls a reply that does not fit INTERNAL', async () => {
    const { reply } = await over({ taken: both('t.Item'), answer: () => ({ count: 'many' }) }, json);

    expect(reply).toMatchObject({ code: Code.INTERNAL });
  });

  test('lets an error and no reply pass', async () => {
    const failed = await over(
      {
        sent: both('t.Item'),
        taken: both('t.Item'),
        answer: () => {
          throw new Error('it broke');
        },
      },
      {},
    );
    const silent = await over({ sent: both('t.Item'), taken: both('t.Item'), answer: () => none }, {});

    expect(failed.reply).toMatchObject({ code: Code.UNKNOWN, message: 'it broke' });
    expect(silent.reply).toBe('none');
  });
});

test('a value passes an edge between ports without types as the object that it is', async () => {
  const payload = { deep: { list: [1n, new Uint8Array([1])] } };
  let got: unknown;
  const keeps = (value: unknown): unknown => {
    got = value;
    return value;
  };
  const sends = defineKind({
    kind: 'sends',
    setup: () => ({ process: async (packet, { send }) => (await send('out', packet)).reply }),
  });
  const takes = defineKind({ kind: 'takes', setup: () => ({ process: ({ payload: value }) => keeps(value) }) });
  const graph = await runGraph(
    [
      { kind: 'sends', name: 's', ports: { out: [{ name: 'r', port: 'in' }] } },
      { kind: 'takes', name: 'r' },
    ],
    [sends, takes],
  );

  await graph.call('s', payload);

  expect(got).toBe(payload);
});

test('graph.call() gives a typed node what a client would, and its caller what a client would get', async () => {
  const seen = { got: undefined };
  const graph = await runGraph([{ kind: 'takes', name: 'r' }], kindsOf({ taken: both('t.Small') }, seen));

  expect(await graph.call('r', { name: 'a' })).toEqual({ name: 'a', count: 0 });
  await expect(graph.call('r', { count: 'x' })).rejects.toMatchObject({
    code: Code.INVALID_ARGUMENT,
    statusMessage: expect.stringContaining('"count" wanted an int32'),
  });
});

describe('a typed edge to a method elsewhere', () => {
  const outwards = (sent: PortType) =>
    defineKind({
      kind: 'sends',
      types: { out: sent },
      files,
      setup: () => ({ process: async (packet, { send }) => describeReply((await send('out', packet.payload)).reply) }),
    });

  test('is refused at load when its proto file says that it does not fit', async () => {
    const kinds = createKinds(outwards({ request: 't.Small', response: 't.Wide' }));
    const load = (port: string) => {
      const edge = { target: 'localhost:1', name: 't.Items', port, proto };
      const { specs } = readSpecs([{ kind: 'sends', name: 's', ports: { out: [edge] } }]);
      return createGraph({ specs, kinds, logger: silentLogger }).then((graph) => graph.close());
    };

    await load('Get');
    await expect(load('Put')).rejects.toThrow(
      'Cannot load node "s": ports.out[0] does not fit "t.Items" at localhost:1: it sends t.Small and takes t.Other, field 2 is "int32 count" in t.Small and "uint32 count" in t.Other',
    );
    await expect(load('Watch')).rejects.toThrow('it expects one t.Wide, and t.Items/Watch streams responses');
  });

  test('fails with FAILED_PRECONDITION when its server says that it does not fit', async () => {
    const server = createServer({ logger: silentLogger })
      .add(reflection())
      .add(Items!, {
        get: ({ name, count }: { name: string; count: number }) => ({ name, count: BigInt(count) }),
      } as never);
    const { address } = await server.listen('127.0.0.1:0');
    onTestFinished(() => server.close({ graceMs: 0 }).then(() => {}));
    const call = async (port: string, sent: PortType) => {
      const ports = { out: [{ target: address, name: 't.Items', port }] };
      const graph = await runGraph([{ kind: 'sends', name: 's', ports }], [outwards(sent)]);
      return await graph.call('s', { name: 'a', count: 3 });
    };

    expect(await call('Get', { request: 't.Small', response: 't.Wide' })).toEqual({
      value: { name: 'a', count: 3n, extra: false },
    });
    // What a service says beyond what is expected is not read.
    expect(await call('Get', { request: 't.Small' })).toEqual({ value: { name: 'a', count: '3', extra: false } });
    expect(await call('Put', { request: 't.Small' })).toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: expect.stringContaining('field 2 is "int32 count" in t.Small and "uint32 count" in t.Other'),
    });
  });
});

describe('a graph with typed ports', () => {
  const problemOf = async (kinds: readonly NodeKind[]): Promise<string> => {
    const { specs } = readSpecs([
      { kind: 'sends', name: 's', ports: { out: [{ name: 'r', port: 'in' }] } },
      { kind: 'takes', name: 'r' },
    ]);
    const failure = await createGraph({ specs, kinds: createKinds(...kinds), logger: silentLogger }).then(
      async (graph) => {
        await graph.close();
        return new Error('none');
      },
      (error: Error) => error,
    );
    return failure.message;
  };

  test.each<[string, Ends, RegExp]>([
    ['fits', { sent: both('t.Item'), taken: both('t.Item') }, /^none$/],
    [
      'would drop a field of the request',
      { sent: { request: 't.Item' }, taken: { request: 't.Narrow' } },
      /ports\.out\[0\] does not fit "r": it sends t\.Item and takes t\.Narrow, t\.Narrow has no field 2 \("count" of t\.Item\) \(\+6 more\)/,
    ],
    [
      'would drop a field of the reply',
      { sent: { response: 't.Small' }, taken: { response: 't.Wide' } },
      /it is answered with t\.Wide and expects t\.Small, field 2 is "int64 count" in t\.Wide and "int32 count" in t\.Small/,
    ],
    [
      'differs deep inside',
      { sent: { request: 't.Deep' }, taken: { request: 't.DeepOther' } },
      /field 2 is "int32 count" in t\.Small and "uint32 count" in t\.Other, at "all\[\*\]\.count"/,
    ],
    [
      'names a type that is not declared',
      { sent: { request: 't.Itme' } },
      /out-port "out" has type "t\.Itme", which no proto file of it declares, did you mean "t\.Item"\?/,
    ],
  ])('shows the field of an edge that %s', async (_, ends, message) => {
    expect(await problemOf(kindsOf(ends, { got: undefined }))).toMatch(message);
  });

  test('says that a type has no proto file', async () => {
    const takes = defineKind({ kind: 'takes', types: { in: { request: 't.Item' } }, setup: () => ({}) });
    const sends = defineKind({ kind: 'sends', setup: () => ({}) });

    expect(await problemOf([sends, takes])).toMatch(/in-port "in" has type "t\.Item", and no proto file is given/);
  });
});
