import { Code, connect, graphEdgeKey, type Interceptor, key, StatusError } from 'flowrpc';
import { defineKind, manyToOne, none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from './run-graph.ts';
import { at, namespaceKey, runtime, stateful } from './runtimes.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
/** Sends each item of a list before it waits for any reply. */
const each = handWritten('each', async ({ payload }, { send }) =>
  (await Promise.all((payload as unknown[]).map((item) => send('out', item)))).map(({ reply }) =>
    reply instanceof Error ? `error: ${(reply as StatusError).statusMessage}` : reply === none ? 'none' : reply,
  ),
);
const countKey = key<{ n: number }>('count');
/** Numbers the packets of a process. */
const counter = stateful('counter', ({ payload }, { process }) => {
  const count = process.state(countKey, () => ({ n: 0 }));
  count.n += 1;
  return `${String(payload)}${count.n}`;
});

describe('an edge to a node elsewhere that keeps state for each process', () => {
  test('is one InStream call for all packets of the process', async () => {
    const there = await runtime([{ kind: 'counter', name: 'count' }], [counter]);
    const graph = await runGraph([{ kind: 'each', name: 'a', ports: { out: [at(there, 'count')] } }], [each]);

    expect(await graph.call('a', ['x', 'y', 'z'])).toEqual(['x1', 'y2', 'z3']);
    expect(await graph.call('a', ['x'])).toEqual(['x1']);
    expect(there.calls).toEqual(['/default.count/InStream', '/default.count/InStream']);
  });

  test('knows it of a node far behind, over local edges and other runtimes', async () => {
    const last = await runtime([{ kind: 'counter', name: 'count' }], [counter]);
    const middle = await runtime(
      [
        { kind: 'relay', name: 'b', ports: to({ out: 'c' }) },
        { kind: 'relay', name: 'c', ports: { out: [at(last, 'count')] } },
      ],
      [relay],
    );
    const graph = await runGraph([{ kind: 'each', name: 'a', ports: { out: [at(middle, 'b')] } }], [each]);

    expect(await graph.call('a', ['x', 'y'])).toEqual(['x1', 'y2']);
    expect(middle.calls).toEqual(['/default.b/InStream']);
    expect(last.calls).toEqual(['/default.count/InStream']);
  });

  test('stays a unary call where nothing behind keeps state', async () => {
    const there = await runtime([{ kind: 'echo', name: 'b' }], [mapping('echo', (payload: unknown) => payload)]);
    const graph = await runGraph([{ kind: 'each', name: 'a', ports: { out: [at(there, 'b')] } }], [each]);

    expect(await graph.call('a', [1, 2])).toEqual([1, 2]);
    expect(there.calls).toEqual(['/default.b/In', '/default.b/In']);
  });

  test('asks the node itself where its peer has no reflection', async () => {
    const options = { reflects: false };
    const plain = await runtime(
      [{ kind: 'echo', name: 'b' }],
      [mapping('echo', (payload: unknown) => payload)],
      options,
    );
    const keeping = await runtime([{ kind: 'counter', name: 'b' }], [counter], options);
    const before = await runGraph([{ kind: 'each', name: 'a', ports: { out: [at(plain, 'b')] } }], [each]);
    const after = await runGraph([{ kind: 'each', name: 'a', ports: { out: [at(keeping, 'b')] } }], [each]);

    for (let i = 0; i < 2; i++) {
      expect(await before.call('a', ['x', 'y'])).toEqual(['x', 'y']);
      expect(await after.call('a', ['x', 'y'])).toEqual(['x1', 'y2']);
    }

    expect(plain.calls).toEqual(['/default.b/InStream', '/default.b/In', '/default.b/In']);
    expect(keeping.calls).toEqual(['/default.b/InStream', '/default.b/InStream']);
  });

  test('a merge elsewhere gets what one process sends along one edge to each of its ports', async () => {
    const merging = defineKind({
      kind: 'merging',
      inputs: ['left', 'right'],
      setup: () => manyToOne((payloads) => payloads),
    });
    const there = await runtime(
      [
        {
          kind: 'split',
          name: 's',
          ports: { out: [{ name: 'm', port: 'left' }], other: [{ name: 'm', port: 'right' }] },
        },
        { kind: 'merging', name: 'm' },
      ],
      [
        merging,
        handWritten(
          'split',
          async ({ payload }, { send }) => {
            const port = (payload as number) % 2 === 0 ? 'out' : 'other';
            return (await send(port, payload)).reply;
          },
          { outputs: ['out', 'other'] },
        ),
      ],
    );
    const graph = await runGraph([{ kind: 'each', name: 'a', ports: { out: [at(there, 's')] } }], [each]);

    const replies = await Promise.all([graph.call('a', [2, 1]), graph.call('a', [4, 3])]);

    expect(replies).toEqual([
      [2, [2, 1]],
      [4, [4, 3]],
    ]);
  });

  test('keeps the order of replies, whatever is done first #30', async () => {
    const gates = Array.from({ length: 10 }, () => deferred());
    const late = stateful('late', async ({ payload }, { send }) => {
      // Lets the packets behind it start.
      await send('out', null);
      await gates[payload as number]!.promise;
      return payload;
    });
    const there = await runtime([{ kind: 'late', name: 'b' }], [late]);
    const graph = await runGraph([{ kind: 'each', name: 'a', ports: { out: [at(there, 'b')] } }], [each]);

    const reply = graph.call('a', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { resolve } of gates.toReversed()) resolve();

    expect(await reply).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('has no more than its window unanswered; the others wait, in order', async () => {
    const started: number[] = [];
    const gate = deferred();
    const hold = stateful('hold', async ({ payload }, { send }) => {
      started.push(payload as number);
      await send('out', null);
      await gate.promise;
      return payload;
    });
    const there = await runtime([{ kind: 'hold', name: 'b' }], [hold]);
    const graph = await runGraph([{ kind: 'each', name: 'a', ports: { out: [at(there, 'b')] } }], [each], {
      limits: { window: 8 },
    });
    const items = Array.from({ length: 50 }, (_, index) => index);

    const reply = graph.call('a', items);
    await expect.poll(() => started.length).toBe(8);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(started).toHaveLength(8);
    gate.resolve();

    expect(await reply).toEqual(items);
    expect(started).toEqual(items);
  });

  test('its interceptors see one bidi call with the edge, and forwarded metadata arrives', async () => {
    const seen: unknown[] = [];
    const watch: Interceptor = (call, next) => {
      if (call.get(graphEdgeKey) !== undefined) seen.push([call.method.path, call.method.kind, call.get(graphEdgeKey)]);
      return next(call);
    };
    const tenants: unknown[] = [];
    const there = await runtime([{ kind: 'counter', name: 'count' }], [counter], {
      nodeInterceptors: [
        (call, next) => {
          tenants.push(call.metadata.get('x-tenant'), call.metadata.get('x-other'));
          return next(call);
        },
      ],
    });
    const graph = await runGraph(
      [{ kind: 'each', name: 'a', ports: { out: [at(there, 'count', 'in', { forward: ['x-tenant'] })] } }],
      [each],
      { interceptors: [watch] },
    );

    await graph.call('a', ['x', 'y'], { metadata: { 'x-tenant': 'acme', 'x-other': 'no' } });

    expect(seen).toEqual([['/default.count/InStream', 'bidi', { from: 'default.a/out', to: 'default.count/in' }]]);
    expect(tenants).toEqual(['acme', undefined]);
  });

  test('a packet has its own timeout; its late reply is nobody else’s', async () => {
    const gate = deferred();
    const slow = stateful('slow', async ({ payload }, { send }) => {
      await send('out', null);
      if (payload === 'slow') await gate.promise;
      return payload;
    });
    const there = await runtime([{ kind: 'slow', name: 'b' }], [slow]);
    const twice = handWritten('twice', async (_packet, { send }) => {
      const first = await send('out', 'slow');
      const second = send('out', 'next');
      gate.resolve();
      return [(first.reply as StatusError).code, (await second).reply];
    });
    const graph = await runGraph(
      [{ kind: 'twice', name: 'a', ports: { out: [at(there, 'b', 'in', { timeout: '100ms' })] } }],
      [twice],
    );

    expect(await graph.call('a', null, { timeoutMs: 20_000 })).toEqual([Code.DEADLINE_EXCEEDED, 'next']);
  });
});

describe('the end of a process', () => {
  const events: string[] = [];
  const committing = (fails = false) =>
    stateful('commits', ({ payload }, { process, node }) => {
      process.onExit(async (error) => {
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`${node.name} ${error === undefined ? 'commits' : 'rolls back'}`);
        if (fails && error === undefined) throw new StatusError(Code.ABORTED, 'commit refused');
      });
      if (payload === 'bad') throw new Error('bad packet');
      return payload;
    });

  test('waits for the exit hooks elsewhere before its caller is told #41', async () => {
    events.length = 0;
    const last = await runtime([{ kind: 'commits', name: 'c' }], [committing()]);
    const middle = await runtime([{ kind: 'relay', name: 'b', ports: { out: [at(last, 'c')] } }], [relay]);
    const graph = await runGraph([{ kind: 'relay', name: 'a', ports: { out: [at(middle, 'b')] } }], [relay]);

    expect(await graph.call('a', 1)).toBe(1);

    expect(events).toEqual(['c commits']);
    expect([last, middle].map((one) => one.graph.processes.size)).toEqual([0, 0]);
  });

  test('a commit that fails elsewhere is the status of the root', async () => {
    const there = await runtime([{ kind: 'commits', name: 'c' }], [committing(true)]);
    const graph = await runGraph([{ kind: 'relay', name: 'a', ports: { out: [at(there, 'c')] } }], [relay]);

    await expect(graph.call('a', 1)).rejects.toMatchObject({ code: Code.ABORTED, statusMessage: 'commit refused' });
  });

  test('that failed rolls back elsewhere', async () => {
    events.length = 0;
    const there = await runtime([{ kind: 'commits', name: 'c' }], [committing()]);
    const failing = handWritten('failing', async (packet, { send }) => {
      await send('out', packet);
      throw new StatusError(Code.INTERNAL, 'after all');
    });
    const graph = await runGraph([{ kind: 'failing', name: 'a', ports: { out: [at(there, 'c')] } }], [failing]);

    await expect(graph.call('a', 1)).rejects.toMatchObject({ statusMessage: 'after all' });

    await expect.poll(() => events).toEqual(['c rolls back']);
    expect(there.graph.processes.size).toBe(0);
  });

  test('an error reply that was handled is no bad end', async () => {
    events.length = 0;
    const there = await runtime([{ kind: 'commits', name: 'c' }], [committing()]);
    const rescue = handWritten('rescue', async (packet, { send }) => {
      const { reply } = await send('out', packet);
      return reply instanceof Error ? `rescued: ${(reply as StatusError).statusMessage}` : reply;
    });
    const graph = await runGraph([{ kind: 'rescue', name: 'a', ports: { out: [at(there, 'c')] } }], [rescue]);

    expect(await graph.call('a', 'bad')).toBe('rescued: bad packet');
    expect(events).toEqual(['c commits']);
  });

  test('a process that is cancelled ends elsewhere as well, badly', async () => {
    events.length = 0;
    const started = deferred();
    const waits = stateful('waits', async (_packet, { process, signal }) => {
      process.onExit((error) => void events.push(error === undefined ? 'well' : 'badly'));
      started.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return null;
    });
    const there = await runtime([{ kind: 'waits', name: 'b' }], [waits]);
    const graph = await runGraph([{ kind: 'relay', name: 'a', ports: { out: [at(there, 'b')] } }], [relay]);
    const stop = new AbortController();

    const reply = graph.call('a', 1, { signal: stop.signal });
    await started.promise;
    stop.abort();

    await expect(reply).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => events).toEqual(['badly']);
    await expect.poll(() => there.graph.processes.size).toBe(0);
  });

  test('a fork has streams of its own, which end with it', async () => {
    events.length = 0;
    const there = await runtime([{ kind: 'commits', name: 'c' }], [committing()]);
    const done = deferred<unknown>();
    const forking = handWritten('forking', (packet, { process }) => {
      process.fork(async (child) => {
        done.resolve((await child.send('out', packet)).reply);
      });
      return 'root';
    });
    const graph = await runGraph([{ kind: 'forking', name: 'a', ports: { out: [at(there, 'c')] } }], [forking]);

    expect(await graph.call('a', 7)).toBe('root');
    expect(await done.promise).toBe(7);
    await expect.poll(() => events).toEqual(['c commits']);
  });
});

describe('a server that ends idle streams', () => {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const slow = stateful('slow', async ({ payload }) => {
    if (payload === 'slow') await pause(300);
    return payload;
  });
  const sends = handWritten('sends', async ({ payload }, { send }) => {
    const first = (await send('out', payload)).reply;
    await pause(300);
    return [first, ((await send('out', 'quick')).reply as StatusError).code ?? 'quick'];
  });
  const open = async (options: { namespaceKey?: string }) => {
    const there = await runtime([{ kind: 'slow', name: 'b' }], [slow], { streamIdleMs: 100, ...options });
    return await runGraph([{ kind: 'sends', name: 'a', ports: { out: [at(there, 'b')] } }], [sends], options);
  };

  test('waits while it works on a packet, and leaves the streams of trusted runtimes alone', async () => {
    const graph = await open({ namespaceKey });

    expect(await graph.call('a', 'slow')).toEqual(['slow', 'quick']);
  });

  test('ends those of others in which nothing happens; their process fails, since it relied on an answer', async () => {
    const graph = await open({});

    await expect(graph.call('a', 'slow')).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
  });
});

test('a node that streams is served by InStream as it is, and takes single packets as streams of one', async () => {
  const sums = defineKind({
    kind: 'sums',
    setup: () => ({
      async *stream(packets) {
        let sum = 0;
        for await (const { payload } of packets) {
          sum += payload as number;
          if (sum % 2 === 0) yield sum;
        }
        yield `total ${sum}`;
      },
    }),
  });
  const there = await runtime([{ kind: 'sums', name: 's' }], [sums]);
  const graph = await runGraph([{ kind: 'relay', name: 'a', ports: { out: [at(there, 's')] } }], [relay]);
  await using channel = connect(there.address);
  const client = channel.client(there.server.services.get('default.s')!) as unknown as {
    inStream(payloads: unknown[]): AsyncIterable<unknown>;
  };
  const got: unknown[] = [];

  for await (const reply of client.inStream([1, 2, 3, 4])) got.push(reply);

  expect(got).toEqual([6, 10, 'total 10']);
  expect(await graph.call('a', 2)).toEqual([2, 'total 2']);
  expect(await there.graph.call('s', 3)).toBe('total 3');
});
