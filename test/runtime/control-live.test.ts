import { Code } from 'flowrpc';
import { createKinds, defineKind } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { controlled, plain, value } from './control-harness.ts';

const echo = { kind: 'snippet', name: 'echo', language: 'text', code: 'yes' };

/** A node that answers when it is told to. */
function gated() {
  const waiting: (() => void)[] = [];
  const kind = defineKind({
    kind: 'gated',
    setup: () => ({ process: (payload) => new Promise((resolve) => waiting.push(() => resolve(payload.payload))) }),
  });
  return { kinds: createKinds(kind), waiting, spec: { kind: 'gated', name: 'gate' } };
}

test('#45 processes are listed with id, node, status and time, and one can be asked for', async () => {
  const { kinds, waiting, spec } = gated();
  const { client, runtime } = await controlled({ kinds });
  await client.applySpec({ document: value(spec) });
  await expect.poll(() => runtime.nodes[0]?.status).toBe('active');
  const calls = [1, 2, 3].map((payload) => runtime.call('gate', payload));
  await expect.poll(() => waiting.length).toBe(3);

  const { processes } = await client.listProcesses({});
  const first = await client.getProcess({ id: processes[0]!.id });
  const elsewhere = await client.listProcesses({ node: 'default.other' });
  const started = await client.listProcesses({
    where: `self.startTime > 1000 && self.status == "running"`,
    pageSize: 2,
  });
  for (const go of waiting) go();
  await Promise.all(calls);

  expect(processes.map(({ node, status }) => [node, status])).toEqual(Array(3).fill(['default.gate', 'running']));
  expect([...processes].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(processes);
  expect(first.process).toMatchObject({ id: processes[0]!.id, node: 'default.gate' });
  expect(Number(first.process!.startTime!.seconds)).toBeGreaterThan(1_700_000_000);
  expect([elsewhere.processes.length, started.processes.length, started.nextPageToken === '']).toEqual([0, 2, false]);
  expect((await client.listProcesses({})).processes).toEqual([]);
  await expect(client.getProcess({ id: processes[0]!.id })).rejects.toMatchObject({ code: Code.NOT_FOUND });
});

test('CancelProcess ends a process: its caller gets CANCELLED, others go on', async () => {
  const { kinds, waiting, spec } = gated();
  const { client, runtime } = await controlled({ kinds });
  await client.applySpec({ document: value(spec) });
  await expect.poll(() => runtime.nodes[0]?.status).toBe('active');
  const one = runtime.call('gate', 'one').catch((error: unknown) => error);
  await expect.poll(() => waiting.length).toBe(1);
  const { processes } = await client.listProcesses({});
  const other = runtime.call('gate', 'other');
  await expect.poll(() => waiting.length).toBe(2);

  await client.cancelProcess({ id: processes[0]!.id, reason: 'enough' });

  expect(await one).toMatchObject({ code: Code.CANCELLED, message: expect.stringContaining('enough') });
  waiting[1]!();
  expect(await other).toBe('other');
  await expect(client.cancelProcess({ id: 'nobody' })).rejects.toMatchObject({ code: Code.NOT_FOUND });
});

test('ListNodes tells status, reasons, revisions and counts; a refused spec is told beside the one that runs', async () => {
  const { client, runtime } = await controlled();
  await client.applySpec({ document: value(echo) });
  await client.applySpec({
    document: value({ kind: 'fork', name: 'lost', ports: { out: [{ name: 'nobody', port: 'in' }] } }),
  });
  await expect.poll(() => runtime.nodes.length).toBe(2);
  await runtime.call('echo', 1);

  const { nodes } = await client.listNodes({});
  await client.applySpec({ document: value({ ...echo, language: 'nonsense' }) });
  await expect.poll(() => runtime.nodes.find(({ name }) => name === 'echo')?.refused).toBeDefined();
  const [refused] = (await client.listNodes({ name: 'default.echo' })).nodes;

  expect(nodes).toMatchObject([
    {
      service: 'default.echo',
      kind: 'snippet',
      status: 'NODE_STATUS_ACTIVE',
      reason: '',
      revision: 1n,
      inputs: ['in'],
      traffic: { packets: 1n, errors: 0n },
    },
    { service: 'default.lost', status: 'NODE_STATUS_INACTIVE', reason: expect.stringContaining('"nobody"') },
  ]);
  expect(refused).toMatchObject({
    status: 'NODE_STATUS_ACTIVE',
    revision: 1n,
    refusedRevision: 3n,
    refused: expect.stringContaining('language'),
  });
  expect(await runtime.call('echo', 1)).toBe('yes');
  expect((await client.listNodes({ where: 'self.status == "inactive"' })).nodes.map(({ name }) => name)).toEqual([
    'lost',
  ]);
});

test('WatchNodes tells all nodes, and then each that changes or goes', async () => {
  const { client, runtime } = await controlled();
  await client.applySpec({ document: value(echo) });
  await expect.poll(() => runtime.nodes.length).toBe(1);
  const told: string[] = [];

  for await (const { type, node } of client.watchNodes({})) {
    told.push(`${type.toString().slice(11)} ${node?.name ?? ''} ${node?.status.toString().slice(12) ?? ''}`);
    if (told.length === 2)
      await client.applySpec({
        document: value({ kind: 'fork', name: 'split', ports: { out: [{ name: 'echo', port: 'in' }] } }),
      });
    if (told.length === 3) await client.deleteSpec({ name: 'echo' });
    if (told.length === 5) break;
  }

  expect(told.slice(0, 3)).toEqual(['PUT echo ACTIVE', 'SYNCED  ', 'PUT split ACTIVE']);
  expect(told.slice(3).sort()).toEqual(['DELETE echo ACTIVE', 'PUT split INACTIVE']);
});

test('#105 WatchFrames tells each packet with what became of it; nobody records before that', async () => {
  const { client, runtime } = await controlled();
  await client.applySpec({ document: value(echo) });
  await expect.poll(() => runtime.nodes[0]?.status).toBe('active');
  await expect(client.listFrames({})).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });

  const frames = client.watchFrames({ filter: { node: 'echo' } })[Symbol.asyncIterator]();
  const first = frames.next();
  await expect
    .poll(async () => {
      await runtime.call('echo', { n: 1 });
      return await Promise.race([first.then(() => true), new Promise((resolve) => setTimeout(resolve, 20, false))]);
    })
    .toBe(true);
  const { value: told } = await first;
  await frames.return?.();

  expect(told?.frame).toMatchObject({ node: 'default.echo', inPort: 'in' });
  expect(plain(told?.frame?.payload)).toEqual({ n: 1 });
});

test('GetGraph gives written specs, charts included, states of nodes and what passed', async () => {
  const { client, runtime } = await controlled();
  const split = { kind: 'fork', name: 'split', ports: { out: [{ name: 'echo', port: 'in' }] } };
  for (const document of [echo, split, { kind: 'chart', name: 'unused', specs: [] }])
    await client.applySpec({ document: value(document) });
  await expect.poll(() => runtime.nodes.map(({ status }) => status)).toEqual(['active', 'active']);
  await runtime.call('split', 1);

  await expect.poll(async () => (await client.getGraph({})).ports[0]?.traffic?.packets).toBe(1n);
  const graph = await client.getGraph({});

  expect(graph.specs.map(({ document }) => (plain(document) as { kind: string }).kind).sort()).toEqual([
    'chart',
    'fork',
    'snippet',
  ]);
  expect(graph.nodes.map(({ service }) => service).sort()).toEqual(['default.echo', 'default.split']);
  expect(graph.ports).toMatchObject([{ node: 'default.split', outPort: 'out', traffic: { packets: 1n, errors: 0n } }]);
  expect((await client.getGraph({ namespace: 'other' })).nodes).toEqual([]);
});
