import { setTimeout as sleep } from 'node:timers/promises';
import { Code, type Interceptor, StatusError, silentLogger } from 'flowrpc';
import { type GraphOptions, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, type NodeKind, type Reply } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { collectGarbage } from '../collect-garbage.ts';
import { deferred, handWritten, runGraph, to } from './run-graph.ts';

const count = 300;

/** Sends without waiting, and returns or throws. Keeps each reply that comes. */
function forgetting(replies: Reply[]): NodeKind {
  return handWritten('forgetting', ({ payload }, { send }) => {
    for (let n = 0; n < count; n++) void send('out', n).then(({ reply }) => replies.push(reply));
    if (payload === 'throw') throw new Error('thrown');
    return 'done';
  });
}

/** Handles packets one after another, each until it is let go. Keeps those that began. */
function stepwise(begun: unknown[]): { kind: NodeKind; letGo: () => void } {
  let go = deferred();
  const kind = handWritten('stepwise', async ({ payload }) => {
    begun.push(payload);
    await go.promise;
    return payload;
  });
  return {
    kind,
    letGo: () => {
      const before = go;
      go = deferred();
      before.resolve();
    },
  };
}

const isDropped = (reply: Reply): boolean =>
  reply instanceof StatusError &&
  reply.code === Code.CANCELLED &&
  reply.statusMessage.startsWith('Dropped: the process');

const passing: Interceptor = async function passing(call, next) {
  return await next(call);
};
const ways: [string, object, Partial<GraphOptions>][] = [
  ['a function call', {}, {}],
  ['a function call with a timeout', { timeout: '30s' }, {}],
  ['a call with a policy', { timeout: '30s', retry: { attempts: 3 } }, {}],
  ['a call with interceptors', {}, { interceptors: [passing], nodeInterceptors: [passing] }],
  ['a function call that is looked at', {}, { hooks: [{ packet: () => {}, reply: () => {} }] }],
];

