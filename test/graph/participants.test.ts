import { Code, createServer, key, type Server, StatusError, silentLogger } from 'flowrpc';
import { defineKind, manyToOne } from 'flowrpc/nodes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, handWritten, runGraph } from './run-graph.ts';
import { at, namespaceKey, runtime, stateful, type TestRuntime } from './runtimes.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
const idsKey = key<string[]>('ids');
const options = { namespaceKey };

/** Says how many packets its process has brought, and how it ended. */
function counter(ends: string[]) {
  return stateful('counter', ({ payload }, { process }) => {
    const seen = process.state(idsKey, () => {
      process.onExit((error) => void ends.push(error === undefined ? 'well' : 'badly'));
      return [] as string[];
    });
    seen.push(String(payload));
    return [...seen];
  });
}

/** Sends the payload by one port, then by the other. */
const both = handWritten(
  'both',
  async ({ payload }, { send }) => [(await send('left', payload)).reply, (await send('right', payload)).reply],
  { outputs: ['left', 'right'] },
);

/** Where a graph is served that is made later, since it leads to others that lead back. */
async function emptyServer(): Promise<{ server: Server; address: string }> {
  const server = createServer({ logger: silentLogger });
  onTestFinished(async () => void (await server.close({ graceMs: 50 })));
  return { server, address: (await server.listen('127.0.0.1:0')).address };
}

describe('edges of one process into one runtime', () => {
  test('join one participant, which exits once, with the last of them', async () => {
    const ends: string[] = [];
    const there = await runtime([{ kind: 'counter', name: 'c' }], [counter(ends)], options);
    const graph = await runGraph(
      [{ kind: 'both', name: 'a', ports: { left: [at(there, 'c')], right: [at(there, 'c')] } }],
      [both],
      options,
    );

    expect(await graph.call('a', 'x')).toEqual([['x'], ['x', 'x']]);
    expect(await graph.call('a', 'y')).toEqual([['y'], ['y', 'y']]);

    expect(there.calls).toHaveLength(4);
    expect(ends).toEqual(['well', 'well']);
    expect(there.graph.processes.size).toBe(0);
  });

  test('meet in a merge there', async () => {
    const merging = defineKind({
      kind: 'merging',
      inputs: ['left', 'right'],
      setup: () => manyToOne((payloads) => payloads),
    });
    const there = await runtime([{ kind: 'merging', name: 'm' }], [merging], options);
    const graph = await runGraph(
      [
        {
          kind: 'both',
          name: 'a',
          ports: { left: [at(there, 'm', 'left')], right: [at(there, 'm', 'right')] },
        },
      ],
      [both],
      options,
    );

    expect(await graph.call('a', 1)).toEqual([1, [1, 1]]);
  });

  test('come together again over different runtimes', async () => {
    const ends: string[] = [];
    const last = await runtime([{ kind: 'counter', name: 'd' }], [counter(ends)], options);
    const middle = (name: string): Promise<TestRuntime> =>
      runtime([{ kind: 'relay', name, ports: { out: [at(last, 'd')] } }], [relay], options);
    const [b, c] = await Promise.all([middle('b'), middle('c')]);
    const graph = await runGraph(
      [{ kind: 'both', name: 'a', ports: { left: [at(b!, 'b')], right: [at(c!, 'c')] } }],
      [both],
      options,
    );

    expect(await graph.call('a', 'x')).toEqual([['x'], ['x', 'x']]);
    expect(ends).toEqual(['well']);
    expect(last.graph.processes.size).toBe(0);
  });

  test('have processes of their own there when nobody trusts them', async () => {
    const ends: string[] = [];
    const there = await runtime([{ kind: 'counter', name: 'c' }], [counter(ends)]);
    const graph = await runGraph(
      [{ kind: 'both', name: 'a', ports: { left: [at(there, 'c')], right: [at(there, 'c')] } }],
      [both],
    );

    expect(await graph.call('a', 'x')).toEqual([['x'], ['x']]);
    expect(ends).toEqual(['well', 'well']);
  });

  test('end badly together when one of them does', async () => {
    const ends: string[] = [];
    const there = await runtime([{ kind: 'counter', name: 'c' }], [counter(ends)], options);
    const fails = handWritten(
      'fails',
      async ({ payload }, { send }) => {
        await send('left', payload);
        await send('right', payload);
        throw new StatusError(Code.INTERNAL, 'no');
      },
      { outputs: ['left', 'right'] },
    );
    const graph = await runGraph(
      [{ kind: 'fails', name: 'a', ports: { left: [at(there, 'c')], right: [at(there, 'c')] } }],
      [fails],
      options,
    );

    await expect(graph.call('a', 'x')).rejects.toMatchObject({ statusMessage: 'no' });

    await expect.poll(() => ends).toEqual(['badly']);
    await expect.poll(() => there.graph.processes.size).toBe(0);
  });
});

