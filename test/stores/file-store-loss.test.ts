import { rmSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code } from 'flowrpc';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gate } from '../suites/gate.ts';
import { errno, faultyFileSystem } from './faulty-file-system.ts';
import { code, fill, folderWith, messages, open, poll, texts, two } from './folder-of-two.ts';

describe('files that are lost (ST-06)', () => {
  test.each([
    ['all files of a directory', two, (folder: string) => rename(folder, `${folder}.away`).then(() => mkdir(folder))],
    [
      'the files, and not what is hidden',
      two,
      async (folder: string) => Object.keys(two).forEach((name) => void rmSync(join(folder, name))),
    ],
    [
      'the only file, with its directory',
      { 'a.yaml': two['a.yaml'] },
      (folder: string) => rename(folder, `${folder}.away`).then(() => mkdir(folder)),
    ],
  ] as const)(
    '%s: what they said stays and is told, nothing is written, until they are back',
    async (_, files, lose) => {
      const folder = await folderWith(files);
      await using store = await open(folder);
      const before = await texts(store);
      const { revision } = store;

      await lose(folder);
      await expect
        .poll(() => messages(store).join(), poll)
        .toMatch(/^Cannot take store directory ".*" for empty: it had \d files?, and what they said/);

      expect(await texts(store)).toEqual(before);
      expect(store.revision).toBe(revision);
      expect(await code(store.put({ name: 'c' }))).toBe(Code.FAILED_PRECONDITION);
      expect(await code(store.refresh())).toBe(Code.FAILED_PRECONDITION);
      await fill(folder, files);
      await expect.poll(() => messages(store), poll).toEqual([]);
      await expect.poll(() => texts(store), poll).toEqual(before);
      expect(await code(store.put({ name: 'c', x: 1 }))).toBe(Code.OK);
    },
  );

  test('one by one are removed: so is the last one', async () => {
    const folder = await folderWith(two);
    await using store = await open(folder);

    await rm(join(folder, 'a.yaml'));
    await expect.poll(() => texts(store), poll).toEqual(['b 1']);
    await rm(join(folder, 'b.yaml'));

    await expect.poll(() => texts(store), poll).toEqual([]);
    expect(messages(store)).toEqual([]);
  });

  test('and come back as they were: nothing is left of the problem', async () => {
    const folder = await folderWith(two);
    await using store = await open(folder);
    const { revision } = store;

    await rename(folder, `${folder}.away`);
    await expect.poll(() => messages(store).length, poll).toBe(1);
    await rename(`${folder}.away`, folder);

    await expect.poll(() => messages(store), poll).toEqual([]);
    expect([await texts(store), store.revision]).toEqual([['a 1', 'b 1'], revision]);
  });
});

test('an older copy in place of the directory is taken over as a change; revisions go on (ST-06)', async () => {
  const folder = await folderWith(two);
  await fill(`${folder}.old`, { 'a.yaml': 'name: a\nx: 0\n' });
  await using store = await open(folder);
  await store.put({ ...(await store.list({ name: 'a' })).items[0]!.document, x: 2 });
  await writeFile(join(`${folder}.old`, '.flowrpc-revision'), '1000\n');
  const { revision } = store;
  const seen: [string, unknown, number][] = [];
  const watching = (async () => {
    for await (const event of store.watch({ fromRevision: revision }))
      seen.push([`${event.type} ${event.document.name}`, event.document.x, event.revision]);
  })();

  await rename(folder, `${folder}.away`);
  await rename(`${folder}.old`, folder);
  await expect.poll(() => texts(store), poll).toEqual(['a 0']);
  const { document } = await store.put({ name: 'c', x: 1 });
  await store.close();
  await watching;
  await using again = await open(folder);

  expect(seen.map(([, , at]) => at)).toEqual([revision + 1, revision + 2, revision + 3]);
  expect(new Set(seen.map(([what, x]) => `${what} ${x}`))).toEqual(new Set(['put a 0', 'delete b 1', 'put c 1']));
  expect(again.revision).toBeGreaterThan(revision + 3);
  expect(Number(await readFile(join(folder, '.flowrpc-revision'), 'utf8'))).toBeGreaterThan(revision + 3);
  expect(await again.get(document.id)).toBeDefined();
});

test('a right that is taken away is told and made up for once it is back (ST-06)', async () => {
  const folder = await folderWith(two);
  let denied = false;
  const fs = faultyFileSystem(() => (denied ? errno('EACCES') : undefined));
  await using store = await open(folder, { fs });

  denied = true;
  await expect.poll(() => messages(store).join(), poll).toContain('EACCES');
  const meanwhile = await texts(store);
  const put = await code(store.put({ name: 'c' }));
  await writeFile(join(folder, 'a.yaml'), 'name: a\nx: 2\n');
  denied = false;

  await expect.poll(() => texts(store), poll).toEqual(['a 2', 'b 1']);
  expect([meanwhile, put, messages(store)]).toEqual([['a 1', 'b 1'], Code.PERMISSION_DENIED, []]);
});

test('a mount that hangs is told; reading goes on, writing says so in time, closing does not wait for it (ST-06)', async () => {
  const folder = await folderWith(two);
  const hang = gate();
  let hanging = false;
  const fs = faultyFileSystem(async () => {
    if (hanging) await hang.promise;
  });
  const options = { fs, stallMs: 100 };
  await using store = await open(folder, options);
  const other = await open(folder, options);

  hanging = true;
  await expect.poll(() => [messages(store).join(), messages(other).join()].join(), poll).toMatch(/(not answered.*){2}/);
  const meanwhile = await texts(store);
  const put = await code(store.put({ name: 'c' }));
  await other.close();
  await writeFile(join(folder, 'a.yaml'), 'name: a\nx: 2\n');
  hanging = false;
  hang.open();

  await expect.poll(() => texts(store), poll).toEqual(['a 2', 'b 1']);
  expect([meanwhile, put]).toEqual([['a 1', 'b 1'], Code.UNAVAILABLE]);
  await expect.poll(() => messages(store), poll).toEqual([]);
  // What said that it was not done is not done later.
  expect(await texts(store)).toEqual(['a 2', 'b 1']);
});

describe('a clock that is set', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([10, -10])(
    'by %i minutes: changes are seen, writes go on, revisions never go back (ST-06)',
    async (minutes) => {
      const folder = await folderWith(two);
      await using store = await open(folder);
      const { revision } = await store.put({ name: 'c', x: 1 });

      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 });
      await writeFile(join(folder, 'a.yaml'), 'name: a\nx: 2\n');
      await expect.poll(() => texts(store), poll).toEqual(['a 2', 'b 1', 'c 1']);
      const after = await store.put({ name: 'd', x: 1 });
      await store.close();
      vi.useRealTimers();
      await using again = await open(folder);

      expect(after.revision).toBe(revision + 2);
      expect(again.revision).toBeGreaterThan(after.revision);
      expect(await texts(again)).toEqual(['a 2', 'b 1', 'c 1', 'd 1']);
    },
  );
});
