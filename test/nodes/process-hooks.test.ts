import { Code, key, StatusError } from 'flowrpc';
import type { Fork, NodeContext } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { deferred, handWritten, runGraph, to } from '../graph/run-graph.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('onExit()', () => {
  test('on a process that has ended runs the hook at once with the error of its end, and says so #42', async () => {
    const told: unknown[] = [];
    const contexts: NodeContext[] = [];
    const keep = handWritten('keep', ({ payload }, context) => {
      contexts.push(context);
      if (payload === 'fail') throw new StatusError(Code.ABORTED, 'no');
      return context.process.onExit(() => {});
    });
    const graph = await runGraph([{ kind: 'keep', name: 'k' }], [keep]);

    expect(await graph.call('k', 'well')).toBe(true);
    await expect(graph.call('k', 'fail')).rejects.toThrow('no');

    const [well, failed] = contexts.map(({ process }) => process);
    expect(well!.onExit((error) => void told.push(error))).toBe(false);
    expect(failed!.onExit((error) => void told.push(error?.message))).toBe(false);
    expect(told).toEqual([undefined, 'ABORTED: no']);
  });

  test('too late, a hook that throws is logged and hurts nobody', async () => {
    const logged: unknown[] = [];
    const ignore = (): void => {};
    let late!: NodeContext;
    const keep = handWritten('keep', (_packet, context) => {
      late = context;
    });
    const graph = await runGraph([{ kind: 'keep', name: 'k' }], [keep], {
      logger: { debug: ignore, info: ignore, warn: ignore, error: (message) => logged.push(message) },
    });
    await graph.call('k', null);

    late.process.onExit(() => {
      throw new Error('late');
    });
    await turn();

    expect(logged).toEqual(['exit hook failed after the end of its process']);
  });

  test('a hook that never settles has failed after a while, and the hooks before it still run', async () => {
    const told: unknown[] = [];
    const stuck = handWritten('stuck', (_packet, { process }) => {
      process.onExit((error) => void told.push(error?.message));
      process.onExit(() => new Promise(() => {}));
      return 'done';
    });
    const graph = await runGraph([{ kind: 'stuck', name: 's' }], [stuck], { limits: { exitMs: 20 } });

    await expect(graph.call('s', null)).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
      statusMessage: 'An exit hook did not settle within 20 ms',
    });
    expect(told).toEqual(['DEADLINE_EXCEEDED: An exit hook did not settle within 20 ms']);
    expect(graph.processes.size).toBe(0);
  });
});

describe('the end of a process', () => {
  test('gives each sender that still waits a "dropped" error, once, and lets nothing be sent any more #41', async () => {
    const replies: unknown[] = [];
    const settled = deferred();
    let context!: NodeContext;
    let handled = 0;
    const never = handWritten('never', () => {
      handled += 1;
      return new Promise(() => {});
    });
    const hasty = handWritten('hasty', (_packet, given) => {
      context = given;
      const sends = [1, 2, 3].map((n) => given.send('out', n).then(({ reply }) => replies.push(reply)));
      Promise.all(sends).then(() => settled.resolve());
      return 'gone';
    });
    const graph = await runGraph(
      [
        { kind: 'hasty', name: 'h', ports: to({ out: 'n' }) },
        { kind: 'never', name: 'n' },
      ],
      [hasty, never],
    );

    expect(await graph.call('h', null)).toBe('gone');
    await settled.promise;
    const late = await context.send('out', 4);

    for (const reply of [...replies, late.reply])
      expect(reply).toMatchObject({
        code: Code.CANCELLED,
        statusMessage: 'Dropped: the process ended before the reply came',
      });
    expect(replies).toHaveLength(3);
    expect(handled).toBe(1);
  });

  test('comes before its forks end, and nothing is forked after it #43', async () => {
    const release = deferred();
    let context!: NodeContext;
    let worked = 0;
    const forking = handWritten('forking', (_packet, given) => {
      context = given;
      given.process.fork(async () => {
        await release.promise;
        worked += 1;
      });
      return 'done';
    });
    const graph = await runGraph([{ kind: 'forking', name: 'f' }], [forking]);

    await graph.call('f', null);
    expect(graph.processes.size).toBe(1);
    const late = context.process.fork(() => {
      worked += 1;
    });
    release.resolve();

    expect(await late.done).toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => graph.processes.size).toBe(0);
    expect(worked).toBe(1);
  });
});

describe('fork()', () => {
  test('gives what waits for the fork: its reply, or its error, once its hooks have run #43', async () => {
    const log: string[] = [];
    const forking = handWritten('forking', async ({ payload }, { process }) => {
      const fork: Fork = process.fork((child) => {
        child.process.onExit(async () => {
          await turn();
          log.push(`hook ${child.process.id === fork.id}`);
        });
        if (payload === 'fail') throw new Error('boom');
        return payload;
      });
      const reply = await fork.done;
      log.push('waited');
      return reply instanceof Error ? reply.message : reply;
    });
    const graph = await runGraph([{ kind: 'forking', name: 'f' }], [forking]);

    expect(await graph.call('f', 'well')).toBe('well');
    expect(await graph.call('f', 'fail')).toBe('boom');
    expect(log).toEqual(['hook true', 'waited', 'hook true', 'waited']);
  });

  test('inherits what interceptors gave the call', async () => {
    const tenant = key<string>('tenant');
    const forking = handWritten(
      'forking',
      async (_packet, { process }) =>
        process.fork((child) => child.process.fork(({ process: inner }) => inner.get(tenant)).done).done,
    );
    const graph = await runGraph([{ kind: 'forking', name: 'f' }], [forking], {
      nodeInterceptors: [async (call, next) => await next(call.with(tenant, 'acme'))],
    });

    expect(await graph.call('f', null)).toBe('acme');
  });
});

describe('join()', () => {
  test('waits for all forks of the process, those made meanwhile too #43', async () => {
    const ended: number[] = [];
    const forking = handWritten('forking', async (_packet, { process }) => {
      const fork = (number: number, turns: number): Fork =>
        process.fork(async () => {
          for (let n = 0; n < turns; n++) await turn();
          ended.push(number);
          if (number === 1) fork(3, 2);
        });
      fork(1, 2);
      fork(2, 1);
      await process.join();
      return [...ended];
    });
    const graph = await runGraph([{ kind: 'forking', name: 'f' }], [forking]);

    expect(await graph.call('f', null)).toEqual([2, 1, 3]);
  });

  test('resolves at once without forks, and when the run is cancelled', async () => {
    const joined = deferred();
    const forking = handWritten('forking', async ({ payload }, { process }) => {
      if (payload === 'fork') process.fork(() => new Promise(() => {}), { timeoutMs: 1_000 });
      await process.join();
      joined.resolve();
      return 'joined';
    });
    const graph = await runGraph([{ kind: 'forking', name: 'f' }], [forking]);

    expect(await graph.call('f', 'alone')).toBe('joined');
    const stop = new AbortController();
    const call = graph.call('f', 'fork', { signal: stop.signal });
    await turn();
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: Code.CANCELLED });
    await joined.promise;
    await expect.poll(() => graph.processes.size).toBe(0);
  });
});