test('a process has one id in all runtimes, and a fork says there whose child it is', async () => {
  const seen: (readonly [string, string | undefined])[] = [];
  const look = handWritten('look', async (packet, { process, send }) => {
    seen.push([process.id, process.parent]);
    return (await send('out', packet)).reply;
  });
  const done = deferred();
  const forking = handWritten('forking', async (packet, { process, send }) => {
    seen.push([process.id, process.parent]);
    process.fork(async (child) => {
      await child.send('out', packet);
      done.resolve();
    });
    return (await send('out', packet)).reply;
  });
  const last = await runtime([{ kind: 'look', name: 'c' }], [look], options);
  const middle = await runtime([{ kind: 'look', name: 'b', ports: { out: [at(last, 'c')] } }], [look], options);
  const graph = await runGraph([{ kind: 'forking', name: 'a', ports: { out: [at(middle, 'b')] } }], [forking], options);

  await graph.call('a', 1);
  await done.promise;

  await expect.poll(() => seen).toHaveLength(5);
  const root = seen[0]![0];
  expect(seen.filter(([id]) => id === root).map(([, parent]) => parent)).toEqual([undefined, undefined, undefined]);
  const forked = seen.filter(([id]) => id !== root);
  expect(new Set(forked.map(([id]) => id)).size).toBe(1);
  expect(forked.map(([, parent]) => parent)).toEqual([root, root]);
});

test('a process that comes back to where it began is the same there, over a cycle of runtimes without a deadlock (S-07)', async () => {
  const ends: string[] = [];
  const down = stateful('down', async ({ payload }, { process, send }) => {
    const seen = process.state(idsKey, () => {
      process.onExit(() => void ends.push('end'));
      return [] as string[];
    });
    seen.push(String(payload));
    if (payload === 0) return [...seen];
    return (await send('out', (payload as number) - 1)).reply;
  });
  const first = await emptyServer();
  const b = await runtime([{ kind: 'relay', name: 'b', ports: { out: [at(first, 'a')] } }], [relay], options);
  const graph = await runGraph([{ kind: 'down', name: 'a', ports: { out: [at(b, 'b')] } }], [down], {
    server: first.server,
    ...options,
  });

  const replies = await Promise.all(Array.from({ length: 10 }, () => graph.call('a', 6, { timeoutMs: 20_000 })));

  expect(replies).toEqual(Array(10).fill(['6', '5', '4', '3', '2', '1', '0']));
  expect(ends).toHaveLength(10);
  expect(b.calls.every((path) => path === '/default.b/InStream')).toBe(true);
  expect(graph.processes.size).toBe(0);
  await expect.poll(() => b.graph.processes.size).toBe(0);
});

test('more than 64 hops between runtimes end with FAILED_PRECONDITION and the trail (S-07)', async () => {
  const first = await emptyServer();
  const unseen = { reflects: false };
  const b = await runtime([{ kind: 'relay', name: 'b', ports: { out: [at(first, 'a')] } }], [relay], unseen);
  const graph = await runGraph([{ kind: 'relay', name: 'a', ports: { out: [at(b, 'b')] } }], [relay], {
    server: first.server,
  });

  const error = await graph.call('a', 1, { timeoutMs: 18_000 }).catch((thrown: unknown) => thrown as StatusError);

  expect(error).toMatchObject({ code: Code.FAILED_PRECONDITION });
  expect((error as StatusError).statusMessage).toContain('default.a → default.b → default.a → default.b');
});
