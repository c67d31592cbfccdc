import { CancelReason, Code, createServer, type Server, StatusError, silentLogger } from 'flowrpc';
import { reflection } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, handWritten, runGraph } from './run-graph.ts';
import { at, namespaceKey, runtime, stateful } from './runtimes.ts';

const options = { namespaceKey };
const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
/** Sends the payload by one port, then by the other. */
const both = handWritten(
  'both',
  async ({ payload }, { send }) => [(await send('left', payload)).reply, (await send('right', payload)).reply],
  { outputs: ['left', 'right'] },
);

/** Sends on what it gets, and says how its part of the process ended; fails to commit where it is told to. */
function commits(ends: string[], { fails }: { fails?: string } = {}) {
  return stateful(
    'commits',
    async ({ payload }, { node, process, send }) => {
      process.onExit(async (error) => {
        await new Promise((resolve) => setImmediate(resolve));
        ends.push(`${node.name} ${error === undefined ? 'well' : 'badly'}`);
        if (node.name === fails && error === undefined) throw new StatusError(Code.ABORTED, 'commit refused');
      });
      const { sent, reply } = await send('out', payload);
      return sent === 0 ? 'end' : reply;
    },
    { outputs: ['out'] },
  );
}

/** Where a graph is served that is made later, since it leads to others that lead back. */
async function emptyServer(): Promise<{ server: Server; address: string }> {
  const server = createServer({ logger: silentLogger });
  server.add(reflection());
  onTestFinished(async () => void (await server.close({ graceMs: 50 })));
  return { server, address: (await server.listen('127.0.0.1:0')).address };
}

const leads = (to: { address: string }, name: string) => ({ out: [at(to, name)] });

describe('parts of a process that lead to each other', () => {
  test('end with it, over two runtimes: o → x → y → x (#41)', async () => {
    const ends: string[] = [];
    const kinds = [commits(ends)];
    const x = await emptyServer();
    const y = await runtime([{ kind: 'commits', name: 'b', ports: leads(x, 'c') }], kinds, options);
    const atX = await runGraph(
      [
        { kind: 'commits', name: 'a', ports: leads(y, 'b') },
        { kind: 'commits', name: 'c' },
      ],
      kinds,
      { server: x.server, ...options },
    );
    const graph = await runGraph([{ kind: 'relay', name: 'o', ports: leads(x, 'a') }], [relay], options);

    expect(await graph.call('o', 1, { timeoutMs: 20_000 })).toBe('end');

    expect(ends.toSorted()).toEqual(['a well', 'b well', 'c well']);
    expect([atX, y.graph].map(({ processes }) => processes.size)).toEqual([0, 0]);
  });

  test.each(['a', 'b', 'c', 'd'])(
    'end with it, over three runtimes; where %s fails to commit, the caller is told',
    async (fails) => {
      const ends: string[] = [];
      const kinds = [commits(ends, { fails })];
      const x = await emptyServer();
      const z = await runtime([{ kind: 'commits', name: 'c', ports: leads(x, 'd') }], kinds, options);
      const y = await runtime([{ kind: 'commits', name: 'b', ports: leads(z, 'c') }], kinds, options);
      const atX = await runGraph(
        [
          { kind: 'commits', name: 'a', ports: leads(y, 'b') },
          { kind: 'commits', name: 'd' },
        ],
        kinds,
        { server: x.server, ...options },
      );
      const graph = await runGraph([{ kind: 'relay', name: 'o', ports: leads(x, 'a') }], [relay], options);

      await expect(graph.call('o', 1, { timeoutMs: 20_000 })).rejects.toMatchObject({
        code: Code.ABORTED,
        statusMessage: 'commit refused',
      });

      expect(ends.map((end) => end.slice(0, 1)).toSorted()).toEqual(['a', 'b', 'c', 'd']);
      expect([atX, y.graph, z.graph].map(({ processes }) => processes.size)).toEqual([0, 0, 0]);
    },
  );

  test('end with it where the process came to both of them first, and each leads to the other', async () => {
    const ends: string[] = [];
    const kinds = [commits(ends)];
    const x = await emptyServer();
    const y = await runtime(
      [
        { kind: 'commits', name: 'b', ports: leads(x, 'c') },
        { kind: 'commits', name: 'd' },
      ],
      kinds,
      options,
    );
    const atX = await runGraph(
      [
        { kind: 'commits', name: 'a', ports: leads(y, 'd') },
        { kind: 'commits', name: 'c' },
      ],
      kinds,
      { server: x.server, ...options },
    );
    const graph = await runGraph(
      [{ kind: 'both', name: 'o', ports: { left: [at(x, 'a')], right: [at(y, 'b')] } }],
      [both],
      options,
    );

    expect(await graph.call('o', 1, { timeoutMs: 20_000 })).toEqual(['end', 'end']);

    expect(ends.toSorted()).toEqual(['a well', 'b well', 'c well', 'd well']);
    expect([atX, y.graph].map(({ processes }) => processes.size)).toEqual([0, 0]);
  });

  test('end badly with it, all of them', async () => {
    const ends: string[] = [];
    const kinds = [commits(ends)];
    const x = await emptyServer();
    const y = await runtime([{ kind: 'commits', name: 'b', ports: leads(x, 'c') }], kinds, options);
    const atX = await runGraph(
      [
        { kind: 'commits', name: 'a', ports: leads(y, 'b') },
        { kind: 'commits', name: 'c' },
      ],
      kinds,
      { server: x.server, ...options },
    );
    const fails = handWritten('fails', async (packet, { send }) => {
      await send('out', packet);
      throw new StatusError(Code.INTERNAL, 'after all');
    });
    const graph = await runGraph([{ kind: 'fails', name: 'o', ports: leads(x, 'a') }], [fails], options);

    await expect(graph.call('o', 1)).rejects.toMatchObject({ statusMessage: 'after all' });

    await expect.poll(() => ends.toSorted()).toEqual(['a badly', 'b badly', 'c badly']);
    await expect.poll(() => [atX, y.graph].map(({ processes }) => processes.size)).toEqual([0, 0]);
  });
});

