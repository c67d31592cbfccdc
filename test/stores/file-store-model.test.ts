import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { type FileStore, fileStore } from 'flowrpc/stores';
import { expect, test } from 'vitest';
import { take } from '../suites/store.ts';
import { errno, faultyFileSystem } from './faulty-file-system.ts';
import { temporaryFolder } from './temporary-folder.ts';

type Step =
  | { readonly do: 'put' | 'delete' | 'edit'; readonly name: string; readonly x: number }
  | { readonly do: 'fail'; readonly name: string; readonly x: number; readonly after: number }
  | { readonly do: 'reopen' | 'break' };

const name = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('put', 'delete', 'edit'), name, x: fc.nat(9) }),
  fc.record({ do: fc.constant('fail'), name, x: fc.nat(9), after: fc.nat(30) }),
  fc.record({ do: fc.constantFrom('reopen', 'break') }),
) as fc.Arbitrary<Step>;

test('whatever is put, edited, broken, fails half-way and is opened again: what is read was written, revisions never go back (ST-01, ST-03)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const folder = await temporaryFolder();
      let failAfter = Number.POSITIVE_INFINITY;
      const fs = faultyFileSystem(({ name: call }) =>
        failAfter-- <= 0 && call !== 'close' ? errno('EPERM') : undefined,
      );
      const open = (): Promise<FileStore> => fileStore(folder, { fs, pollMs: 60_000, settleMs: 60_000 });
      let store = await open();
      let revision = 0;
      /** What each name may say: one thing, or two after a write that failed. */
      const model = new Map<string, Set<number | undefined>>();
      const said = (wanted: string): Set<number | undefined> => model.get(wanted) ?? new Set([undefined]);
      const find = async (wanted: string) => (await store.list({ name: wanted })).items[0];

      const put = async (wanted: string, x: number): Promise<unknown> => {
        const known = await find(wanted);
        return store.put({ ...known?.document, name: wanted, x });
      };
      for (const one of steps) {
        if (one.do === 'put') {
          await put(one.name, one.x);
          model.set(one.name, new Set([one.x]));
        } else if (one.do === 'delete') {
          const known = await find(one.name);
          if (known !== undefined) await store.delete(known.document.id);
          model.set(one.name, new Set([undefined]));
        } else if (one.do === 'edit') {
          const known = await find(one.name);
          if (known !== undefined) {
            const file = join(folder, `default.${one.name}.yaml`);
            const text = await readFile(file, 'utf8');
            await writeFile(file, text.replace(/^x: \d+$/m, `x: ${one.x}`));
            model.set(one.name, new Set([one.x]));
          }
          await store.refresh();
        } else if (one.do === 'fail') {
          failAfter = one.after;
          const done = await put(one.name, one.x).then(
            () => true,
            () => false,
          );
          failAfter = Number.POSITIVE_INFINITY;
          model.set(one.name, new Set(done ? [one.x] : [...said(one.name), one.x]));
          await store.refresh();
        } else if (one.do === 'reopen') {
          await store.close();
          store = await open();
        } else {
          await writeFile(join(folder, 'broken.yaml'), 'name: [');
          await store.refresh();
          expect(store.problems.map(({ message }) => message).join()).toContain('broken.yaml');
        }
        for (const wanted of ['a', 'b', 'c']) {
          const x = (await find(wanted))?.document.x as number | undefined;
          expect(said(wanted)).toContain(x);
          model.set(wanted, new Set([x]));
        }
        expect(store.revision).toBeGreaterThanOrEqual(revision);
        revision = store.revision;
      }
      await store.close();
      await using again = await open();
      expect((await readdir(folder)).filter((file) => file.endsWith('-tmp'))).toEqual([]);
      for (const wanted of ['a', 'b', 'c']) {
        const { items } = await again.list({ name: wanted });
        expect(said(wanted)).toContain(items[0]?.document.x);
      }
    }),
    { interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false },
  );
});

test.skipIf(process.platform !== 'linux')(
  'a store that is closed leaves no watcher and no open file behind (L-08)',
  async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.yaml'), 'name: a\n');
    const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
    // The system's own watching is set up with the first store, and stays.
    await (await fileStore(folder)).close();
    const before = await open();

    for (let n = 0; n < 20; n++) {
      const store = await fileStore(folder);
      const watch = store.watch();
      const next = watch.next();
      await store.put({ name: `n${n}` });
      await next;
      await take(watch, 0);
      await store.close();
    }

    await expect.poll(open).toBeLessThanOrEqual(before);
    await expect.poll(() => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('FS'))).toEqual([]);
  },
);
