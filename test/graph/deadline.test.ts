import { Code } from 'flowrpc';
import type { NodeContext } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from './run-graph.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);

test('a deadline of the entry bounds every node, and each can read what is left #47', async () => {
  const deadlines: number[] = [];
  const look = handWritten('look', async (packet, { deadline, send }: NodeContext) => {
    deadlines.push(deadline);
    return (await send('out', packet)).reply ?? null;
  });
  const graph = await runGraph(
    [
      { kind: 'look', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'look', name: 'b', ports: to({ out: 'c' }) },
      { kind: 'look', name: 'c' },
    ],
    [look],
  );
  const deadline = Date.now() + 60_000;

  await graph.call('a', null, { deadline });

  expect(deadlines).toEqual([deadline, deadline, deadline]);
});

test('no node starts work after the deadline, and the caller is told in time #47', async () => {
  let late = 0;
  const slow = handWritten('slow', async (packet, { send, signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return (await send('out', packet)).reply;
  });
  const graph = await runGraph(
    [
      { kind: 'relay', name: 'a', ports: to({ out: 's' }) },
      { kind: 'slow', name: 's', ports: to({ out: 'l' }) },
      { kind: 'late', name: 'l' },
    ],
    [relay, slow, mapping('late', () => ++late)],
  );

  await expect(graph.call('a', null, { timeoutMs: 20 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  expect(late).toBe(0);
});

test('a node that never settles does not hold up those who wait for it #47', async () => {
  const ended = deferred<unknown>();
  const stuck = handWritten('stuck', () => new Promise(() => {}));
  const waiter = handWritten('waiter', async (packet, { send }) => {
    const { reply } = await send('out', packet);
    ended.resolve(reply);
    return reply;
  });
  const graph = await runGraph(
    [
      { kind: 'waiter', name: 'w', ports: to({ out: 's' }) },
      { kind: 'stuck', name: 's' },
    ],
    [waiter, stuck],
  );

  await expect(graph.call('w', null, { timeoutMs: 10 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  expect(await ended.promise).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
});

test('cancelling the entry cancels every node of the process #46', async () => {
  const started = deferred();
  const cancelled: string[] = [];
  const wait = handWritten('wait', async (packet, { send, signal, node }) => {
    signal.addEventListener('abort', () => cancelled.push(node.name!));
    if (node.name === 'c') {
      started.resolve();
      await new Promise(() => {});
    }
    return (await send('out', packet)).reply;
  });
  const graph = await runGraph(
    [
      { kind: 'wait', name: 'a', ports: to({ out: 'b' }) },
      { kind: 'wait', name: 'b', ports: to({ out: 'c' }) },
      { kind: 'wait', name: 'c' },
    ],
    [wait],
  );
  const stop = new AbortController();

  const call = graph.call('a', null, { signal: stop.signal });
  await started.promise;
  stop.abort();

  await expect(call).rejects.toMatchObject({ code: Code.CANCELLED });
  expect(cancelled.sort()).toEqual(['a', 'b', 'c']);
});
