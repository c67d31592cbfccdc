import { Code, connect, createServer, current, inProcess, key, StatusError, silentLogger } from 'flowrpc';
import type { NodeContext } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../graph/run-graph.ts';

const user = key<string>('user');

test('process data is seen by all nodes of a process and by no other process', async () => {
  const set = mapping('set', (payload: string, { process }) => {
    if (payload !== 'leave') process.set(user, payload);
    return payload;
  });
  const get = mapping('get', (_payload, { process }) => process.get(user) ?? 'nobody');
  const graph = await runGraph(
    [
      { kind: 'set', name: 's', ports: to({ out: 'g' }) },
      { kind: 'get', name: 'g' },
    ],
    [set, get],
  );

  expect(await Promise.all([graph.call('s', 'Ada'), graph.call('s', 'leave'), graph.call('s', 'Bob')])).toEqual([
    'Ada',
    'nobody',
    'Bob',
  ]);
});

test('a fork sees the data of its parent as it was, and changes none of it', async () => {
  const seen = deferred<unknown[]>();
  const forking = handWritten('forking', async (_packet, { process }) => {
    process.set(user, 'Ada');
    process.fork(async (child) => {
      const before = child.process.get(user);
      child.process.set(user, 'Bob');
      seen.resolve([before, child.process.get(user), child.process.parent === process.id]);
    });
    process.set(user, 'Cid');
    await seen.promise;
    return process.get(user);
  });
  const graph = await runGraph([{ kind: 'forking', name: 'f' }], [forking]);

  expect(await graph.call('f', null)).toBe('Cid');
  expect(await seen.promise).toEqual(['Ada', 'Bob', true]);
});

test('exit hooks run last added first, before the caller is told', async () => {
  const log: string[] = [];
  const hooked = handWritten('hooked', (_packet, { process }) => {
    process.onExit(async () => {
      await Promise.resolve();
      log.push('first');
    });
    process.onExit((error) => void log.push(`second ${error}`));
    return 'done';
  });
  const graph = await runGraph([{ kind: 'hooked', name: 'h' }], [hooked]);

  const reply = await graph.call('h', null).then((value) => [value, ...log]);

  expect(reply).toEqual(['done', 'second undefined', 'first']);
});

test('a commit that fails is what the caller is told, and the hooks after it too', async () => {
  const told: unknown[] = [];
  const hooked = handWritten('hooked', (_packet, { process }) => {
    process.onExit((error) => void told.push(error?.message));
    process.onExit(() => {
      throw new StatusError(Code.ABORTED, 'commit failed');
    });
    return 'done';
  });
  const graph = await runGraph([{ kind: 'hooked', name: 'h' }], [hooked]);

  await expect(graph.call('h', null)).rejects.toMatchObject({ code: Code.ABORTED, statusMessage: 'commit failed' });
  expect(told).toEqual(['ABORTED: commit failed']);
});

test('exit hooks are told of the error a process ended with, and of its cancellation', async () => {
  const told: unknown[] = [];
  const waiting = deferred();
  const hooked = handWritten('hooked', async ({ payload }, { process }) => {
    process.onExit((error) => void told.push(error?.message));
    if (payload === 'throw') throw new Error('boom');
    waiting.resolve();
    await new Promise(() => {});
  });
  const graph = await runGraph([{ kind: 'hooked', name: 'h' }], [hooked]);

  await expect(graph.call('h', 'throw')).rejects.toThrow('boom');
  const stop = new AbortController();
  const stuck = graph.call('h', 'wait', { signal: stop.signal });
  await waiting.promise;
  stop.abort();

  await expect(stuck).rejects.toMatchObject({ code: Code.CANCELLED });
  expect(told).toEqual(['UNKNOWN: boom', 'CANCELLED: The caller cancelled the call']);
});

test('fork() lets the caller go and is waited for when the graph closes', async () => {
  const release = deferred();
  let ended = false;
  const forking = handWritten('forking', (_packet, { process }) => {
    process.fork(async () => {
      await release.promise;
      ended = true;
    });
    return 'accepted';
  });
  const graph = await runGraph([{ kind: 'forking', name: 'f' }], [forking]);

  const reply = await graph.call('f', null);
  const closing = graph.close({ graceMs: 5_000 });
  release.resolve();
  await closing;

  expect(reply).toBe('accepted');
  expect(ended).toBe(true);
});

test('fork() is cancelled with its process before the status, and not after it', async () => {
  const reasons: unknown[] = [];
  const started = deferred();
  const forked = handWritten('forked', async ({ payload }, { process }) => {
    process.fork(async (child) => {
      child.signal.addEventListener('abort', () => reasons.push((child.signal.reason as StatusError).code));
      started.resolve();
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    await started.promise;
    if (payload === 'stay') await new Promise(() => {});
    return 'done';
  });
  const graph = await runGraph([{ kind: 'forked', name: 'f' }], [forked]);
  const stop = new AbortController();

  await graph.call('f', 'go', { signal: stop.signal });
  stop.abort();
  await graph.close();
  expect(reasons).toEqual([]);

  const second = await runGraph([{ kind: 'forked', name: 'f' }], [forked]);
  const stopSecond = new AbortController();
  const stuck = second.call('f', 'stay', { signal: stopSecond.signal });
  await new Promise((resolve) => setTimeout(resolve, 5));
  stopSecond.abort();
  await expect(stuck).rejects.toMatchObject({ code: Code.CANCELLED });
  expect(reasons).toEqual([Code.CANCELLED]);
});

test('fork() is bounded by its own timeout', async () => {
  const ended = deferred<number>();
  const forking = handWritten('forking', (_packet, { process }) => {
    process.fork(
      async ({ signal }) => {
        // On a busy machine the time may be over before the fork starts.
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        ended.resolve((signal.reason as StatusError).code);
      },
      { timeoutMs: 10 },
    );
    return 'done';
  });
  const graph = await runGraph([{ kind: 'forking', name: 'f' }], [forking]);

  await graph.call('f', null);

  expect(await ended.promise).toBe(Code.DEADLINE_EXCEEDED);
});

test('process.state() is made once for each process and never inherited', async () => {
  const counter = key<{ n: number }>('counter');
  const count = handWritten('count', async (_packet, { process }: NodeContext) => {
    const state = process.state(counter, () => ({ n: 0 }));
    state.n += 1;
    return state.n;
  });
  const graph = await runGraph(
    [
      { kind: 'twice', name: 't', ports: to({ out: ['c', 'c'] }) },
      { kind: 'count', name: 'c' },
    ],
    [mapping('twice', (payload) => payload), count],
  );

  expect(await graph.call('t', null)).toEqual([1, 2]);
  expect(await graph.call('t', null)).toEqual([1, 2]);
});

test('a node runs inside the call that started the process, so clients in it inherit deadline and trace', async () => {
  let inner: { deadline: number; trace: string | undefined } | undefined;
  const deep = mapping('deep', (_payload, { deadline }) => {
    inner = { deadline: current()!.deadline, trace: current()!.metadata.get('traceparent') };
    return deadline;
  });
  const server = createServer({ logger: silentLogger });
  await runGraph(
    [
      { kind: 'relay', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'deep', name: 'b' },
    ],
    [deep, mapping('relay', async (payload) => payload)],
    { server },
  );
  await using channel = connect(inProcess(server));
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const client = channel.client(server.services.get('default.a')!) as Record<
    string,
    (payload: unknown, options: object) => Promise<unknown>
  >;

  const deadline = await client.in!(null, { timeoutMs: 5_000, metadata: { traceparent } });

  expect(inner).toEqual({ deadline, trace: traceparent });
});
