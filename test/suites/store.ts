import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { Code, ErrorInfo, findDetail, StatusError } from 'flowrpc';
import type { Document, Store, StoreEvent } from 'flowrpc/stores';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** How a driver opens a store of its own, with bounds small enough to meet. */
export type OpenStore = (options: { maxHistory?: number; maxDocuments?: number }) => Promise<Store>;

/** What every driver of stores does alike. */
export function storeSuite(driver: string, open: OpenStore): void {
  describe(`${driver}: a store`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open({});
    });
    afterEach(() => store.close());

    test('put() fills in a time-ordered id and the namespace, and get() gives the document back (#1, #6)', async () => {
      const first = await store.put({ kind: 'proxy', urls: ['http://a/'], annotations: { team: 'edge' }, port: 8000 });
      const second = await store.put({ kind: 'proxy' });

      const { id } = first.document;
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(second.document.id > id).toBe(true);
      expect((await store.get(id))?.document).toEqual({
        id,
        namespace: 'default',
        kind: 'proxy',
        urls: ['http://a/'],
        annotations: { team: 'edge' },
        port: 8000,
      });
    });

    test('get() of an unknown id, and of a deleted one, is undefined (#71)', async () => {
      const { document } = await store.put({ name: 'a' });

      expect(await store.get('01890a5d-ac96-774b-bcce-b302099a8057')).toBeUndefined();
      expect(await store.delete(document.id)).toBe(true);
      expect(await store.get(document.id)).toBeUndefined();
      expect(await store.delete(document.id)).toBe(false);
    });

    test('put() refuses a name that its namespace has, not one of another namespace nor documents without (#3)', async () => {
      const { document } = await store.put({ name: 'a' });

      const error = await store.put({ name: 'a', x: 1 }).catch((thrown: unknown) => thrown);

      expect(codeOf(error)).toBe(Code.ALREADY_EXISTS);
      expect((error as Error).message).toContain(document.id);
      await store.put({ name: 'a', namespace: 'other' });
      await store.put({ kind: 'x' });
      await store.put({ kind: 'x' });
      expect((await store.list()).items).toHaveLength(4);
    });

    test('a name is free again once its document is gone or has another', async () => {
      const { document: a } = await store.put({ name: 'a' });
      await store.put({ ...a, name: 'b' });
      const { document: again } = await store.put({ name: 'a' });
      await store.delete(a.id);
      const { document: b } = await store.put({ name: 'b' });

      expect((await store.list({ name: 'a' })).items.map(({ document }) => document.id)).toEqual([again.id]);
      expect((await store.list({ name: 'b' })).items.map(({ document }) => document.id)).toEqual([b.id]);
    });

    test('put() replaces the whole document, and one revision goes by for each change', async () => {
      const start = store.revision;
      const first = await store.put({ name: 'a', x: 1, y: { z: [1, 2] } });
      const second = await store.put({ id: first.document.id, name: 'a', y: { z: [] } });

      expect([first.revision, second.revision, store.revision]).toEqual([start + 1, start + 2, start + 2]);
      expect((await store.get(first.document.id))?.document).toEqual({
        id: first.document.id,
        namespace: 'default',
        name: 'a',
        y: { z: [] },
      });
    });

    test('put() of what is there already changes nothing, nor the revision (#68)', async () => {
      const first = await store.put({ name: 'a', x: { p: 1, q: 2 } });
      const again = await store.put({ x: { q: 2, p: 1 }, ...first.document });

      expect(again.revision).toBe(first.revision);
      expect(store.revision).toBe(first.revision);
    });

    test('put() and delete() with ifRevision change what is at that revision, else ABORTED says where it is (ST-04)', async () => {
      const first = await store.put({ name: 'a', x: 1 }, { ifRevision: 0 });
      const { id } = first.document;
      const second = await store.put({ id, name: 'a', x: 2 }, { ifRevision: first.revision });

      for (const late of [
        store.put({ id, name: 'a', x: 3 }, { ifRevision: first.revision }),
        store.put({ id, name: 'a', x: 3 }, { ifRevision: 0 }),
        store.delete(id, { ifRevision: first.revision }),
      ]) {
        const error = await late.catch((thrown: unknown) => thrown);
        expect(codeOf(error)).toBe(Code.ABORTED);
        expect((error as Error).message).toContain(`revision ${second.revision}`);
        expect(findDetail(error as StatusError, ErrorInfo)).toMatchObject({
          reason: 'REVISION_MISMATCH',
          metadata: { revision: String(second.revision) },
        });
      }
      expect((await store.get(id))?.document.x).toBe(2);
      expect(await store.delete(id, { ifRevision: second.revision })).toBe(true);
      await expect(store.put({ id, name: 'a' }, { ifRevision: second.revision })).rejects.toThrow('does not exist');
    });

    test('of many writers with one revision exactly one wins (ST-04)', async () => {
      const { document, revision } = await store.put({ name: 'counter', n: 0 });

      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => store.put({ ...document, n: n + 1 }, { ifRevision: revision })),
      );

      const lost = results.filter((result) => result.status === 'rejected');
      expect(lost).toHaveLength(19);
      expect(lost.every(({ reason }) => codeOf(reason) === Code.ABORTED)).toBe(true);
    });

    test('list() selects by field and by label: equal, one of, absent (#72)', async () => {
      await store.put({ name: 'a', kind: 'x', annotations: { tier: 'front', team: 'red' } });
      await store.put({ name: 'b', kind: 'x', annotations: { tier: 'back' } });
      await store.put({ name: 'c', kind: 'y', annotations: {} });
      await store.put({ name: 'd', kind: 'y', namespace: 'other' });
      const names = async (filter: Parameters<Store['list']>[0]) =>
        (await store.list(filter)).items.map(({ document }) => document.name);

      expect(await names({})).toEqual(['a', 'b', 'c', 'd']);
      expect(await names({ kind: 'x' })).toEqual(['a', 'b']);
      expect(await names({ namespace: 'other' })).toEqual(['d']);
      expect(await names({ kind: 'y', namespace: 'default' })).toEqual(['c']);
      expect(await names({ name: 'b' })).toEqual(['b']);
      expect(await names({ labels: { tier: 'front' } })).toEqual(['a']);
      expect(await names({ labels: { tier: ['front', 'back'] } })).toEqual(['a', 'b']);
      expect(await names({ labels: { team: null } })).toEqual(['b', 'c', 'd']);
      expect(await names({ labels: { tier: ['front', 'back'], team: null } })).toEqual(['b']);
      expect(await names({ labels: { toString: null } })).toEqual(['a', 'b', 'c', 'd']);
      expect(await names({ id: '01890a5d-ac96-774b-bcce-b302099a8057' })).toEqual([]);
    });

    test('list() and watch() find an id however its letters are written', async () => {
      const id = '0190B7C0-0000-7000-8000-00000000000A';
      const watch = store.watch({ filter: { id } });
      await store.put({ id, name: 'a' });

      expect((await store.list({ id })).items.map(({ document }) => document.id)).toEqual([id.toLowerCase()]);
      expect((await watch.next()).value).toMatchObject({ document: { name: 'a' } });
    });

    test('list() is ordered by namespace, name and id, and of the revision it states', async () => {
      for (const [namespace, name] of [
        ['b', 'x'],
        ['a', 'y'],
        ['a', 'x'],
        ['a', undefined],
        ['a', undefined],
      ] as const)
        await store.put({ namespace, ...(name !== undefined && { name }) });

      const { items, revision } = await store.list();

      expect(items.map(({ document: { namespace, name } }) => `${namespace}/${name}`)).toEqual([
        'a/undefined',
        'a/undefined',
        'a/x',
        'a/y',
        'b/x',
      ]);
      expect(items[0]!.document.id < items[1]!.document.id).toBe(true);
      expect(revision).toBe(store.revision);
    });

    test('put() refuses what is no document, saying where', async () => {
      const cyclic: Record<string, unknown> = {};
      cyclic.self = cyclic;
      for (const [wrong, message] of [
        [{ a: undefined, when: new Date() }, 'when is no plain object'],
        [{ list: [1, undefined] }, 'list[1] is of type undefined'],
        [{ deep: { run: () => 1 } }, 'deep.run is of type function'],
        [{ n: Number.NaN }, 'n is NaN'],
        [cyclic, 'nests deeper than'],
        [{ id: 'a' }, 'wanted a UUID'],
        [{ namespace: '' }, 'namespace is ""'],
        [{ name: 'a/b' }, 'name is "a/b"'],
        [{ name: 1 }, 'name is 1'],
        [{ annotations: { a: 1 } }, 'annotations.a is 1'],
        [JSON.parse('{"__proto__": {"x": 1}}'), '__proto__ is a key that is not allowed'],
        [[], 'it is a list, wanted a mapping'],
        [null, 'it is null, wanted a mapping'],
      ] as const) {
        const error = await store.put(wrong as never).catch((thrown: unknown) => thrown);
        expect(codeOf(error), message).toBe(Code.INVALID_ARGUMENT);
        expect((error as Error).message).toContain(message);
      }
      expect((await store.list()).items).toEqual([]);
    });

    test('put() refuses a document over 1 MiB, and list(), watch() and put() options that nobody would read', async () => {
      const error = await store.put({ text: 'x'.repeat(1_100_000) }).catch((thrown: unknown) => thrown);

      expect(codeOf(error)).toBe(Code.RESOURCE_EXHAUSTED);
      await expect(store.list({ lables: {} } as never)).rejects.toThrow('did you mean "labels"?');
      await expect(store.put({}, { ifRevison: 1 } as never)).rejects.toThrow('did you mean "ifRevision"?');
      await expect(store.put({}, { ifRevision: -1 })).rejects.toThrow(RangeError);
      expect(() => store.watch({ from: 1 } as never)).toThrow(TypeError);
    });

    test('put() refuses one document too many, and replaces those that are there', async () => {
      const small = await open({ maxDocuments: 2 });
      const { document } = await small.put({ name: 'a' });
      await small.put({ name: 'b' });

      const error = await small.put({ name: 'c' }).catch((thrown: unknown) => thrown);

      expect(codeOf(error)).toBe(Code.RESOURCE_EXHAUSTED);
      await small.put({ ...document, x: 1 });
      await small.close();
    });

    test('what is put and got cannot be changed behind the store', async () => {
      const init = { name: 'a', list: [{ x: 1 }] };
      const { document } = await store.put(init);
      init.list[0]!.x = 2;

      expect((await store.get(document.id))?.document.list).toEqual([{ x: 1 }]);
      expect(() => {
        (document.list as { x: number }[])[0]!.x = 3;
      }).toThrow(TypeError);
    });

    test('watch() tells of each change once, in order, from now on or from a revision (#73)', async () => {
      const start = store.revision;
      const { document: a } = await store.put({ name: 'a', x: 1 });
      const fromNow = store.watch();
      await store.put({ ...a, x: 2 });
      const { document: b } = await store.put({ name: 'b' });
      await store.delete(a.id);

      const last3 = await take(fromNow, 3);
      const all = await take(store.watch({ fromRevision: start }), 4);

      expect(all.map(({ type, document, revision }) => [type, document.name, document.x, revision - start])).toEqual([
        ['put', 'a', 1, 1],
        ['put', 'a', 2, 2],
        ['put', 'b', undefined, 3],
        ['delete', 'a', 2, 4],
      ]);
      expect(last3).toEqual(all.slice(1));
      expect(b.name).toBe('b');
    });

    test('watch() with a filter tells of what matches, and of what stops to match as deleted (#73)', async () => {
      const watch = store.watch({ filter: { labels: { on: 'yes' } } });
      const { document: a } = await store.put({ name: 'a', annotations: { on: 'yes' } });
      await store.put({ name: 'b' });
      await store.put({ ...a, annotations: { on: 'no' } });
      await store.put({ ...a, annotations: { on: 'yes' }, x: 1 });

      const events = await take(watch, 3);

      expect(events.map(({ type, document: { name, x } }) => [type, name, x])).toEqual([
        ['put', 'a', undefined],
        ['delete', 'a', undefined],
        ['put', 'a', 1],
      ]);
    });

    test('watch() waits for the next change, for as long as it takes', async () => {
      const watch = store.watch();
      const next = watch.next();
      await delay(20);
      await store.put({ name: 'late' });

      expect((await next).value?.document.name).toBe('late');
    });

    test('watch() ends with its signal, when it is left, and with the store', async () => {
      const controller = new AbortController();
      const [aborted, left, closed] = [store.watch({ signal: controller.signal }), store.watch(), store.watch()];
      const ends = [aborted, left, closed].map((watch) => watch.next());
      controller.abort();
      await left.return?.();
      await store.close();

      for (const end of ends) expect(await end).toEqual({ done: true, value: undefined });
      expect(await store.close()).toBeUndefined();
      for (const late of [store.list(), store.get('x'), store.put({}), store.delete('x')]) {
        expect(codeOf(await late.catch((thrown: unknown) => thrown))).toBe(Code.FAILED_PRECONDITION);
      }
    });

    test('watch() from what is compacted is OUT_OF_RANGE, and a new list with a new watch misses nothing (ST-05)', async () => {
      const small = await open({ maxHistory: 10 });
      const start = small.revision;
      const slow = small.watch();
      for (let n = 0; n < 25; n++) await small.put({ name: `n${n}` });

      for (const watch of [slow, small.watch({ fromRevision: start + 5 }), small.watch({ fromRevision: start + 99 })]) {
        const error = await watch.next().catch((thrown: unknown) => thrown);
        expect(codeOf(error)).toBe(Code.OUT_OF_RANGE);
        expect((error as Error).message).toContain('list again');
        expect(await watch.next()).toEqual({ done: true, value: undefined });
      }
      const { items, revision } = await small.list();
      const again = small.watch({ fromRevision: revision });
      await small.put({ name: 'after' });
      expect(items).toHaveLength(25);
      expect((await again.next()).value?.document.name).toBe('after');
      expect(await take(small.watch({ fromRevision: small.revision - 10 }), 10)).toHaveLength(10);
      await small.close();
    });

    test('1,000 updates at once: a watcher that lags converges to the newest and never goes backwards (ST-05)', {
      timeout: 60_000,
    }, async () => {
      const { document } = await store.put({ name: 'a', n: 0 });
      const seen: StoreEvent[] = [];
      const watching = (async () => {
        for await (const event of store.watch()) {
          seen.push(event);
          if (seen.length % 100 === 0) await delay(1);
          if (event.document.n === 1_000) return;
        }
      })();
      for (let n = 1; n <= 1_000; n++) await store.put({ ...document, n });
      await watching;

      expect(seen.map(({ document: { n } }) => n)).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
      expect(seen.every(({ revision }, index) => index === 0 || revision === seen[index - 1]!.revision + 1)).toBe(true);
    });

    test('any JSON comes back as it was put, integers beyond 53 bits too (#6)', async () => {
      await fc.assert(
        fc.asyncProperty(fields, async (value) => {
          const { document } = await store.put({ value });
          expect((await store.get(document.id))?.document).toEqual({ id: document.id, namespace: 'default', value });
          await store.delete(document.id);
        }),
        { interruptAfterTimeLimit: 3_000 },
      );
    });

    test('after any sequence of changes it holds what a model holds, and a watch tells the same story', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const fresh = await open({});
          const start = fresh.revision;
          const model = new Map<string, { document: Document; revision: number }>();
          const ids: string[] = [];
          for (const { which, name, x, remove } of steps) {
            const id = ids[which];
            const before = fresh.revision;
            if (remove && id !== undefined) {
              expect(await fresh.delete(id)).toBe(model.delete(id));
            } else {
              const taken = [...model.values()].some(({ document }) => document.name === name && document.id !== id);
              const put = fresh.put({ ...(id !== undefined && { id }), name, x });
              if (taken) {
                expect(codeOf(await put.catch((error: unknown) => error))).toBe(Code.ALREADY_EXISTS);
              } else {
                const stored = await put;
                if (id === undefined) ids.push(stored.document.id);
                model.set(stored.document.id, stored);
              }
            }
            expect(fresh.revision - before).toBeLessThanOrEqual(1);
            expect(fresh.revision).toBeGreaterThanOrEqual(before);
          }
          const { items, revision } = await fresh.list();
          expect(new Map(items.map((stored) => [stored.document.id, stored]))).toEqual(model);
          const told = new Map<string, Document>();
          for (const { type, document } of await take(fresh.watch({ fromRevision: start }), revision - start)) {
            if (type === 'put') told.set(document.id, document);
            else told.delete(document.id);
          }
          expect([...told.keys()].toSorted()).toEqual([...model.keys()].toSorted());
          await fresh.close();
        }),
        { interruptAfterTimeLimit: 3_000 },
      );
    });
  });
}

