import { connect, createServer, silentLogger } from 'flowrpc';
import { defineKind, none, source } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { deferred, handWritten, runGraph, to } from './run-graph.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a source that awaits ready() is as slow as what handles its packets, and loses none (#35, P-03)', async () => {
  const done = deferred<{ most: number; answered: number }>();
  const tick = defineKind({
    kind: 'tick',
    inputs: [],
    setup: () =>
      source(async ({ emit, ready }) => {
        let [running, most, answered] = [0, 0, 0];
        const emits: Promise<void>[] = [];
        for (let n = 0; n < 2_000; n++) {
          await ready();
          most = Math.max(most, ++running);
          emits.push(
            emit(n).then((reply) => {
              running -= 1;
              answered += reply === n ? 1 : 0;
            }),
          );
        }
        await Promise.all(emits);
        done.resolve({ most, answered });
      }),
  });
  const slow = handWritten('slow', async ({ payload }) => {
    await turn();
    return payload;
  });
  await runGraph(
    [
      { kind: 'tick', name: 't', ports: to({ out: 's' }) },
      { kind: 'slow', name: 's' },
    ],
    [tick, slow],
  );

  const { most, answered } = await done.promise;
  expect(answered).toBe(2_000);
  // A reply is counted here after it has made room.
  expect(most).toBeLessThanOrEqual(65);
});

test('a source that waits in ready() is let go when the graph closes', async () => {
  const left = deferred();
  const stuck = defineKind({
    kind: 'stuck',
    inputs: [],
    setup: () =>
      source(async ({ emit, ready, signal }) => {
        while (!signal.aborted) {
          await ready();
          void emit(1, { timeoutMs: 1_000 }).catch(() => none);
        }
        left.resolve();
      }),
  });
  const never = handWritten('never', () => new Promise(() => {}));
  const graph = await runGraph(
    [
      { kind: 'stuck', name: 's', ports: to({ out: 'n' }) },
      { kind: 'never', name: 'n' },
    ],
    [stuck, never],
  );
  await expect.poll(() => graph.processes.size).toBe(64);

  await graph.close({ graceMs: 0 });
  await left.promise;
});

test('a stream of 10,000 messages is read no faster than a slow node handles them, over a socket (#35, P-03)', async () => {
  let [read, answered, most] = [0, 0, 0];
  const relay = handWritten('relay', async (packet, { send }) => {
    read += 1;
    most = Math.max(most, read - answered);
    const { reply } = await send('out', packet);
    answered += 1;
    return reply;
  });
  const slow = handWritten('slow', async ({ payload }) => {
    if (Number(payload) % 20 === 0) await turn();
    return payload;
  });
  const server = createServer({ logger: silentLogger });
  await runGraph(
    [
      { kind: 'relay', name: 'r', ports: to({ out: 's' }) },
      { kind: 'slow', name: 's' },
    ],
    [relay, slow],
    { server },
  );
  const { address } = await server.listen('127.0.0.1:0');
  await using channel = connect(address);
  const client = channel.client(server.services.get('default.r')!) as Record<
    string,
    (payloads: AsyncIterable<unknown>) => AsyncIterable<unknown>
  >;
  async function* numbers(): AsyncGenerator<number> {
    for (let n = 0; n < 10_000; n++) yield n;
  }

  const replies: unknown[] = [];
  for await (const reply of client.inStream!(numbers())) replies.push(reply);
  await server.close({ graceMs: 0 });

  expect(replies).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
  // One more is read ahead.
  expect(most).toBeLessThanOrEqual(65);
});
