import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { type Interceptor, StatusError, silentLogger } from 'flowrpc';
import { createGraph, type GraphOptions, readSpecs } from 'flowrpc/graph';
import { createKinds } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { Ledger, randomNodes, specsOf } from './random-graph.ts';

/** How one call is ended when nobody answers it. */
type Bound = 'deadline' | 'cancel';
const bounds = fc.array(fc.constantFrom<Bound>('deadline', 'cancel'), { minLength: 8, maxLength: 12 });

const passing: Interceptor = async function passing(call, next) {
  return await next(call);
};

const ways: [string, Partial<GraphOptions>, object][] = [
  ['function calls', {}, {}],
  ['function calls that are looked at', { hooks: [{ packet: () => {}, reply: () => {} }] }, {}],
  ['function calls with a timeout', {}, { timeout: '300ms' }],
  ['calls with interceptors', { interceptors: [passing], nodeInterceptors: [passing] }, {}],
  ['calls with a policy', {}, { timeout: '300ms', retry: { attempts: 2 } }],
];

test.each(ways)(
  'in any graph with any faults, over %s, each packet is executed at most once, each sender gets one reply, none begins after the end of its process, and nothing is left',
  async (_way, options, edge) => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(randomNodes, bounds, async (nodes, bounded) => {
        const ledger = new Ledger(nodes);
        const graph = await createGraph({
          ...readSpecs(specsOf(nodes, edge)),
          kinds: createKinds(ledger.kind),
          logger: silentLogger,
          limits: { visits: 4, packets: 60, window: 2 },
          ...options,
        });
        const stops = bounded.map(() => new AbortController());
        const outcomes = bounded.map(async (bound, index) => {
          const { signal } = stops[index]!;
          const call = graph.call(`n${index % nodes.length}`, index, {
            timeoutMs: bound === 'deadline' ? 20 : 400,
            signal,
          });
          const outcome = await call.then(
            () => 'reply',
            (thrown: unknown) => thrown,
          );
          ledger.over.add(index);
          return outcome;
        });
        setTimeout(() => {
          for (const [index, stop] of stops.entries()) if (bounded[index] === 'cancel') stop.abort();
        }, 10);

        for (const outcome of await Promise.all(outcomes))
          if (outcome !== 'reply') expect(outcome).toBeInstanceOf(StatusError);
        calls += outcomes.length;
        await expect.poll(() => graph.processes.size, { interval: 1 }).toBe(0);
        await expect
          .poll(() => [ledger.sent - ledger.answered, ledger.forks - ledger.forksEnded], { interval: 1 })
          .toEqual([0, 0]);
        expect(ledger.late).toBe(0);
        expect(ledger.hooksRun).toBe(ledger.hooks);
        expect([...ledger.executed.values()].every((times) => times === 1)).toBe(true);
        expect(graph.blocked).toEqual([]);
        for (const { signal } of stops) expect(getEventListeners(signal, 'abort')).toEqual([]);
        await graph.close({ graceMs: 0 });
      }),
      { interruptAfterTimeLimit: 4_500, numRuns: 300 },
    );
    expect(calls).toBeGreaterThan(100);
    // What nobody waits for any more ends with its own deadline.
    await expect.poll(timers, { timeout: 5_000 }).toBeLessThanOrEqual(before);
  },
);