const fields = fc.jsonValue({ maxDepth: 4 }).chain((json) =>
  fc.constantFrom<unknown>(
    clean(json),
    {
      json: clean(json),
      big: 2n ** 64n - 1n,
      negative: -(2n ** 63n),
      text: ['123', 'true', '~', 'a: b\n# c', ' x ', '\u0000'],
    },
    [1e300, 0.1, -5, Number.MAX_SAFE_INTEGER, 1e21],
  ),
);

/** One form for each number: -0 is 0, and integers beyond 53 bits are bigint. */
function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/\p{Surrogate}/gu, '');
  if (typeof value === 'number') {
    const large = Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
    return large ? BigInt(value) : value === 0 ? 0 : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(clean);
  const refused = ['__proto__', 'constructor', 'prototype', '<<'];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !refused.includes(key))
      .map(([key, item]) => [clean(key), clean(item)]),
  );
}

const step = fc.record({
  which: fc.nat(4),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  x: fc.nat(2),
  remove: fc.boolean(),
});

export function codeOf(error: unknown): Code | undefined {
  return error instanceof StatusError ? error.code : undefined;
}

/** The next events of a watch, which is then left. */
export async function take(watch: AsyncIterableIterator<StoreEvent>, count: number): Promise<StoreEvent[]> {
  const events: StoreEvent[] = [];
  while (events.length < count) {
    const { value, done } = await watch.next();
    if (done) break;
    events.push(value);
  }
  await watch.return?.();
  return events;
}
