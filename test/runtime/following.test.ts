import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, StatusError } from 'flowrpc';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { fileStore, memoryStore, type WatchOptions } from 'flowrpc/stores';
import { expect, test } from 'vitest';
import { deferred } from '../graph/run-graph.ts';
import { temporaryFolder } from '../stores/temporary-folder.ts';
import { instead } from './instead.ts';
import { poll, runRuntime, statuses } from './run-runtime.ts';

const say = (name: string, text: string) => ({ kind: 'say', name, text });

test('a runtime that falls behind the history lists again and misses nothing (ST-05)', async () => {
  const specs = memoryStore({ maxHistory: 5 });
  const { runtime } = await runRuntime(undefined, { specs });
  const { document: gone } = await specs.put(say('gone', 'x'));
  const { document: kept } = await specs.put(say('kept', 'old'));
  await runtime.load();
  await specs.delete(gone.id);
  await specs.put({ ...kept, text: 'new' });
  for (let n = 0; n < 20; n++) await specs.put(say(`n${n}`, String(n)));

  await runtime.watch();

  await expect.poll(() => runtime.nodes.length, poll).toBe(21);
  expect(await runtime.call('kept', 1)).toBe('new');
  expect(statuses(runtime)['default.gone']).toBeUndefined();
  expect(runtime.problems).toEqual([]);
});

test('a watch that fails is told of, tried again with growing pauses, and made up for', async () => {
  const inner = memoryStore();
  let failures = 3;
  let watches = 0;
  const specs = instead(inner, {
    watch: (options?: WatchOptions) => {
      watches += 1;
      if (failures-- > 0) throw new StatusError(Code.UNAVAILABLE, 'no connection');
      return inner.watch(options);
    },
  });
  const { runtime, logged } = await runRuntime(undefined, { specs });

  await runtime.watch();
  await expect
    .poll(() => runtime.problems.map(({ message }) => message), poll)
    .toEqual(['Cannot follow the store of specs: UNAVAILABLE: no connection']);
  await specs.put(say('a', 'meanwhile'));

  await expect.poll(() => statuses(runtime)['default.a'], poll).toBe('active');
  await expect.poll(() => runtime.problems, poll).toEqual([]);
  expect(watches).toBe(4);
  expect(logged.filter(([message]) => message === 'a store cannot be followed')).toHaveLength(3);
});

test('a store that went back is not taken over: what runs goes on, and the problem says what to do', async () => {
  const inner = memoryStore();
  await inner.put(say('a', 'running'));
  const { promise: breaking, resolve: restart } = deferred();
  let restored = false;
  const specs = instead(inner, {
    watch: (options?: WatchOptions) => {
      const watch = inner.watch(options);
      const broken = breaking.then(() => {
        throw new StatusError(Code.UNAVAILABLE, 'restarted');
      });
      broken.catch(() => {});
      return Object.assign(Object.create(watch), {
        next: () => Promise.race([watch.next(), broken]),
        return: () => watch.return!(),
        [Symbol.asyncIterator]() {
          return this;
        },
      });
    },
    list: async (filter) => (restored ? { items: [], revision: 0 } : inner.list(filter)),
  });
  const { runtime } = await runRuntime(undefined, { specs });
  await runtime.load();
  await runtime.watch();

  restored = true;
  restart();

  await expect
    .poll(() => runtime.problems.map(({ message }) => message).join(), poll)
    .toContain('went back from revision 1 to 0, as after a restored backup: restart');
  expect(await runtime.call('a', 1)).toBe('running');
});

test('closing ends a pause between attempts at once', async () => {
  const specs = instead(memoryStore(), {
    watch: () => {
      throw new StatusError(Code.UNAVAILABLE, 'never');
    },
  });
  const { runtime, logged } = await runRuntime(undefined, { specs });
  await runtime.watch();
  await expect.poll(() => logged.length, poll).toBeGreaterThan(3);

  await runtime.close({ graceMs: 0 });
  const before = logged.length;
  await new Promise((resolve) => setTimeout(resolve, 50));

  expect(logged.length).toBe(before);
});

