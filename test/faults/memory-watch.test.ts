import { expect, test } from 'vitest';
import { MemoryWatch } from './memory-watch.ts';
import { stateOfProcess } from './process-state.ts';

const size = 20 * 1024 * 1024;
const here = { name: 'here', state: async () => stateOfProcess() };

test.each([
  ['a buffer', () => Buffer.alloc(size, 'x')],
  ['objects', () => Array.from({ length: size / 32 }, (_, n) => ({ n, half: n + 0.5 }))],
])('MemoryWatch tells %s that is held, and not one that nobody holds any more', async (_, make) => {
  const kept: unknown[] = [];
  make();
  const watch = await MemoryWatch.begin(here);

  make();
  const after = await watch.grown();
  kept.push(make());
  const holding = await watch.grown();

  expect(kept).toHaveLength(1);
  expect(after.replicaMiB).toBeLessThanOrEqual(2);
  expect(after.driverMiB).toBeLessThanOrEqual(2);
  expect(holding.replicaMiB).toBeGreaterThanOrEqual(18);
  expect(holding.driverMiB).toBeGreaterThanOrEqual(18);
});

test('MemoryWatch refuses a replica that has ended', async () => {
  await expect(MemoryWatch.begin({ name: 'b', state: async () => undefined })).rejects.toThrow(
    'Cannot see what replica b holds: it has ended',
  );
});
