import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Code,
  connect,
  createServer,
  type Interceptor,
  loadServices,
  type Method,
  type Service,
  type StatusError,
  silentLogger,
} from 'flowrpc';
import { defineKind, type NodeInstance, oneToOne, relay } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { expect, onTestFinished, test } from 'vitest';
import { runGraph } from '../graph/run-graph.ts';

interface Order {
  id: string;
  tip: number;
  lines: { text: string; gift: boolean }[];
}
type Orders = Service<{ put: Method<Order, Order, 'unary'>; watch: Method<Order, Order, 'bidi'> }>;

const folder = await mkdtemp(join(tmpdir(), 'flowrpc-versions-'));

/** The same service as two builds know it: the newer one has fields that the older one has never heard of. */
async function version(name: string, orderField: string, lineField: string): Promise<Orders> {
  const file = join(folder, `${name}.proto`);
  await writeFile(
    file,
    `syntax = "proto3"; package shop;
     message Line { string text = 1; ${lineField} }
     message Order { string id = 1; repeated Line lines = 2; ${orderField} }
     service Orders { rpc Put(Order) returns (Order); rpc Watch(stream Order) returns (stream Order); }`,
  );
  return (await loadServices(file))['shop.Orders'] as Orders;
}

const older = await version('older', '', '');
const newer = await version('newer', 'int32 tip = 3;', 'bool gift = 2;');
const order: Order = { id: 'a', tip: 7, lines: [{ text: 'x', gift: true }] };
/** Hands on what it gets, by the older version. */
const passes = defineKind({
  kind: 'passes',
  types: () => ({ request: 'shop.Order', response: 'shop.Order' }),
  files: older.files,
  setup: () => relay(),
});

async function serving(add: (server: ReturnType<typeof createServer>) => unknown): Promise<string> {
  const server = createServer({ logger: silentLogger }).add(reflection());
  await add(server);
  const { address } = await server.listen('127.0.0.1:0');
  onTestFinished(() => server.close({ graceMs: 0 }).then(() => {}));
  return address;
}

function open(address: string, interceptors: Interceptor[] = []) {
  const channel = connect(address, { interceptors });
  onTestFinished(() => channel.close());
  return channel;
}

/** A server that knows all fields, and what it was sent. */
async function backend(): Promise<{ address: string; seen: Order[] }> {
  const seen: Order[] = [];
  const address = await serving((server) =>
    server.add(newer, {
      put: (request) => {
        seen.push(request);
        return request;
      },
      async *watch(requests) {
        for await (const request of requests) {
          seen.push(request);
          yield request;
        }
      },
    }),
  );
  return { address, seen };
}

/** A node, as a caller of the newer version sees it. */
function nodeOf(name: string): Service<{ in: Method<Order, Order, 'unary'> }> {
  const service = `default.${name}`;
  const put = { ...newer.methods.put, service, name: 'In', localName: 'in', path: `/${service}/In` };
  return { name: service, methods: { in: put }, files: [] };
}

test('G-10 a proxy of an older version hands on what it does not know, both ways, through interceptors that change a message', async () => {
  const behind = await backend();
  const copy = (message: unknown): unknown => ({ ...(message as object) });
  const changed: Interceptor = (call, next) => next(call.mapRequests(copy).mapResponses(copy));
  const onward = open(behind.address, [changed]).client(older);
  const address = await serving((server) =>
    server.add(older, {
      put: (request) => onward.put({ ...request, id: `${request.id}!` }),
      watch: (requests) => onward.watch(requests),
    }),
  );
  const client = open(address).client(newer);

  const reply = await client.put(order);
  const streamed: Order[] = [];
  for await (const message of client.watch([order, order])) streamed.push(message);

  expect(behind.seen).toEqual([{ ...order, id: 'a!' }, order, order]);
  expect(reply).toEqual({ ...order, id: 'a!' });
  expect(streamed).toEqual([order, order]);
});

test('G-10 nodes of an older version hand on what they do not know, over local edges and to a service elsewhere, both ways', async () => {
  const behind = await backend();
  const nodes = [
    { kind: 'passes', name: 'first', ports: { out: [{ name: 'second', port: 'in' }] } },
    {
      kind: 'passes',
      name: 'second',
      ports: { out: [{ target: behind.address, name: 'shop.Orders', port: 'Put' }] },
    },
  ];
  const address = await serving((server) => runGraph(nodes, [passes], { server }));
  const reply = await open(address).client(nodeOf('first')).in(order);

  expect(behind.seen).toEqual([order]);
  expect(reply).toEqual(order);
});

test('G-10 a message of another name gets nothing that its sender does not know: there the same number may mean anything', async () => {
  const file = join(folder, 'bill.proto');
  await writeFile(
    file,
    `syntax = "proto3"; package shop;
     message Line { string text = 1; }
     message Order { string id = 1; repeated Line lines = 2; }
     message Bill { string id = 1; repeated Line lines = 2; int32 discount = 3; }
     service Bills { rpc Put(Order) returns (Bill); }`,
  );
  const { files } = (await loadServices(file))['shop.Bills'] as Service;
  const got: unknown[] = [];
  const typed = (kind: string, request: string, setup: () => NodeInstance) =>
    defineKind({ kind, types: () => ({ request, response: 'shop.Order' }), files, setup });
  const kinds = [
    typed('orders', 'shop.Order', () => relay()),
    typed('bills', 'shop.Bill', () => oneToOne((payload) => [got.push(payload), { id: 'b' }][1])),
  ];
  const nodes = [
    { kind: 'orders', name: 'first', ports: { out: [{ name: 'bill', port: 'in' }] } },
    { kind: 'bills', name: 'bill' },
  ];
  const address = await serving((server) => runGraph(nodes, kinds, { server }));

  await open(address).client(nodeOf('first')).in(order);

  expect(got).toEqual([{ id: 'a', lines: [{ text: 'x' }], discount: 0 }]);
});

test('G-10 what a node does not know counts in what one run may hand on', async () => {
  const wide = await version('wide', 'bytes more = 3;', '');
  const nodes = [
    { kind: 'passes', name: 'first', ports: { out: [{ name: 'second', port: 'in' }] } },
    { kind: 'passes', name: 'second' },
  ];
  const address = await serving((server) => runGraph(nodes, [passes], { server, limits: { bytes: 10_000 } }));
  const put = { ...wide.methods.put, service: 'default.first', name: 'In', localName: 'in', path: '/default.first/In' };
  const client = open(address).client({ name: 'default.first', methods: { in: put }, files: [] });
  const sent = (bytes: number) =>
    client.in({ id: 'a', lines: [], more: Buffer.alloc(bytes) } as never).then(
      () => Code.OK,
      (error: StatusError) => error.code,
    );

  expect([await sent(1_000), await sent(20_000)]).toEqual([Code.OK, Code.RESOURCE_EXHAUSTED]);
});
