import { Code } from 'flowrpc';
import type { GraphCallOptions } from 'flowrpc/graph';
import { describe, expect, test } from 'vitest';
import { handWritten, runGraph } from './run-graph.ts';
import { at } from './runtimes.ts';
import { type Worker, worker, workerLog } from './workers.ts';

/** Four processes of the operating system, a → b → c → d, each of which holds until it is told that the run is over. */
async function four(perProcess: boolean) {
  const log = workerLog();
  let next: Worker | undefined;
  for (const [index, name] of ['d', 'c', 'b', 'a'].entries()) {
    const behind = next === undefined ? {} : { next: next.address, nextName: ['d', 'c', 'b'][index - 1] as string };
    next = await worker({ name, log: log.path, task: 'hold', perProcess, ...behind });
  }
  const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
  const graph = await runGraph([{ kind: 'relay', name: 'root', ports: { out: [at(next!, 'a')] } }], [relay]);
  const events = (event: string): string[] =>
    log
      .lines()
      .filter((line) => line.includes(` ${event}`))
      .map((line) => line[0]!)
      .sort();
  return { call: (payload: unknown, options: GraphCallOptions) => graph.call('root', payload, options), events };
}

describe.each([
  ['unary calls', false],
  ['streams', true],
])('over four processes and %s', (_way, perProcess) => {
  test('a cancel and a deadline reach each of them long before its own timer #46 #47', async () => {
    const chain = await four(perProcess);
    const all = ['a', 'b', 'c', 'd'];
    const stop = new AbortController();

    const cancelled = chain.call('cancelled', { signal: stop.signal, timeoutMs: 60_000 });
    await expect.poll(() => chain.events('run cancelled'), { timeout: 20_000 }).toEqual(all);
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => chain.events('over'), { timeout: 10_000 }).toEqual(all);
    if (perProcess) await expect.poll(() => chain.events('exit badly')).toEqual(all);

    await expect(chain.call('late', { timeoutMs: 2_000 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    expect(chain.events('run late')).toEqual(all);
    const twice = all.flatMap((name) => [name, name]);
    await expect.poll(() => chain.events('over'), { timeout: 10_000 }).toEqual(twice);
    expect(chain.events('timer')).toEqual([]);
  }, 60_000);
});
