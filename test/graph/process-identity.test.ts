import { processKey } from 'flowrpc';
import { expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from './run-graph.ts';
import { witness } from './witness.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
const echo = mapping('echo', (payload: unknown) => payload);

test('all calls of a process have its id, on edges and nodes; another process has another', async () => {
  const { seen, interceptor } = witness();
  const ids: string[] = [];
  const look = handWritten('look', (packet, { process }) => {
    ids.push(process.id);
    return packet;
  });
  const graph = await runGraph(
    [
      { kind: 'relay', name: 'a', ports: to({ out: ['b', 'c'] }) },
      { kind: 'look', name: 'b' },
      { kind: 'look', name: 'c' },
    ],
    [relay, look],
    { interceptors: [interceptor], nodeInterceptors: [interceptor] },
  );

  await graph.call('a', 1);
  await graph.call('a', 2);

  const known = seen.map(({ call }) => call.get(processKey)!.id);
  expect(known).toHaveLength(10);
  expect([...new Set(known)]).toEqual([...new Set(ids)]);
  expect(new Set(known).size).toBe(2);
  expect(new Set(known.slice(0, 5)).size).toBe(1);
});

test('an edge with a policy alone keeps the process too', async () => {
  const ids: string[] = [];
  const look = handWritten('look', async (packet, { process, send }) => {
    ids.push(process.id);
    return (await send('out', packet)).reply;
  });
  const graph = await runGraph(
    [
      { kind: 'look', name: 'a', ports: { out: [{ name: 'b', port: 'in', timeout: '5s' }] } },
      { kind: 'look', name: 'b' },
    ],
    [look],
  );

  await graph.call('a', 1);

  expect(new Set(ids).size).toBe(1);
});

test('a fork is a process of its own on the edges it takes, and says whose child it is', async () => {
  const { seen, interceptor } = witness();
  const done = deferred();
  const forking = handWritten('forking', async (packet, { process, send }) => {
    process.fork(async (child) => {
      await child.send('out', packet);
      done.resolve();
    });
    return (await send('out', packet)).reply;
  });
  const graph = await runGraph(
    [
      { kind: 'forking', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'echo', name: 'b' },
    ],
    [forking, echo],
    { nodeInterceptors: [interceptor] },
  );

  await graph.call('a', 1);
  await done.promise;

  const at = (path: string) => seen.filter((one) => one.path === path).map(({ call }) => call.get(processKey)!);
  const [entry] = at('/default.a/In');
  expect(entry!.parent).toBeUndefined();
  await expect.poll(() => at('/default.b/In')).toHaveLength(2);
  expect(new Set(at('/default.b/In').map(({ parent }) => parent))).toEqual(new Set([undefined, entry!.id]));
  expect(at('/default.b/In').find(({ parent }) => parent !== undefined)!.id).not.toBe(entry!.id);
});
