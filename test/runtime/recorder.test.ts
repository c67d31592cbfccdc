import { Code, StatusError } from 'flowrpc';
import { defineKind, none } from 'flowrpc/nodes';
import { type Frame, PacketCounts, recorder } from 'flowrpc/runtime';
import { describe, expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../graph/run-graph.ts';

const echo = mapping('echo', (payload: unknown) => payload);
const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
const chain = [
  { kind: 'relay', name: 'a', ports: to({ out: 'b' }) },
  { kind: 'echo', name: 'b' },
];

/** What a frame says of where it is and how it ended. */
function told({ node, inPort, outPort, state, payload, reply }: Frame): object {
  return { node, inPort, outPort, state, payload, reply };
}

describe('recorder', () => {
  test('#105: keeps for each packet the process, node, ports, packets, times and reply', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using frames = recorder(graph, { keepEnded: 10 });

    await graph.call('a', { n: 1 });

    const all = frames.frames();
    expect(all.map(told)).toEqual([
      { node: 'default.a', inPort: 'in', outPort: undefined, state: 'replied', payload: { n: 1 }, reply: { n: 1 } },
      { node: 'default.a', inPort: 'in', outPort: 'out', state: 'replied', payload: { n: 1 }, reply: { n: 1 } },
      { node: 'default.b', inPort: 'in', outPort: undefined, state: 'replied', payload: { n: 1 }, reply: { n: 1 } },
    ]);
    expect(new Set(all.map(({ process }) => process)).size).toBe(1);
    expect(all[1]!.source).toBe(all[0]!.packet);
    for (const { at, endedAt, bytes } of all) {
      expect(endedAt!).toBeGreaterThanOrEqual(at);
      expect(bytes).toBeGreaterThan(8);
    }
  });

  test('#105: frames of a process under way are there, open, and gone once it has ended', async () => {
    const arrived = deferred();
    const go = deferred();
    const slow = handWritten('slow', async () => {
      arrived.resolve();
      await go.promise;
      return 1;
    });
    const graph = await runGraph([{ kind: 'slow', name: 'a' }], [slow]);
    using frames = recorder(graph);

    const call = graph.call('a', 'x');
    await arrived.promise;
    const during = frames.frames().map(({ state }) => state);
    go.resolve();
    await call;

    expect(during).toEqual(['open']);
    expect(frames.frames()).toEqual([]);
  });

  test('an error, no reply and a null are told apart', async () => {
    const fail = handWritten('fail', () => {
      throw new StatusError(Code.NOT_FOUND, 'not here');
    });
    const silent = handWritten('silent', () => none);
    const zero = handWritten('zero', () => null);
    const graph = await runGraph(
      [
        { kind: 'fail', name: 'a' },
        { kind: 'silent', name: 'b' },
        { kind: 'zero', name: 'c' },
      ],
      [fail, silent, zero],
    );
    using frames = recorder(graph, { keepEnded: 10 });

    await expect(graph.call('a', 1)).rejects.toThrow('not here');
    await graph.call('b', 1);
    await graph.call('c', 1);

    expect(frames.frames().map(({ state, error, reply }) => ({ state, error, reply }))).toEqual([
      { state: 'failed', error: { code: 'NOT_FOUND', message: 'not here' }, reply: undefined },
      { state: 'none', error: undefined, reply: undefined },
      { state: 'replied', error: undefined, reply: null },
    ]);
  });

  test('a source is recorded by what it sends', async () => {
    const go = deferred();
    const late = defineKind({
      kind: 'late',
      inputs: [],
      setup: () => ({
        start: async ({ emit }) => {
          await go.promise;
          await emit('tick');
        },
      }),
    });
    const graph = await runGraph(
      [
        { kind: 'late', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'echo', name: 'b' },
      ],
      [late, echo],
    );
    using frames = recorder(graph, { keepEnded: 1 });

    go.resolve();

    await expect.poll(() => frames.frames().length).toBe(2);
    expect(told(frames.frames()[0]!)).toMatchObject({ node: 'default.a', inPort: undefined, outPort: 'out' });
  });

  test('payloads are cut to size and depth, whatever they are', async () => {
    const graph = await runGraph([{ kind: 'echo', name: 'a' }], [echo]);
    using frames = recorder(graph, { keepEnded: 10, maxPayloadBytes: 200, maxDepth: 2 });
    const deep = { a: { b: { c: 1 } } };

    await graph.call('a', 'x'.repeat(5_000));
    await graph.call(
      'a',
      Array.from({ length: 1_000 }, (_, index) => index),
    );
    await graph.call('a', new Uint8Array(5_000));
    await graph.call('a', deep);
    await graph.call('a', [10n ** 20n, new Error('no')]);

    const payloads = frames.frames().map(({ payload }) => payload);
    expect(payloads[0]).toMatch(/^x{100,200}… 5000 characters$/);
    expect(payloads[1]).toHaveLength(25);
    expect((payloads[1] as unknown[]).at(-1)).toBe('… 976 more');
    expect(payloads[2]).toMatch(/^A+… 5000 bytes$/);
    expect(payloads[3]).toEqual({ a: { b: '[object]' } });
    expect(payloads[4]).toEqual(['100000000000000000000', { message: 'no' }]);
    for (const payload of payloads) expect(JSON.stringify(payload).length).toBeLessThan(300);
  });

  test('is bounded: frames of one process, ended processes, bytes', async () => {
    const many = handWritten('many', async (_, { send }) => {
      for (let i = 0; i < 50; i++) await send('out', 'x'.repeat(100));
      return 1;
    });
    const graph = await runGraph(
      [
        { kind: 'many', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'echo', name: 'b' },
      ],
      [many, echo],
    );
    using few = recorder(graph, { keepEnded: 2, maxFrames: 10 });
    using small = recorder(graph, { keepEnded: 100, maxBytes: 10_000 });

    for (let i = 0; i < 5; i++) await graph.call('a', i);

    expect(few.frames().length).toBe(20);
    expect(new Set(few.frames().map(({ process }) => process)).size).toBe(2);
    expect(few.missed).toBe(5 * 91);
    expect(small.frames().length).toBeLessThanOrEqual(20);
    expect(small.frames().length).toBeGreaterThan(5);
  });

  test('processes beyond the bound are not recorded while as many are under way', async () => {
    const go = deferred();
    const slow = handWritten('slow', () => go.promise);
    const graph = await runGraph([{ kind: 'slow', name: 'a' }], [slow]);
    using frames = recorder(graph, { maxProcesses: 3, keepEnded: 3 });

    const calls = Array.from({ length: 5 }, (_, index) => graph.call('a', index));
    await expect.poll(() => frames.missed).toBe(2);
    const payloads = frames.frames().map(({ payload }) => payload);
    go.resolve();
    await Promise.all(calls);
    await graph.call('a', 'next');

    expect(payloads).toEqual([0, 1, 2]);
    expect(frames.frames().map(({ payload }) => payload)).toEqual([1, 2, 'next']);
  });

  test('#108: frames are asked for by conditions; text that is none is refused', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using frames = recorder(graph, { keepEnded: 10 });

    await graph.call('a', { n: 1 });
    await graph.call('a', { n: 7 });

    expect(frames.frames('self.node == "default.b" && self.payload.n > 3').map(told)).toMatchObject([
      { node: 'default.b', payload: { n: 7 } },
    ]);
    expect(frames.frames('has(self.outPort)')).toHaveLength(2);
    expect(frames.frames('self.nothing == 1')).toEqual([]);
    expect(() => frames.frames('self.node ==')).toThrow(/cannot read "self.n/);
  });

  test('#105: watchers are told of each frame as it opens and as it is answered; a slow one misses the oldest and knows', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using frames = recorder(graph);
    const stop = new AbortController();
    const watch = frames.watchFrames({ where: 'self.node == "default.b"', signal: stop.signal });
    const slow = frames.watchFrames({ capacity: 2 });

    await graph.call('a', 1);
    const first = await watch.next();
    const second = await watch.next();
    const waiting = watch.next();
    stop.abort();

    expect([first.value.item.state, second.value.item.state]).toEqual(['open', 'replied']);
    expect(first.value.item.id).toBe(second.value.item.id);
    expect((await waiting).done).toBe(true);
    expect((await slow.next()).value.missed).toBe(4);
    await slow.return?.();
  });

  test('#105: watchers are told of each process as it begins and ends, forks with their parent', async () => {
    const done = deferred();
    const forking = handWritten('forking', (_, { process }) => {
      process.fork(() => {
        done.resolve();
        throw new Error('in the fork');
      });
      return 1;
    });
    const graph = await runGraph([{ kind: 'forking', name: 'a' }], [forking]);
    using frames = recorder(graph);
    const watch = frames.watchProcesses();
    const failures = frames.watchProcesses({ where: 'has(self.error)' });

    await graph.call('a', 1);
    await done.promise;
    const events = [];
    for (let i = 0; i < 4; i++) events.push((await watch.next()).value.item);
    const failure = (await failures.next()).value.item;

    const first = events[0].process;
    expect(events.map(({ type, process, parent }) => [type, process === first, parent === first])).toEqual([
      ['started', true, false],
      ['started', false, true],
      ['ended', true, false],
      ['ended', false, true],
    ]);
    expect(failure).toMatchObject({ type: 'ended', node: 'default.a', error: { message: 'in the fork' } });
  });

  test('costs nothing any more once it is closed, and ends its watches', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    const frames = recorder(graph, { keepEnded: 5 });
    const watch = frames.watchFrames();

    frames.close();
    await graph.call('a', 1);

    expect(frames.frames()).toEqual([]);
    expect((await watch.next()).done).toBe(true);
  });

  test('two recorders see the same, and one may leave before the other', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    const first = recorder(graph, { keepEnded: 5 });
    using second = recorder(graph, { keepEnded: 5 });

    await graph.call('a', 1);
    const seen = first.frames().length;
    first.close();
    await graph.call('a', 2);

    expect(seen).toBe(3);
    expect(second.frames()).toHaveLength(6);
  });

  test('refuses options that are none, and numbers that are no counts', async () => {
    const graph = await runGraph(chain, [relay, echo]);

    expect(() => recorder(graph, { keepended: 1 } as object)).toThrow(/keepended/);
    expect(() => recorder(graph, { maxFrames: -1 })).toThrow('Cannot record frames with maxFrames -1');
  });
});

describe('PacketCounts', () => {
  test('counts processes, packets and errors by node and by out-port', async () => {
    const picky = handWritten('picky', (packet) => {
      if (packet.payload === 2) throw new Error('two');
      return packet;
    });
    const graph = await runGraph(
      [
        { kind: 'relay', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'picky', name: 'b' },
      ],
      [relay, picky],
    );
    using counts = new PacketCounts(graph);

    for (const payload of [1, 2, 3]) await graph.call('a', payload).catch(() => {});

    expect(counts.node('default.a')).toEqual({ processes: 3, packets: 3, errors: 1 });
    expect(counts.node('default.b')).toEqual({ processes: 0, packets: 3, errors: 1 });
    expect(counts.port('default.a', 'out')).toEqual({ packets: 3, errors: 1 });
    expect(counts.node('default.c')).toEqual({ processes: 0, packets: 0, errors: 0 });
  });
});
