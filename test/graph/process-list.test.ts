import { CancelReason, Code, key } from 'flowrpc';
import { defineKind } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from './run-graph.ts';

const userKey = key<string>('user');
const socketKey = key<object>('socket');
const bigKey = key<bigint>('count');

describe('graph.processes', () => {
  test('lists what runs with id, parent, entry, time and data, forks included #45', async () => {
    const forked = deferred();
    const release = deferred();
    const work = handWritten('work', async (_packet, { process }) => {
      process.set(userKey, 'Ada');
      process.set(bigKey, 2n ** 60n);
      process.set(socketKey, new (class Socket {})());
      process.fork(async (child) => {
        child.process.set(userKey, 'Bob');
        forked.resolve();
        await release.promise;
      });
      await release.promise;
      return 'done';
    });
    const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
    const graph = await runGraph(
      [
        { kind: 'relay', name: 'r', ports: to({ out: 'w' }) },
        { kind: 'work', name: 'w' },
      ],
      [work, relay],
    );
    const before = Date.now();
    const reply = graph.call('r', 1);
    await forked.promise;

    const [parent, fork] = graph.processes.list();

    expect(parent).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      entry: 'default.r',
      status: 'running',
      startedAt: expect.any(Number),
      data: { user: 'Ada', count: (2n ** 60n).toString(), socket: '[Socket]' },
    });
    expect(parent!.startedAt).toBeGreaterThanOrEqual(before);
    expect(fork).toMatchObject({ parent: parent!.id, entry: 'default.r', data: { user: 'Bob' } });
    expect(graph.processes.get(parent!.id)?.id).toBe(parent!.id);
    release.resolve();
    expect(await reply).toBe('done');
    await expect.poll(() => graph.processes.list()).toEqual([]);
  });

  test('keeps those that ended only when asked to, as many as that, with their errors #45', async () => {
    const fails = mapping('fails', (payload) => {
      if (payload === 'bad') throw new TypeError('it is bad');
      return payload;
    });
    const graph = await runGraph([{ kind: 'fails', name: 'f' }], [fails]);
    await graph.call('f', 'good');
    expect(graph.processes.list()).toEqual([]);

    graph.processes.keepEnded = 3;
    for (let n = 0; n < 10; n++) await graph.call('f', n);
    await graph.call('f', 'bad').catch(() => {});

    const ended = graph.processes.list();
    expect(ended.map(({ status }) => status)).toEqual(['ended', 'ended', 'failed']);
    expect(ended[2]).toMatchObject({ entry: 'default.f', error: { code: 'UNKNOWN', message: 'it is bad' } });
    expect(ended.every(({ startedAt, endedAt }) => endedAt! >= startedAt)).toBe(true);
    expect(new Set(ended.map(({ id }) => id)).size).toBe(3);

    graph.processes.keepEnded = 1;
    expect(graph.processes.list()).toEqual([ended[2]]);
    graph.processes.keepEnded = 0;
    expect(graph.processes.list()).toEqual([]);
    expect(() => {
      graph.processes.keepEnded = 1_000_000;
    }).toThrow('wanted a whole number from 0 to 10000');
  });

  test('shows no secret that a node put into the data of a process #45', async () => {
    const release = deferred();
    const leaks = defineKind<{ password: string }>({
      kind: 'leaks',
      fields: ['password'],
      setup: ({ password }) => ({
        process: async (_packet, { process }) => {
          process.set(userKey, `login with ${password}`);
          await release.promise;
          throw new Error(`${password} was refused`);
        },
      }),
    });
    const value = {
      id: '00000000-0000-7000-8000-0000000000aa',
      namespace: 'default',
      name: 'db',
      data: { PASSWORD: 'hunter2-canary' },
    };
    const env = { PASSWORD: { name: 'db', data: '{{ .PASSWORD }}' } };
    const graph = await runGraph([{ kind: 'leaks', name: 'l', password: '{{ .PASSWORD }}', env }], [leaks], {
      values: [value],
    });
    graph.processes.keepEnded = 1;
    const reply = graph.call('l', 1).catch(() => {});

    expect(graph.processes.list()[0]?.data.user).toMatch(/^login with \[/);
    release.resolve();
    await reply;
    expect(JSON.stringify(graph.processes.list())).not.toContain('hunter2');
  });

  test('cancel() ends a process and says whether there was one', async () => {
    const graph = await runGraph([{ kind: 'hangs', name: 'h' }], [mapping('hangs', () => new Promise(() => {}))]);
    const reply = graph.call('h', 1);
    const failed = expect(reply).rejects.toMatchObject({ code: Code.CANCELLED, statusMessage: 'enough' });
    const [{ id } = { id: '' }] = graph.processes.list();

    expect(graph.processes.cancel(id, new CancelReason('cancelled', 'enough'))).toBe(true);
    await failed;
    expect(graph.processes.cancel(id, new CancelReason('cancelled'))).toBe(false);
    expect(graph.processes.size).toBe(0);
  });
});
