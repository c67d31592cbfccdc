import { setImmediate as turn } from 'node:timers/promises';
import { Code } from 'flowrpc';
import type { NodeKind, Reply } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { collectGarbage } from '../collect-garbage.ts';
import { deferred, handWritten, runGraph, to } from './run-graph.ts';

/** A node that passes on, and knows how many packets it has not answered. */
function counting(): { kind: NodeKind; most: () => number } {
  let [now, most] = [0, 0];
  const kind = handWritten('counting', async (packet, { send }) => {
    most = Math.max(most, ++now);
    const { reply } = await send('out', packet);
    now -= 1;
    return reply;
  });
  return { kind, most: () => most };
}

const slow = handWritten('slow', async ({ payload }) => {
  await turn();
  return payload;
});

/** Sends the numbers below the payload without waiting between them. */
const flood = handWritten('flood', async ({ payload }, { send }) => {
  const sends = Array.from({ length: Number(payload) }, (_, n) => send('out', n));
  return (await Promise.all(sends)).map(({ reply }) => (reply instanceof Error ? reply.message : reply));
});

const chain = [
  { kind: 'flood', name: 'f', ports: to({ out: 'c' }) },
  { kind: 'counting', name: 'c', ports: to({ out: 's' }) },
  { kind: 'slow', name: 's' },
];
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('the window of a port', () => {
  test('holds 10,000 packets sent at once back to 64 that are unanswered, and loses none (#35, P-03)', async () => {
    const { kind, most } = counting();
    const graph = await runGraph(chain, [flood, kind, slow], { limits: { packets: 30_000, fanOut: 10_000 } });

    expect(await graph.call('f', 10_000)).toEqual(numbers(10_000));
    expect(most()).toBe(64);
  });

  test('is as large as the limits say', async () => {
    const { kind, most } = counting();
    const graph = await runGraph(chain, [flood, kind, slow], { limits: { window: 1 } });

    expect(await graph.call('f', 50)).toEqual(numbers(50));
    expect(most()).toBe(1);
  });

  test('is shared by all packets that one process has at a node', async () => {
    const { kind, most } = counting();
    const graph = await runGraph(
      [{ kind: 'flood', name: 'first', ports: to({ out: 'f' }) }, ...chain],
      [flood, kind, slow],
      { limits: { window: 8 } },
    );

    // 0 + 1 + … + 20 packets leave by the second node.
    expect(await graph.call('first', 20)).toEqual(numbers(20).map((count) => numbers(count)));
    expect(most()).toBe(8);
  });

  test('belongs to one process: another one is not held up', async () => {
    const stuck = deferred();
    const waits = handWritten('slow', async ({ payload }) => {
      if (payload === 0) await stuck.promise;
      return payload;
    });
    const one = handWritten('one', async (packet, { send }) => (await send('out', packet)).reply);
    const { kind } = counting();
    const graph = await runGraph(
      [...chain, { kind: 'one', name: 'o', ports: to({ out: 'c' }) }],
      [flood, kind, waits, one],
      { limits: { window: 2 } },
    );

    const held = graph.call('f', 10);
    expect(await graph.call('o', 7)).toBe(7);
    stuck.resolve();
    expect(await held).toEqual(numbers(10));
  });

  test('counts bytes, and lets a packet above them go alone', async () => {
    const { kind, most } = counting();
    const floodBytes = handWritten('flood', async (_packet, { send }) => {
      const sizes = [400, 400, 400, 5_000, 400, 400];
      const sends = sizes.map((size) => send('out', new Uint8Array(size)));
      return (await Promise.all(sends)).map(({ reply }) => (reply as Uint8Array).byteLength);
    });
    const graph = await runGraph(chain, [floodBytes, kind, slow], { limits: { windowBytes: 1_000 } });

    expect(await graph.call('f', null)).toEqual([400, 400, 400, 5_000, 400, 400]);
    expect(most()).toBe(2);
  });

  test.each([
    ['packets', { queue: 10 }, 'holds 10 packets'],
    ['bytes', { queueBytes: 80 }, 'holds 80 bytes'],
  ])(
    'refuses %s beyond what may wait, naming the edge, and answers all others in order',
    async (_what, limits, message) => {
      const { kind } = counting();
      const graph = await runGraph(chain, [flood, kind, slow], { limits: { window: 2, ...limits } });

      const replies = (await graph.call('f', 14)) as Reply[];

      const refused = `RESOURCE_EXHAUSTED: Edge "default.f/out → default.c/in" ${message} that wait to be sent already`;
      expect(replies).toEqual([...numbers(12), refused, refused]);
    },
  );

  test('lets a node that sends to itself go on, however small it is', async () => {
    const sum = handWritten('sum', async ({ payload }, { send }) => {
      const list = payload as number[];
      if (list.length === 1) return list[0];
      const third = Math.ceil(list.length / 3);
      const parts = [list.slice(0, third), list.slice(third, 2 * third), list.slice(2 * third)];
      const sends = parts.filter(({ length }) => length > 0).map((part) => send('out', part));
      return (await Promise.all(sends)).reduce((total, { reply }) => total + Number(reply), 0);
    });
    const graph = await runGraph([{ kind: 'sum', name: 's', ports: to({ out: 's' }) }], [sum], {
      limits: { window: 1 },
    });

    expect(await graph.call('s', numbers(200))).toBe(19_900);
  });

  test('is left by those that wait when the run is cancelled, and nothing is sent any more', async () => {
    const arrived: unknown[] = [];
    const never = handWritten('slow', async ({ payload }) => {
      arrived.push(payload);
      await new Promise(() => {});
    });
    const replies: Reply[] = [];
    const watching = handWritten('flood', async (_packet, { send }) => {
      for (const { reply } of await Promise.all(numbers(10).map((n) => send('out', n)))) replies.push(reply);
    });
    const graph = await runGraph(
      [
        { kind: 'flood', name: 'f', ports: to({ out: 's' }) },
        { kind: 'slow', name: 's' },
      ],
      [watching, never],
      { limits: { window: 3 } },
    );
    const stop = new AbortController();
    const call = graph.call('f', null, { signal: stop.signal });
    stop.abort();

    await expect(call).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => replies.length).toBe(10);
    expect(replies.every((reply) => reply instanceof Error)).toBe(true);
    expect(arrived).toEqual([0]);
    expect(graph.processes.size).toBe(0);
  });
});