test.each([
  ['left', 'right'],
  ['right', 'left'],
])('the caller is told of a commit that fails where two ways of a process meet, %s first', async (near, far) => {
  const ends: string[] = [];
  const x = await runtime(
    [
      { kind: 'commits', name: 'a' },
      { kind: 'commits', name: 'c' },
    ],
    [commits(ends, { fails: 'c' })],
    options,
  );
  const y = await runtime([{ kind: 'commits', name: 'b', ports: leads(x, 'c') }], [commits(ends)], options);
  const graph = await runGraph(
    [{ kind: 'both', name: 'o', ports: { [near]: [at(x, 'a')], [far]: [at(y, 'b')] } }],
    [both],
    options,
  );

  await expect(graph.call('o', 1, { timeoutMs: 20_000 })).rejects.toMatchObject({ statusMessage: 'commit refused' });

  expect(ends.map((end) => end.slice(0, 1)).toSorted()).toEqual(['a', 'b', 'c']);
  expect([x.graph, y.graph].map(({ processes }) => processes.size)).toEqual([0, 0]);
});

test('a stream whose end takes longer than limits.exitMs is cancelled, over all runtimes', async () => {
  let open = 0;
  const counting = {
    serverInterceptors: [
      async (call, next) => {
        open += 1;
        try {
          return await next(call);
        } finally {
          open -= 1;
        }
      },
    ] satisfies NonNullable<Parameters<typeof runtime>[2]>['serverInterceptors'],
    ...options,
    limits: { exitMs: 60_000 },
  };
  const hangs = stateful('hangs', (_packet, { process }) => {
    process.onExit(() => new Promise(() => {}));
    return 1;
  });
  const last = await runtime([{ kind: 'hangs', name: 'h' }], [hangs], counting);
  const middle = await runtime([{ kind: 'relay', name: 'm', ports: leads(last, 'h') }], [relay], counting);
  const graph = await runGraph([{ kind: 'relay', name: 'o', ports: leads(middle, 'm') }], [relay], {
    ...options,
    limits: { exitMs: 100 },
  });

  for (let i = 0; i < 3; i++) await expect(graph.call('o', 1)).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });

  await expect.poll(() => open).toBe(0);
  await expect.poll(() => middle.graph.processes.size).toBe(0);
});

test('graph.processes.cancel() ends all parts that a process has in one runtime #45', async () => {
  const ends: string[] = [];
  const reached = deferred();
  const waits = handWritten('waits', async (_packet, { process, signal }) => {
    process.onExit((error) => void ends.push(`${process.id} ${error === undefined ? 'well' : 'badly'}`));
    reached.resolve();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return null;
  });
  const first = await emptyServer();
  const b = await runtime([{ kind: 'relay', name: 'b', ports: leads(first, 'c') }], [relay], options);
  const graph = await runGraph(
    [
      { kind: 'relay', name: 'a', ports: leads(b, 'b') },
      { kind: 'waits', name: 'c' },
    ],
    [relay, waits],
    { server: first.server, ...options },
  );

  const reply = graph.call('a', 1, { timeoutMs: 20_000 });
  await reached.promise;
  const ids = graph.processes.list().map(({ id }) => id);
  expect(ids).toEqual([ids[0], ids[0]]);
  expect(graph.processes.cancel(ids[0]!, new CancelReason('shutdown'))).toBe(true);

  await expect(reply).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  await expect.poll(() => ends).toEqual([`${ids[0]} badly`]);
  await expect.poll(() => graph.processes.size).toBe(0);
  expect(graph.processes.cancel(ids[0]!, new CancelReason('shutdown'))).toBe(false);
});
