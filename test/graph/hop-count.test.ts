import { Code, connect, createServer, inProcess, Metadata, type Server, silentLogger } from 'flowrpc';
import { hopCountKey } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { expect, onTestFinished, test } from 'vitest';
import { handWritten, mapping, runGraph } from './run-graph.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);

/** A graph whose first node `a` calls, by `nodes`, a service that says with which hop count it was called. */
async function counted(nodes: (target: string) => readonly object[]): Promise<{ server: Server; seen: string[][] }> {
  const seen: string[][] = [];
  const back = createServer({
    logger: silentLogger,
    interceptors: [
      (call, next) => {
        if (call.method.service === 'default.far') seen.push([...call.metadata.getAll(hopCountKey)]);
        return next(call);
      },
    ],
  }).add(reflection());
  await runGraph([{ kind: 'echo', name: 'far' }], [mapping('echo', (payload: unknown) => payload)], { server: back });
  const { address } = await back.listen('127.0.0.1:0');
  onTestFinished(async () => void (await back.close({ graceMs: 50 })));
  const server = createServer({ logger: silentLogger });
  await runGraph(nodes(address), [relay], { server, limits: { hops: 10 } });
  return { server, seen };
}

const byEdge = (target: string) => [
  { kind: 'relay', name: 'a', ports: { out: [{ target, name: 'default.far', port: 'in', forward: [hopCountKey] }] } },
];
const byNode = (target: string) => [
  { kind: 'rpc', name: 'a', target, service: 'default.far', method: 'In', metadata: { [hopCountKey]: '0' } },
];

async function call(server: Server, sent: Metadata): Promise<{ code: Code }> {
  await using channel = connect(inProcess(server));
  const client = channel.client(server.services.get('default.a')!) as unknown as {
    in(payload: unknown, options: object): Promise<unknown> & { status: Promise<{ code: Code }> };
  };
  return await client.in(1, { metadata: sent }).status;
}

test.each([
  ['an edge', byEdge],
  ['an rpc node', byNode],
])('the hop count that a caller sends only grows, over %s (M-10)', async (_what, nodes) => {
  const { server, seen } = await counted(nodes);
  const sent: readonly (readonly [string[], string])[] = [
    [[], '1'],
    [['0'], '1'],
    [['7'], '8'],
    [['0', '7'], '8'],
    [['-5'], '1'],
    [['7abc'], '1'],
  ];

  for (const [values] of sent) {
    const metadata = new Metadata();
    for (const value of values) metadata.append(hopCountKey, value);
    expect(await call(server, metadata)).toMatchObject({ code: Code.OK });
  }

  expect(seen.map(([first]) => first)).toEqual(sent.map(([, count]) => count));
});

test.each(['11', '99999999999', '1'.repeat(400)])(
  'a hop count of %s ends the run with FAILED_PRECONDITION (M-10)',
  async (count) => {
    const { server, seen } = await counted(byEdge);

    expect(await call(server, new Metadata({ [hopCountKey]: count }))).toMatchObject({
      code: Code.FAILED_PRECONDITION,
    });
    expect(seen).toEqual([]);
  },
);
