import { readSpecs } from 'flowrpc/graph';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { deferred, handWritten, runGraph } from './run-graph.ts';

describe('graph.update() while older nodes drain', () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  beforeEach(() => void process.on('warning', onWarning));
  afterEach(() => void process.off('warning', onWarning));

  test('warns of no leak, however many retirements wait', async () => {
    const gate = deferred();
    onTestFinished(() => gate.resolve());
    const busy = handWritten('busy', async () => {
      await gate.promise;
      return null;
    });
    const specs = (version: number) => [
      { kind: 'busy', name: 'b', annotations: { version: String(version) }, env: { V: { data: version } } },
    ];
    const graph = await runGraph(specs(0), [busy]);
    const calls: Promise<unknown>[] = [];

    for (let version = 1; version <= 15; version++) {
      calls.push(graph.call('b', null));
      await graph.update({ specs: readSpecs(specs(version)).specs });
    }
    gate.resolve();
    await Promise.all(calls);

    expect(warnings).toEqual([]);
  });
});
