import { Code, ErrorInfo, findDetail, key, type StatusError } from 'flowrpc';
import type { Graph } from 'flowrpc/graph';
import { none } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { cutProxy } from './cut-proxy.ts';
import { deferred, handWritten, runGraph } from './run-graph.ts';
import { at, namespaceKey, runtime, stateful } from './runtimes.ts';
import { type Worker, worker, workerLog } from './workers.ts';

/** Nightly runs take more of everything. */
const rounds = Number(process.env.KILL_ROUNDS ?? (process.env.LONG_TESTS ? 3 : 1));

/** What a sender was told about each packet. */
class Ledger {
  readonly sent = new Set<string>();
  readonly outcomes = new Map<string, unknown[]>();
  readonly #ports: readonly string[];

  constructor(ports: readonly string[] = ['out']) {
    this.#ports = ports;
  }

  /** A kind whose nodes send packets `run/0`, `run/1`, … at once, and keep what comes back. */
  readonly sends = handWritten(
    'sends',
    async ({ payload }, { send }) => {
      const { run, count } = payload as { run: string; count: number };
      const one = async (index: number): Promise<void> => {
        const id = `${run}/${index}`;
        this.sent.add(id);
        const { reply } = await send(this.#ports[index % this.#ports.length]!, id);
        this.outcomes.set(id, [...(this.outcomes.get(id) ?? []), reply]);
      };
      await Promise.all(Array.from({ length: count }, (_, index) => one(index)));
      return null;
    },
    { outputs: ['out', 'other'] },
  );

  async run(graph: Graph, run: string, count: number): Promise<void> {
    await graph.call('a', { run, count }, { timeoutMs: 20_000 }).catch(() => {});
  }

  errors(reason: string): StatusError[] {
    const errors = [...this.outcomes.values()].flat().filter((reply) => reply instanceof Error) as StatusError[];
    return errors.filter((error) => findDetail(error, ErrorInfo)?.reason === reason);
  }

  /** Each packet had one outcome, was executed at most once, and was executed when it had an answer. */
  check(executed: readonly string[]): void {
    const runs = new Map<string, number>();
    for (const id of executed) runs.set(id, (runs.get(id) ?? 0) + 1);
    expect([...runs].filter(([, count]) => count > 1)).toEqual([]);
    expect([...this.outcomes].filter(([, replies]) => replies.length !== 1)).toEqual([]);
    expect([...this.sent].filter((id) => !this.outcomes.has(id))).toEqual([]);
    const answered = [...this.outcomes].filter(([, [reply]]) => !(reply instanceof Error));
    expect(answered.filter(([id, [reply]]) => reply !== id || runs.get(id) !== 1)).toEqual([]);
  }
}

test('of a peer that dies with n packets unanswered the sender gets exactly n dropped errors #31', async () => {
  const held = deferred();
  let started = 0;
  const holds = stateful('holds', async ({ payload }, { send, signal }) => {
    await send('out', null);
    started += 1;
    if (Number(String(payload).split('/')[1]) < 4) return payload;
    signal.addEventListener('abort', () => held.resolve());
    await held.promise;
    return none;
  });
  const there = await runtime([{ kind: 'holds', name: 'b' }], [holds]);
  const proxy = await cutProxy(there.address);
  const ledger = new Ledger();
  const graph = await runGraph([{ kind: 'sends', name: 'a', ports: { out: [at(proxy, 'b')] } }], [ledger.sends]);

  const run = ledger.run(graph, 'x', 10);
  await expect.poll(() => started).toBe(10);
  await expect.poll(() => ledger.outcomes.size).toBe(4);
  proxy.cut();
  await run;

  expect([...ledger.outcomes.keys()].slice(0, 4)).toEqual(['x/0', 'x/1', 'x/2', 'x/3']);
  const dropped = ledger.errors('DROPPED');
  expect(dropped).toHaveLength(6);
  for (const { code, origin } of dropped) expect({ code, origin }).toEqual({ code: Code.UNAVAILABLE, origin: 'local' });
  await expect.poll(() => there.graph.processes.size).toBe(0);
});

test('an answer that was relied on is not kept when its process has died before the end', async () => {
  const there = await runtime([{ kind: 'keeps', name: 'b' }], [stateful('keeps', ({ payload }) => payload)]);
  const proxy = await cutProxy(there.address);
  const gate = deferred();
  const cutting = handWritten('cutting', async ({ payload }, { send }) => {
    const { reply } = await send('out', payload);
    proxy.cut();
    await gate.promise;
    return reply;
  });
  const graph = await runGraph([{ kind: 'cutting', name: 'a', ports: { out: [at(proxy, 'b')] } }], [cutting]);

  const reply = graph.call('a', 1, { timeoutMs: 20_000 });
  setTimeout(gate.resolve, 100);

  await expect(reply).rejects.toMatchObject({ code: Code.UNAVAILABLE });
});

describe.each([
  ['streams', true, false],
  ['streams that share a participant', true, true],
  ['unary calls', false, false],
])('connections that are lost at any point, over %s', (_way, perProcess, shared) => {
  test(
    'every packet is executed at most once and has one outcome; every participant ends once (P-05, P-06)',
    async () => {
      const executed: string[] = [];
      let joined = 0;
      const ends: string[] = [];
      const joinedKey = key<object>('joined');
      const work = async (payload: unknown): Promise<unknown> => {
        executed.push(String(payload));
        if (Math.random() < 0.5) await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
        return payload;
      };
      const kind = perProcess
        ? stateful('work', async ({ payload }, { process, send }) => {
            process.state(joinedKey, () => {
              joined += 1;
              process.onExit((error) => void ends.push(error === undefined ? 'well' : 'badly'));
              return {};
            });
            // Lets the packets behind it start.
            await send('out', null);
            return await work(payload);
          })
        : handWritten('work', ({ payload }) => work(payload));
      const options = shared ? { namespaceKey } : {};
      const there = await runtime([{ kind: 'work', name: 'b' }], [kind], options);
      const proxy = await cutProxy(there.address);
      const ports = shared ? ['out', 'other'] : ['out'];
      const ledger = new Ledger(ports);
      // What no peer has accepted is sent again: that must not execute anything twice.
      const policy = { retry: { attempts: 5, delay: '2ms' } };
      const edges = ports.map((port) => [port, [at(proxy, 'b', 'in', policy)]]);
      const graph = await runGraph(
        [{ kind: 'sends', name: 'a', ports: Object.fromEntries(edges) }],
        [ledger.sends],
        options,
      );
      const total = 60 * rounds;

      let probes = 0;
      /** A connection that was cut as it was made is tried again after a while only: rounds that all fall into that time show nothing. */
      const getsThrough = async (): Promise<boolean> => {
        const run = `probe-${++probes}`;
        await ledger.run(graph, run, 1);
        return !(ledger.outcomes.get(`${run}/0`)?.[0] instanceof Error);
      };

      for (let round = 0; round < total; round++) {
        if (round % 20 === 0) await expect.poll(getsThrough, { timeout: 20_000 }).toBe(true);
        if (round % 3 === 0) setTimeout(proxy.cut, Math.random() * 12);
        else proxy.cutAfter(Math.ceil(Math.random() * 6_000));
        await Promise.all(Array.from({ length: 15 }, (_, run) => ledger.run(graph, `${round}-${run}`, 1 + (run % 8))));
      }
      proxy.cut();

      await expect.poll(() => there.graph.processes.size, { timeout: 10_000 }).toBe(0);
      ledger.check(executed);
      expect(graph.processes.size).toBe(0);
      expect(ends).toHaveLength(joined);
      expect(ledger.outcomes.size).toBeGreaterThan(total * 15);
      // Both happened, or nothing was tested.
      const failed = [...ledger.outcomes.values()].filter(([reply]) => reply instanceof Error).length;
      expect(failed).toBeGreaterThan(0);
      expect(failed).toBeLessThan(ledger.outcomes.size);
    },
    60_000 + rounds * 30_000,
  );
});

describe('processes of the operating system that are killed at any point', () => {
  test.each([true, false])(
    'a callee: counted on both sides, nothing is executed twice (stream: %s)',
    async (perProcess) => {
      const log = workerLog();
      const ledger = new Ledger();
      const start = (listen?: string): Promise<Worker> =>
        worker({ name: 'b', log: log.path, task: 'work', perProcess, ...(listen !== undefined && { listen }) });
      let peer = await start();
      const { address } = peer;
      const policy = { retry: { attempts: 3, delay: '5ms' } };
      const graph = await runGraph(
        [{ kind: 'sends', name: 'a', ports: { out: [{ target: address, name: 'default.b', port: 'in', ...policy }] } }],
        [ledger.sends],
      );

      for (let kill = 0; kill < 2 * rounds; kill++) {
        if (kill > 0) peer = await start(address);
        await expect
          .poll(() => graph.call('a', { run: `up-${kill}-${Math.random()}`, count: 1 }).catch(() => 0))
          .toBe(null);
        const runs = Promise.all(
          Array.from({ length: 250 }, (_, run) => ledger.run(graph, `${kill}-${run}`, 1 + (run % 5))),
        );
        await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 150));
        await peer.kill();
        await runs;
      }

      ledger.check(
        log
          .lines()
          .filter((line) => line.startsWith('b run '))
          .map((line) => line.slice('b run '.length)),
      );
      expect(graph.processes.size).toBe(0);
    },
    60_000 + rounds * 30_000,
  );

  test('a caller: each participant it had ends badly, once', async () => {
    let joined = 0;
    const ends: string[] = [];
    const holds = stateful('holds', async (_packet, { process, signal }) => {
      joined += 1;
      process.onExit((error) => void ends.push(error === undefined ? 'well' : 'badly'));
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return null;
    });
    const there = await runtime([{ kind: 'holds', name: 'b' }], [holds]);
    const log = workerLog();
    const caller = await worker({ name: 'a', log: log.path, task: 'call', next: there.address, nextName: 'b' });

    await expect.poll(() => joined, { timeout: 20_000 }).toBe(20);
    await caller.kill();

    await expect.poll(() => ends, { timeout: 10_000 }).toEqual(Array(20).fill('badly'));
    expect(joined).toBe(20);
    await expect.poll(() => there.graph.processes.size).toBe(0);
  }, 60_000);
});