describe('ready()', () => {
  test('keeps a producer as slow as its consumer, with 64 packets in memory (#35, P-03)', async () => {
    let [made, answered, mostAhead, mostBytes] = [0, 0, 0, 0];
    const before = process.memoryUsage().arrayBuffers;
    const producer = handWritten('producer', async (_packet, { send, ready }) => {
      const sends: Promise<unknown>[] = [];
      for (let n = 0; n < 10_000; n++) {
        await ready('out');
        made += 1;
        mostAhead = Math.max(mostAhead, made - answered);
        sends.push(send('out', new Uint8Array(10_000)).then(() => void (answered += 1)));
        if (n % 1_000 > 0) continue;
        collectGarbage();
        mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers - before);
      }
      await Promise.all(sends);
      return answered;
    });
    const sink = handWritten('sink', async () => {
      if (made % 10 === 0) await turn();
      return null;
    });
    const graph = await runGraph(
      [
        { kind: 'producer', name: 'p', ports: to({ out: 's' }) },
        { kind: 'sink', name: 's' },
      ],
      [producer, sink],
      { limits: { packets: 10_000, fanOut: 10_000, bytes: 1e9 } },
    );

    expect(await graph.call('p', null)).toBe(10_000);
    expect(mostAhead).toBeLessThanOrEqual(64);
    // All of them are 100 MB.
    expect(mostBytes).toBeLessThan(20e6);
  });

  test('resolves at once for a port that is free or leads nowhere, and when the run is over', async () => {
    const waited = deferred<string>();
    const asks = handWritten('asks', async (_packet, { send, ready }) => {
      await ready('error');
      await ready('out');
      void send('out', 1);
      await ready('out');
      waited.resolve('freed');
    });
    const never = handWritten('never', () => new Promise(() => {}));
    const graph = await runGraph(
      [
        { kind: 'asks', name: 'a', ports: to({ out: 'n' }) },
        { kind: 'never', name: 'n' },
      ],
      [asks, never],
      { limits: { window: 1 } },
    );

    await expect(graph.call('a', null, { timeoutMs: 30 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    expect(await waited.promise).toBe('freed');
  });

  test('rejects for a port that the node does not have', async () => {
    const asks = handWritten('asks', async (_packet, { ready }) => await ready('nowhere'));
    const graph = await runGraph([{ kind: 'asks', name: 'a' }], [asks]);

    await expect(graph.call('a', null)).rejects.toThrow('to port "nowhere": it has out, error');
  });
});

test.each([
  ['windows', 3, /Cannot use option "windows" of limits: it is unknown/],
  ['window', 0, /Cannot use limit "window" 0: wanted a number above 0/],
  ['queue', '7', /Cannot use limit "queue" 7: wanted a number above 0/],
])('createGraph() refuses the limit %s: %s', async (name, value, message) => {
  await expect(runGraph([], [], { limits: { [name]: value } })).rejects.toThrow(message);
});