describe('packets that wait as their process ends', () => {
  test.each(ways.flatMap(([way, edge, options]) => ['well', 'badly'].map((end) => ({ way, edge, options, end }))))(
    'never begin, over $way, when it ends $end; each sender hears "dropped", once (#36, S-07)',
    async ({ edge, options, end }) => {
      const begun: unknown[] = [];
      const replies: Reply[] = [];
      const { kind, letGo } = stepwise(begun);
      const graph = await runGraph(
        [
          { kind: 'forgetting', name: 'f', ports: { out: [{ name: 's', port: 'in', ...edge }] } },
          { kind: 'stepwise', name: 's' },
        ],
        [forgetting(replies), kind],
        options,
      );

      const call = graph.call('f', end === 'well' ? null : 'throw');
      if (end === 'well') expect(await call).toBe('done');
      else await expect(call).rejects.toThrow('thrown');
      const atEnd = begun.length;
      await expect.poll(() => replies.length).toBe(count);
      for (let step = 0; step < 10; step++) {
        letGo();
        await sleep(1);
      }

      expect(begun).toHaveLength(atEnd);
      expect(atEnd).toBeLessThanOrEqual(2);
      expect(replies).toHaveLength(count);
      expect(replies.every(isDropped)).toBe(true);
      expect(graph.processes.size).toBe(0);
      expect(graph.blocked).toEqual([]);
    },
  );

  test('never begin behind a chain so long that it goes on in a later turn', async () => {
    let begun = 0;
    const replies: Reply[] = [];
    const passes = handWritten('passes', async (packet, { send }) => {
      begun += 1;
      return (await send('out', packet)).reply;
    });
    const length = 140;
    const graph = await runGraph(
      [
        { kind: 'forgetting', name: 'f', ports: to({ out: 'n0' }) },
        ...Array.from({ length }, (_, n) => ({
          kind: 'passes',
          name: `n${n}`,
          ports: n + 1 < length ? to({ out: `n${n + 1}` }) : {},
        })),
      ],
      [forgetting(replies), passes],
      { limits: { packets: 100_000 } },
    );

    expect(await graph.call('f', null)).toBe('done');
    const atEnd = begun;
    await expect.poll(() => replies.length).toBe(count);
    await sleep(5);

    expect(begun).toBe(atEnd);
    expect(replies.every(isDropped)).toBe(true);
  });

  test('go on while exit hooks run, and end with them', async () => {
    const begun: unknown[] = [];
    const replies: Reply[] = [];
    const { kind, letGo } = stepwise(begun);
    const hooked = handWritten('hooked', (_packet, { send, process }) => {
      process.onExit(async () => {
        for (let step = 0; step < 3; step++) {
          letGo();
          await sleep(1);
        }
      });
      for (let n = 0; n < count; n++) void send('out', n).then(({ reply }) => replies.push(reply));
      return 'done';
    });
    const graph = await runGraph(
      [
        { kind: 'hooked', name: 'h', ports: to({ out: 's' }) },
        { kind: 'stepwise', name: 's' },
      ],
      [hooked, kind],
    );

    expect(await graph.call('h', null)).toBe('done');
    const atEnd = begun.length;
    await expect.poll(() => replies.length).toBe(count);
    letGo();
    await sleep(2);

    expect(atEnd).toBeGreaterThanOrEqual(3);
    expect(begun).toHaveLength(atEnd);
    expect(replies.filter((reply) => !isDropped(reply))).toEqual(
      begun.slice(0, count - replies.filter(isDropped).length),
    );
  });

  test('are not sent again by an edge that repeats', async () => {
    let tries = 0;
    const flaky = handWritten('flaky', () => {
      tries += 1;
      throw new StatusError(Code.UNAVAILABLE, 'not now');
    });
    const replies: Reply[] = [];
    const once = handWritten('once', (_packet, { send }) => {
      void send('out', 1).then(({ reply }) => replies.push(reply));
      return sleep(5).then(() => 'done');
    });
    const retry = { attempts: 5, delay: '20ms', codes: ['UNAVAILABLE'] };
    const graph = await runGraph(
      [
        { kind: 'once', name: 'o', ports: { out: [{ name: 'f', port: 'in', idempotent: true, retry }] } },
        { kind: 'flaky', name: 'f' },
      ],
      [once, flaky],
    );

    await graph.call('o', null);
    const atEnd = tries;
    await sleep(100);

    expect(tries).toBe(atEnd);
    expect(replies.every(isDropped)).toBe(true);
  });

  test('reach no instance that was closed since (#32, L-01)', async () => {
    let onClosed = 0;
    const replies: Reply[] = [];
    const closing = defineKind({
      kind: 'closing',
      fields: ['version'],
      setup: () => {
        let closed = false;
        return {
          process: async ({ payload }) => {
            if (closed) onClosed += 1;
            await sleep(1);
            return payload;
          },
          close: () => void (closed = true),
        };
      },
    });
    const specs = (version: number) =>
      readSpecs([
        { kind: 'forgetting', name: 'f', ports: to({ out: 'c' }) },
        { kind: 'closing', name: 'c', version },
      ]);
    const kinds = createKinds(forgetting(replies), closing);
    const graph = await runGraph([], [], { ...specs(0), kinds, logger: silentLogger });

    for (let version = 1; version <= 5; version++) {
      await graph.call('f', null);
      await graph.update(specs(version));
    }
    await sleep(50);

    expect(onClosed).toBe(0);
    expect(replies).toHaveLength(5 * count);
  });

  test('are out of memory with its end, also behind a handler that never settles (P-03)', {
    timeout: 30_000,
  }, async () => {
    const kept: unknown[] = [];
    const never = handWritten('never', async (_packet, context) => {
      kept.push(context);
      await new Promise((resolve) => kept.push(resolve));
    });
    const heavy = handWritten('heavy', (_packet, { send }) => {
      for (let n = 0; n < 100; n++) void send('out', new Uint8Array(100_000));
      return 'done';
    });
    const graph = await runGraph(
      [
        { kind: 'heavy', name: 'h', ports: to({ out: 'n' }) },
        { kind: 'never', name: 'n' },
      ],
      [heavy, never],
    );
    const memory = async (): Promise<number> => {
      await sleep(1);
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };

    const before = await memory();
    for (let call = 0; call < 10; call++) expect(await graph.call('h', null)).toBe('done');

    // 100 MB were sent; each call's one handler keeps its own packet.
    await expect.poll(async () => (await memory()) - before, { timeout: 10_000 }).toBeLessThan(20e6);
    expect(kept.length).toBeGreaterThanOrEqual(10);
  });

  test('a handler that outlives its process is not held up by ready(), and sends nothing', async () => {
    const begun: unknown[] = [];
    const { kind } = stepwise(begun);
    const outlived = deferred<Reply[]>();
    const goOn = deferred();
    const producer = handWritten('producer', (_packet, { send, ready }) => {
      const produce = async (): Promise<Reply[]> => {
        for (let n = 0; n < 5; n++) void send('out', n);
        await ready('out');
        await goOn.promise;
        const replies: Reply[] = [];
        for (let n = 5; n < 10; n++) {
          await ready('out');
          replies.push((await send('out', n)).reply);
        }
        return replies;
      };
      void produce().then(outlived.resolve);
      return 'done';
    });
    const graph = await runGraph(
      [
        { kind: 'producer', name: 'p', ports: to({ out: 's' }) },
        { kind: 'stepwise', name: 's' },
      ],
      [producer, kind],
      { limits: { window: 2 } },
    );

    expect(await graph.call('p', null)).toBe('done');
    goOn.resolve();
    const replies = await outlived.promise;

    expect(replies).toHaveLength(5);
    expect(replies.every(isDropped)).toBe(true);
    expect(begun).toEqual([0]);
  });
});
