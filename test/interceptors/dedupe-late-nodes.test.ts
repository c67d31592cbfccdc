import { Code, connect, createServer, inProcess, StatusError, silentLogger } from 'flowrpc';
import { dedupe, retry } from 'flowrpc/interceptors';
import { none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { cutProxy } from '../graph/cut-proxy.ts';
import { handWritten, mapping, runGraph, to } from '../graph/run-graph.ts';
import { runtime } from '../graph/runtimes.ts';
import { gate, pause } from '../suites/gate.ts';
import { patient, stopper } from './late-answers.ts';

type Unary = (
  input: unknown,
  options?: object,
) => Promise<unknown> & { status: Promise<{ code: Code; trailer: Iterable<readonly [string, unknown]> }> };

const metadata = { 'idempotency-key': 'one' };

/** A kind whose nodes go on until they are let go, whatever becomes of their calls. */
function paying(reply: (paid: number) => unknown = (paid) => paid) {
  const hold = gate();
  const state = { begun: 0, paid: 0, over: 0, open: hold.open };
  const kind = mapping('pay', async (_payload: unknown, { signal }) => {
    state.begun += 1;
    signal.addEventListener('abort', () => (state.over += 1));
    await hold.promise;
    return reply(++state.paid);
  });
  return { state, kind };
}

describe('dedupe(), of a node that answers when its call is over,', () => {
  test('gives the retry of a lost connection that reply: the node is run once', async () => {
    const { state, kind } = paying();
    const there = await runtime([{ kind: 'pay', name: 'b' }], [kind], { serverInterceptors: [dedupe()] });
    const proxy = await cutProxy(there.address);
    await using channel = connect(proxy.address, {
      reconnect: { initialBackoffMs: 5, maxBackoffMs: 20 },
      interceptors: [retry({ nonIdempotent: true, attempts: 5, baseDelayMs: 1, budget: false, throttle: false })],
    });
    const client = channel.client(there.server.services.get('default.b')!) as unknown as { in: Unary };

    const reply = client.in(7);
    const given = reply.then((value) => value);
    await expect.poll(() => state.begun, patient).toBe(1);
    proxy.cut();
    await expect.poll(() => state.over, patient).toBe(1);
    await pause(30);
    state.open();

    expect(await given).toBe(1);
    expect(state).toMatchObject({ begun: 1, paid: 1 });
  });

  test('gives it in process, where "no response" stays what it is', async () => {
    const { state, kind } = paying(() => none);
    const server = createServer({ logger: silentLogger });
    await runGraph([{ kind: 'pay', name: 'b' }], [kind], { server, nodeInterceptors: [dedupe()] });
    await using channel = connect(inProcess(server));
    const client = channel.client(server.services.get('default.b')!) as unknown as { in: Unary };
    const { signal, abort } = stopper();

    const first = client.in(7, { metadata, signal });
    await expect.poll(() => state.begun, patient).toBe(1);
    abort();
    expect((await first.status).code).toBe(Code.CANCELLED);
    const second = client.in(7, { metadata });
    state.open();

    const { code, trailer } = await second.status;
    expect(code).toBe(Code.OK);
    expect([...trailer].map(([name]) => name)).toContain('flowrpc-reply');
    expect(state).toMatchObject({ begun: 1, paid: 1 });
    expect(server.stats.handlers).toBe(0);
  });

  test('gives it to graph.call', async () => {
    const { state, kind } = paying();
    const graph = await runGraph([{ kind: 'pay', name: 'b' }], [kind], { nodeInterceptors: [dedupe()] });
    const { signal, abort } = stopper();

    const first = graph.call('b', 7, { metadata, signal });
    const failed = expect(first).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => state.begun, patient).toBe(1);
    abort();
    await failed;
    const second = graph.call('b', 7, { metadata });
    await pause(20);
    expect(state.begun).toBe(1);
    state.open();

    expect([await second, await graph.call('b', 7, { metadata })]).toEqual([1, 1]);
    expect(state).toMatchObject({ begun: 1, paid: 1 });
  });

  test('gives it to the next attempt over an edge', async () => {
    const { state, kind } = paying();
    const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
    const graph = await runGraph(
      [
        { kind: 'relay', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'pay', name: 'b' },
      ],
      [relay, kind],
      {
        interceptors: [
          retry({ nonIdempotent: true, attempts: 2, attemptTimeoutMs: 1_000, baseDelayMs: 1, budget: false }),
        ],
        nodeInterceptors: [dedupe()],
      },
    );

    const reply = graph.call('a', 7);
    await expect.poll(() => state.over, patient).toBe(1);
    await pause(30);
    expect(state.begun).toBe(1);
    state.open();

    expect(await reply).toBe(1);
    expect(state).toMatchObject({ begun: 1, paid: 1 });
  });

  test.each(['served', 'called'])(
    'runs it again, %s, where exit hooks were told that it failed: they may have undone it',
    async (how) => {
      const log: string[] = [];
      const hold = gate();
      const kind = handWritten('work', async (_packet, { process }) => {
        const run = log.filter((line) => line.startsWith('begun')).length;
        log.push(`begun ${run}`);
        process.onExit((error) => void log.push(`${error === undefined ? 'kept' : 'undone'} ${run}`));
        if (run === 0) await hold.promise;
        log.push(`ended ${run}`);
        return run;
      });
      const server = createServer({ logger: silentLogger });
      const graph = await runGraph([{ kind: 'work', name: 'b' }], [kind], { server, nodeInterceptors: [dedupe()] });
      await using channel = connect(inProcess(server));
      const client = channel.client(server.services.get('default.b')!) as unknown as { in: Unary };
      const send = (options: object = {}): Promise<unknown> =>
        how === 'served'
          ? client.in(7, { metadata, ...options }).then((reply) => reply)
          : Promise.resolve(graph.call('b', 7, { metadata, ...options }));
      const { signal, abort } = stopper();

      const failed = expect(send({ signal })).rejects.toMatchObject({ code: Code.CANCELLED });
      await expect.poll(() => log, patient).toEqual(['begun 0']);
      abort();
      await failed;
      await expect.poll(() => log, patient).toEqual(['begun 0', 'undone 0']);
      const second = send();
      await pause(20);
      hold.open();

      expect(await second).toBe(1);
      expect(log).toEqual(['begun 0', 'undone 0', 'ended 0', 'begun 1', 'ended 1', 'kept 1']);
    },
  );

  test('runs it again where it failed', async () => {
    const { state, kind } = paying((paid) => {
      if (paid === 1) throw new StatusError(Code.ABORTED, 'given up');
      return paid;
    });
    const graph = await runGraph([{ kind: 'pay', name: 'b' }], [kind], { nodeInterceptors: [dedupe()] });
    const { signal, abort } = stopper();

    const failed = expect(graph.call('b', 7, { metadata, signal })).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => state.begun, patient).toBe(1);
    abort();
    await failed;
    state.open();

    expect(await graph.call('b', 7, { metadata })).toBe(2);
  });
});
