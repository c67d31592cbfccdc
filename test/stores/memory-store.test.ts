import { memoryStore } from 'flowrpc/stores';
import { expect, test } from 'vitest';
import { storeSuite } from '../suites/store.ts';

storeSuite('memoryStore()', async (options) => memoryStore(options));

test('memoryStore() refuses options that nobody reads, and bounds that are none', () => {
  expect(() => memoryStore({ maxHistroy: 3 } as never)).toThrow('did you mean "maxHistory"?');
  expect(() => memoryStore({ maxHistory: 0 })).toThrow(RangeError);
});

test('memoryStore() keeps its history within bytes, too', async () => {
  await using store = memoryStore({ maxHistoryBytes: 10_000 });
  const start = store.revision;
  const watch = store.watch();
  for (let n = 0; n < 20; n++) await store.put({ text: 'x'.repeat(1_000) });

  await expect(watch.next()).rejects.toThrow('compacted');
  await expect(store.watch({ fromRevision: start + 15 }).next()).resolves.toMatchObject({ done: false });
});

test('memoryStore() counts what was deleted or replaced to its history, too', async () => {
  await using store = memoryStore({ maxHistoryBytes: 10_000 });
  const text = 'x'.repeat(1_000);
  const ids: string[] = [];
  for (let n = 0; n < 20; n++) ids.push((await store.put({ text })).document.id);
  const full = store.revision;
  for (const id of ids) await store.put({ id, text: '' });
  await expect(store.watch({ fromRevision: full }).next()).rejects.toThrow('compacted');
  for (const id of ids) await store.put({ id, text });
  const again = store.revision;
  for (const id of ids) await store.delete(id);

  await expect(store.watch({ fromRevision: again }).next()).rejects.toThrow('compacted');
  await expect(store.watch({ fromRevision: store.revision - 5 }).next()).resolves.toMatchObject({ done: false });
});
