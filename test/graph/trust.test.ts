import { connect, current, key, Metadata } from 'flowrpc';
import type { GraphOptions } from 'flowrpc/graph';
import { beforeAll, describe, expect, test } from 'vitest';
import { ProcessProofs } from '../../src/nodes/process-proof.ts';
import { type Authority, authority, type Certificate } from '../transport/grpc/certificates.ts';
import { handWritten, runGraph } from './run-graph.ts';
import { at, namespaceKey, runtime, stateful, type TestRuntime } from './runtimes.ts';

const id = '01a1fed8-b031-7000-8155-8384bc32d381';
const claim = { 'flowrpc-process': id, 'flowrpc-debug': 'step' };

let ca: Authority;
let own: Certificate;
let orders: Certificate;
beforeAll(async () => {
  ca = await authority();
  own = await ca.issue({ name: 'localhost', alternatives: [{ type: 'ip', value: '127.0.0.1' }] });
  orders = await ca.issue({
    name: 'orders',
    alternatives: [
      { type: 'dns', value: 'orders.internal' },
      { type: 'url', value: 'spiffe://shop.example/orders' },
    ],
  });
});

interface Seen {
  readonly id: string;
  readonly parent: string | undefined;
  readonly keys: string[];
}

/** A node that says which process it works for, and what of its caller's word about processes it can see. */
const look = handWritten('look', (_packet, { process }) => ({
  id: process.id,
  parent: process.parent ?? null,
  keys: [...current()!.metadata.keys()].filter((name) => /^flowrpc-(process|debug)/.test(name)),
}));

type Client = {
  in(payload: unknown, options: object): Promise<Seen>;
  inStream(payloads: unknown[], options: object): AsyncIterable<Seen>;
};

async function ask(
  { address, server }: TestRuntime,
  metadata: Metadata | Record<string, string>,
  tls?: object,
): Promise<[Seen, Seen]> {
  await using channel = connect(address, tls === undefined ? {} : { tls });
  const client = channel.client(server.services.get('default.look')!) as unknown as Client;
  const unary = await client.in(null, { metadata, timeoutMs: 10_000 });
  let streamed: Seen | undefined;
  for await (const reply of client.inStream([null], { metadata: new Metadata(metadata).set('flowrpc-edge', '1') }))
    streamed = reply;
  return [unary, streamed!];
}

const serving = (options: Partial<GraphOptions> = {}, tls?: object): Promise<TestRuntime> =>
  runtime([{ kind: 'look', name: 'look' }], [look], {
    ...options,
    ...(tls !== undefined && { tls: tls as NonNullable<Parameters<typeof runtime>[2]>['tls'] }),
  });

describe('what a stranger says of processes', () => {
  test('is ignored and stripped, on loopback too (M-10)', async () => {
    for (const options of [{}, { namespaceKey }, { trust: { identities: ['spiffe://shop.example/orders'] } }]) {
      const there = await serving(options);

      for (const seen of await ask(there, { ...claim, 'flowrpc-process-proof': 'v1.1.x' })) {
        expect(seen.id).not.toBe(id);
        expect(seen.keys).toEqual([]);
      }
    }
  });

  test('is not honoured with the proof of another service, id or key (M-10)', async () => {
    const there = await serving({ namespaceKey });
    const sign = (proofs: ProcessProofs, service: string, of: string): string =>
      proofs.sign({ id: of, parent: undefined }, service);
    const right = new ProcessProofs(namespaceKey);
    const forged = [
      sign(right, 'default.other', id),
      sign(right, 'default.look', id.replace('b031', 'b032')),
      sign(new ProcessProofs('x'.repeat(32)), 'default.look', id),
    ];

    for (const proof of forged)
      for (const seen of await ask(there, { ...claim, 'flowrpc-process-proof': proof })) expect(seen.id).not.toBe(id);
    const proof = sign(right, 'default.look', id);
    for (const seen of await ask(there, { ...claim, 'flowrpc-process-proof': proof })) expect(seen.id).toBe(id);
  });

  test.each(['not an id', `${id} `, id.toUpperCase(), `${id},${id}`])(
    'such as the id %j is no id (M-10)',
    async (text) => {
      const there = await serving({ namespaceKey });
      const proof = new ProcessProofs(namespaceKey).sign({ id: text, parent: undefined }, 'default.look');

      for (const seen of await ask(there, { 'flowrpc-process': text, 'flowrpc-process-proof': proof }))
        if (text.trim() !== id) expect(seen.id).not.toBe(text);
    },
  );

  test('does not come through where an edge forwards it', async () => {
    const there = await serving({ namespaceKey });
    const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
    const forward = ['flowrpc-process', 'flowrpc-process-proof', 'flowrpc-debug'];
    const middle = await runtime(
      [{ kind: 'relay', name: 'look', ports: { out: [at(there, 'look', 'in', { forward })] } }],
      [relay],
    );
    const proof = new ProcessProofs(namespaceKey).sign({ id, parent: undefined }, 'default.look');

    for (const seen of await ask(middle, { ...claim, 'flowrpc-process-proof': proof })) {
      expect(seen.id).not.toBe(id);
      expect(seen.keys).toEqual([]);
    }
  });
});

describe('a TLS identity', () => {
  const mutual = () => ({ ...own, ca: ca.cert, clientCertificate: 'request' });

  test.each([
    ['spiffe://shop.example/orders', true],
    ['orders.internal', true],
    ['CN=orders', true],
    ['orders', false],
    ['*.internal', false],
    ['spiffe://shop.example/order', false],
  ])('listed as %s: honoured %s (M-10)', async (name, honoured) => {
    const there = await serving({ trust: { identities: [name] } }, mutual());

    for (const seen of await ask(there, claim, { ca: ca.cert, ...orders })) expect(seen.id === id).toBe(honoured);
    for (const seen of await ask(there, claim, { ca: ca.cert })) expect(seen.id).not.toBe(id);
  });

  test('on the list lets the edges of a process meet in one participant', async () => {
    const countKey = key<{ n: number }>('count');
    const counter = stateful('counter', (_packet, { process }) => {
      const count = process.state(countKey, () => ({ n: 0 }));
      count.n += 1;
      return count.n;
    });
    const both = handWritten(
      'both',
      async ({ payload }, { send }) => [(await send('left', payload)).reply, (await send('right', payload)).reply],
      { outputs: ['left', 'right'] },
    );
    const there = await runtime([{ kind: 'counter', name: 'c' }], [counter], {
      trust: { identities: ['orders.internal'] },
      tls: { ...own, ca: ca.cert, clientCertificate: 'require' },
    });
    const graph = await runGraph(
      [{ kind: 'both', name: 'a', ports: { left: [at(there, 'c')], right: [at(there, 'c')] } }],
      [both],
      { connection: { tls: { ca: ca.cert, ...orders } } },
    );

    expect(await graph.call('a', null)).toEqual([1, 2]);
  });
});

test.each([
  [{ trust: { identity: [] } }, /identit/],
  [{ trust: { identities: 'a' } }, /identities/],
  [{ namespaceKey: 'short' }, /16 bytes/],
])('createGraph() refuses %j', async (options, message) => {
  await expect(runGraph([{ kind: 'look', name: 'look' }], [look], options as object)).rejects.toThrow(message);
});
