import { expect, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from './run-graph.ts';

test('20,000 runs with deadlines, edge policies and forks leave no timer behind', { timeout: 120_000 }, async () => {
  const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
  const graph = await runGraph(
    [
      { kind: 'relay', name: 'a', ports: { out: [{ name: 'b', port: 'in', timeout: '30s', retry: { attempts: 2 } }] } },
      { kind: 'relay', name: 'b', ports: to({ out: ['c', 'f'] }) },
      { kind: 'later', name: 'c' },
      { kind: 'fork', name: 'f', timeout: '30s', ports: to({ out: 'c' }) },
    ],
    [relay, mapping('later', async (payload) => payload)],
  );
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();

  for (let i = 0; i < 20_000; i++) expect(await graph.call('a', i, { timeoutMs: 60_000 })).toBe(i);
  await graph.close();

  await expect.poll(timers, { timeout: 10_000 }).toBeLessThanOrEqual(before);
});
