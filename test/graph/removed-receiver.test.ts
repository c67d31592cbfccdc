import { Code } from 'flowrpc';
import { readSpecs } from 'flowrpc/graph';
import { expect, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from './run-graph.ts';

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
const quick = mapping('quick', async (payload) => ['quick', payload]);

/** Ids follow the order, so what is removed comes last. */
function specs(targets: string[]): object[] {
  return [{ kind: 'relay', name: 'r', ports: to({ out: targets }) }, ...targets.map((name) => ({ kind: name, name }))];
}

test('a receiver that is removed while its reply is pending leaves the reply to the other one, once its time is over #32', async () => {
  const arrived = deferred();
  const never = handWritten('never', () => {
    arrived.resolve();
    return new Promise(() => {});
  });
  const graph = await runGraph(specs(['quick', 'never']), [relay, quick, never], { replaceGraceMs: 20 });

  const call = graph.call('r', 1);
  await arrived.promise;
  await graph.update(readSpecs(specs(['quick'])));

  expect(await call).toEqual(['quick', 1]);
  expect(await graph.call('r', 2)).toEqual(['quick', 2]);
  await expect.poll(() => graph.processes.size).toBe(0);
});

test('within its time a removed receiver still answers, and alone it leaves its caller with UNAVAILABLE', async () => {
  const release = deferred();
  const held = handWritten('held', async ({ payload }) => {
    if (payload === 'stay') await new Promise(() => {});
    await release.promise;
    return 'held';
  });
  const graph = await runGraph(specs(['quick', 'held']), [relay, quick, held], { replaceGraceMs: 200 });
  const both = graph.call('r', 'go');
  const alone = graph.call('held', 'stay');
  await graph.update(readSpecs(specs(['quick'])));
  release.resolve();

  expect(await both).toEqual([['quick', 'go'], 'held']);
  await expect(alone).rejects.toMatchObject({ code: Code.UNAVAILABLE });
});
