import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GraphError } from 'flowrpc/graph';
import { createKinds, defineKind } from 'flowrpc/nodes';
import { fileStore, memoryStore } from 'flowrpc/stores';
import { describe, expect, test } from 'vitest';
import { deferred } from '../graph/run-graph.ts';
import { temporaryFolder } from '../stores/temporary-folder.ts';
import { instead } from './instead.ts';
import { journalled, poll, runRuntime, statuses } from './run-runtime.ts';

const say = (name: string, text: unknown = name) => ({ kind: 'say', name, text });
const strict = { strict: true };

describe('a strict load() that is refused', () => {
  test('changes nothing, and nothing that it read comes in later', async () => {
    const { runtime, specs, values, journal } = await runRuntime();
    await specs.put(say('running'));
    await runtime.load();
    const running = statuses(runtime);
    await specs.put(say('fine'));
    await specs.put(say('wrong', 7));
    await values.put({ name: 'v', data: 1 });

    const error: unknown = await runtime.load({}, strict).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(GraphError);
    expect([statuses(runtime), runtime.problems, journal]).toEqual([running, [], ['setup running']]);
    await specs.put(say('asked'));
    await runtime.load({ name: 'asked' });
    expect(Object.keys(statuses(runtime)).sort()).toEqual(['default.asked', 'default.running']);
    expect(runtime.problems).toEqual([]);
  });

  test('leaves a watch that begins afterwards where the last load of everything ended', async () => {
    const { runtime, specs } = await runRuntime();
    await specs.put(say('before'));
    await runtime.load();
    await specs.put(say('unread'));
    const { document: wrong } = await specs.put(say('wrong', 7));

    await runtime.load({}, strict).catch(() => {});
    await runtime.watch();
    await specs.put({ ...wrong, text: 'right' });

    await expect.poll(() => Object.values(statuses(runtime)), poll).toEqual(['active', 'active', 'active']);
  });

  test('and what a watch tells meanwhile: the one counts, the other does not', async () => {
    const begun = deferred();
    const refuse = deferred();
    const failing = defineKind({
      kind: 'failing',
      setup: async () => {
        begun.resolve();
        await refuse.promise;
        throw new Error('no such thing');
      },
    });
    const { runtime, specs } = await runRuntime(undefined, { kinds: createKinds(failing, ...journalled([])) });
    await specs.put({ kind: 'failing', name: 'unread' });
    const { document } = await specs.put(say('other'));
    await runtime.watch();

    const loading = runtime.load({}, strict).catch((thrown: unknown) => thrown);
    await begun.promise;
    await specs.put(say('told'));
    await specs.delete(document.id);
    refuse.resolve();

    expect(await loading).toBeInstanceOf(GraphError);
    await expect.poll(() => statuses(runtime), poll).toEqual({ 'default.told': 'active' });
  });

  test('for a file that cannot be read tells of it beside the rest', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'broken.yaml'), 'kind: [say\n');
    await writeFile(join(folder, 'wrong.yaml'), 'kind: say\nname: wrong\ntext: 7\n');
    await writeFile(join(folder, 'fine.yaml'), 'kind: say\nname: fine\ntext: x\n');
    const { runtime } = await runRuntime(undefined, { specs: await fileStore(folder) });

    const error = (await runtime.load({}, strict).catch((thrown: unknown) => thrown)) as GraphError;

    expect(new Set(error.problems.map(({ file }) => file))).toEqual(
      new Set([join(folder, 'broken.yaml'), join(folder, 'wrong.yaml')]),
    );
    expect(runtime.nodes).toEqual([]);
  });
});

test('load() from a store that is slow misses nothing that a watch tells before the list is there', async () => {
  const inner = memoryStore();
  const { document: leaving } = await inner.put(say('leaving'));
  const listed = deferred();
  const release = deferred();
  let slow = false;
  const specs = instead(inner, {
    list: async (filter) => {
      const list = await inner.list(filter);
      if (slow) {
        listed.resolve();
        await release.promise;
      }
      return list;
    },
  });
  const { runtime } = await runRuntime(undefined, { specs });
  await runtime.load();
  await runtime.watch();

  slow = true;
  const loading = runtime.load();
  await listed.promise;
  await inner.put(say('coming'));
  await inner.delete(leaving.id);
  // The watch has told of both.
  await new Promise((resolve) => setTimeout(resolve, 20));
  release.resolve();
  await loading;

  expect(statuses(runtime)).toEqual({ 'default.coming': 'active' });
});

describe('a store that went back', () => {
  test('is not taken over by load(): nothing changes, the error says from where to where (ST-06)', async () => {
    const inner = memoryStore();
    const { document } = await inner.put(say('a', 'old'));
    const old = await inner.list();
    await inner.put({ ...document, text: 'new' });
    await inner.put(say('b'));
    let restored = false;
    const specs = instead(inner, { list: async (filter) => (restored ? old : inner.list(filter)) });
    const { runtime } = await runRuntime(undefined, { specs });
    await runtime.load();

    restored = true;
    const loads = await Promise.allSettled([runtime.load(), runtime.load({ name: 'a' })]);

    for (const load of loads)
      expect(load).toMatchObject({
        status: 'rejected',
        reason: { message: expect.stringContaining('went back from revision 3 to 1') },
      });
    expect([await runtime.call('a', 1), statuses(runtime)]).toEqual([
      'new',
      { 'default.a': 'active', 'default.b': 'active' },
    ]);
  });

  test('while it is watched is a problem, and what runs goes on (ST-06)', async () => {
    const inner = memoryStore();
    const { document } = await inner.put(say('a', 'old'));
    const old = await inner.list();
    let restored = false;
    const specs = instead(inner, {
      list: async (filter) => (restored ? old : inner.list(filter)),
      watch: async function* (options) {
        for await (const event of inner.watch(options)) {
          // The peer came back with older data, and the watch did not notice.
          if (event.document.name === 'c') {
            restored = true;
            yield { ...event, document: { ...document, text: 'older' }, revision: 1 };
          } else yield event;
        }
      },
    });
    const { runtime } = await runRuntime(undefined, { specs });
    await runtime.load();
    await runtime.watch();

    await inner.put({ ...document, text: 'new' });
    await expect.poll(() => runtime.call('a', 1), poll).toBe('new');
    await inner.put(say('c'));

    await expect
      .poll(() => runtime.problems.map(({ message }) => message).join(), poll)
      .toContain('went back from revision 2 to 1');
    expect(await runtime.call('a', 1)).toBe('new');
  });
});
