import { Code, createServer, silentLogger } from 'flowrpc';
import type { Graph, GraphOptions } from 'flowrpc/graph';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runGraph } from './run-graph.ts';
import { at, namespaceKey, runtime, stateful } from './runtimes.ts';

/** Sends as many packets as it is told, each of which comes back to it; answers how many ended below it. */
const spread = stateful('spread', async ({ payload }, { send }) => {
  const { width, depth } = payload as { width: number; depth: number };
  if (depth === 0) return 1;
  const sends = Array.from({ length: width }, () => send('out', { width, depth: depth - 1 }));
  let sum = 0;
  for (const { reply } of await Promise.all(sends)) {
    if (reply instanceof Error) throw reply;
    sum += Number(reply);
  }
  return sum;
});
const back = stateful('back', async (packet, { send }) => (await send('out', packet)).reply);

/** Node `s` of the first graph leads to `b` of the second, and that back to it. */
async function cycleOfTwo(options: Partial<GraphOptions>): Promise<[Graph, Graph]> {
  const server = createServer({ logger: silentLogger });
  onTestFinished(async () => void (await server.close({ graceMs: 50 })));
  const first = await server.listen('127.0.0.1:0');
  const second = await runtime([{ kind: 'back', name: 'b', ports: { out: [at(first, 's')] } }], [back], options);
  const nodes = [{ kind: 'spread', name: 's', ports: { out: [at(second, 'b')] } }];
  return [await runGraph(nodes, [spread], { ...options, server }), second.graph];
}

describe('a cycle over two runtimes that keep state for each process', () => {
  test.each([
    ['in one process, below the window', { namespaceKey }, { width: 20, depth: 2 }, 400],
    ['in processes of their own', {}, { width: 70, depth: 2 }, 4_900],
  ])('answers fan-outs of fan-outs %s', { timeout: 60_000 }, async (_way, options, job, sum) => {
    const [first] = await cycleOfTwo(options);

    expect(await first.call('s', job, { timeoutMs: 50_000 })).toBe(sum);
  });

  test('ends with the deadline where packets of one process fill the window and wait for those behind them, and names the edge (P-05)', {
    timeout: 30_000,
  }, async () => {
    const [first, second] = await cycleOfTwo({ namespaceKey, watchdogMs: 20 });

    const call = first.call('s', { width: 100, depth: 2 }, { timeoutMs: 6_000 });
    call.catch(() => {});
    await expect
      .poll(() => first.blocked.map(({ edge }) => edge), { timeout: 5_500 })
      .toEqual([expect.stringMatching(/^default\.s\/out → "default\.b" at /)]);

    await expect(call).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await expect.poll(() => [first.processes.size, second.processes.size]).toEqual([0, 0]);
    expect(first.blocked).toEqual([]);
  });
});