test('files that an editor breaks and mends: the graph runs on, the problem has file and line (ST-02, ST-09)', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'graph.yaml');
  await writeFile(file, '- kind: say\n  name: a\n  text: one\n- kind: say\n  name: b\n  text: two\n');
  const specs = await fileStore(folder, { settleMs: 5, pollMs: 200 });
  const { runtime } = await runRuntime(undefined, { specs });
  await runtime.load();
  await runtime.watch();

  await writeFile(file, '- kind: say\n  name: a\n  text: [one\n');
  await expect.poll(() => runtime.problems.length, poll).toBeGreaterThan(0);
  expect(runtime.problems[0]).toMatchObject({ severity: 'error', file, line: expect.any(Number) });
  expect(await runtime.call('b', 1)).toBe('two');
  await writeFile(file, '- kind: say\n  name: a\n  text: { not: text }\n- kind: say\n  name: b\n  text: three\n');
  await expect.poll(() => runtime.call('b', 1), poll).toBe('three');
  expect(await runtime.call('a', 1)).toBe('one');
  expect(runtime.nodes.find(({ name }) => name === 'a')?.refused).toContain('text');
  await expect.poll(() => runtime.problems.map((one) => [one.file, one.line]), poll).toEqual([[file, 3]]);
  await writeFile(file, '- kind: say\n  name: a\n  text: four\n');
  await expect.poll(() => runtime.call('a', 1), poll).toBe('four');
  await expect.poll(() => Object.keys(statuses(runtime)), poll).toEqual(['default.a']);
  expect(runtime.problems).toEqual([]);
});

test('listen() logs what cannot run from the start, with its name (#69)', async () => {
  const { runtime, specs, logged } = await runRuntime();
  await specs.put({ kind: 'say', name: 'textless' });
  const listening = runtime.listen();

  await expect.poll(() => JSON.stringify(logged), poll).toContain('textless');
  await runtime.close();
  await listening;
});

test('an update that fails for no fault of a spec is in log and problems, and made up for by the next change (#69)', async () => {
  const { runtime, specs, logged } = await runRuntime();
  await runtime.watch();
  const update = runtime.graph.update.bind(runtime.graph);
  runtime.graph.update = () => Promise.reject(new Error('out of luck'));

  await specs.put(say('a', 'x'));
  await expect
    .poll(() => runtime.problems.map(({ message }) => message), poll)
    .toEqual(['Cannot update the graph: Error: out of luck']);
  expect(logged.map(([message]) => message)).toContain('the graph was not updated');
  await expect(runtime.load()).rejects.toThrow('out of luck');
  runtime.graph.update = update;
  await specs.put(say('b', 'x'));

  await expect.poll(() => statuses(runtime), poll).toEqual({ 'default.a': 'active', 'default.b': 'active' });
  expect(runtime.problems).toEqual([]);
});

test('1,000 changes at once are few updates of the graph, and the last one wins (ST-05)', async () => {
  const { runtime, specs } = await runRuntime();
  let updates = 0;
  runtime.graph.onChange(() => {
    updates += 1;
  });
  await runtime.watch();
  const { document } = await specs.put(say('a', '0'));
  for (let n = 1; n <= 1_000; n++) await specs.put({ ...document, text: String(n) });

  await expect.poll(() => runtime.call('a', 1).catch(() => undefined), poll).toBe('1000');
  expect(updates).toBeLessThan(100);
});

test('changes that come while the graph is updated make one more update of it, however many there are (ST-05)', async () => {
  const begun = deferred();
  const release = deferred();
  const slow = defineKind({
    kind: 'slow',
    setup: async () => {
      begun.resolve();
      await release.promise;
      return oneToOne((payload) => payload);
    },
  });
  const { runtime, specs } = await runRuntime(undefined, { kinds: createKinds(slow) });
  await runtime.load();
  await runtime.watch();
  let updates = 0;
  runtime.graph.onChange(() => (updates += 1));

  await specs.put({ kind: 'slow', name: 's' });
  await begun.promise;
  for (let n = 0; n < 10; n++) {
    await specs.put({ kind: 'if', name: `n${n}`, when: 'true' });
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  release.resolve();
  await expect.poll(() => runtime.nodes.length, poll).toBe(11);

  expect(updates).toBe(2);
});
