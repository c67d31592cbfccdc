import { describe, expect, test } from 'vitest';
import { keptInputs } from './corpus.ts';
import { openTarget, targets } from './target.ts';

describe('each kept input of the fuzzers', () => {
  test.each(Object.keys(targets))('goes through %s without harm', { timeout: 60_000 }, async (name) => {
    const target = await openTarget(name);
    const inputs = keptInputs(name);
    const broken: string[] = [];

    for (const { name: file, input } of inputs) {
      try {
        await target.run(input);
      } catch (error) {
        broken.push(`${file}: ${String(error)}`);
      }
    }
    await target.close?.();

    expect(broken).toEqual([]);
    expect(inputs.length).toBeGreaterThan(3);
  });
});
