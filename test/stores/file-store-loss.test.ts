import { rmSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code } from 'flowrpc';
import { type FileStore, type FileStoreOptions, fileStore } from 'flowrpc/stores';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gate } from '../suites/gate.ts';
import { codeOf } from '../suites/store.ts';
import { errno, faultyFileSystem } from './faulty-file-system.ts';
import { temporaryFolder } from './temporary-folder.ts';

const poll = { timeout: 10_000, interval: 5 };

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(await temporaryFolder(), 'specs');
  await fill(folder, files);
  return folder;
}

async function fill(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

const open = (folder: string, options: FileStoreOptions = {}): Promise<FileStore> =>
  fileStore(folder, { settleMs: 5, pollMs: 20, ...options });

async function texts(store: FileStore): Promise<string[]> {
  return (await store.list()).items.map(({ document }) => `${document.name} ${document.x}`);
}

const messages = (store: FileStore): string[] => store.problems.map(({ message }) => message);
const code = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => Code.OK, codeOf);
const two = { 'a.yaml': 'name: a\nx: 1\n', 'b.yaml': 'name: b\nx: 1\n' };

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

  test('are removed by another store: that is meant, and both go on', async () => {
    const folder = await folderWith(two);
    await using store = await open(folder, { settleMs: 200, pollMs: 300 });
    await using other = await open(folder);
    for (const { document } of (await other.list()).items) await other.delete(document.id);

    await expect.poll(() => texts(store), poll).toEqual([]);
    expect(messages(store)).toEqual([]);
    await store.put({ name: 'c', x: 1 });
    await expect.poll(() => texts(other), poll).toEqual(['c 1']);
  });

  test('are removed, after a store had removed all and others came: they are lost again', async () => {
    const folder = await folderWith(two);
    await using store = await open(folder);
    for (const { document } of (await store.list()).items) await store.delete(document.id);
    await fill(folder, two);
    await expect.poll(() => texts(store), poll).toEqual(['a 1', 'b 1']);

    for (const name of Object.keys(two)) rmSync(join(folder, name));

    await expect.poll(() => messages(store).join(), poll).toContain('for empty');
    expect(await texts(store)).toEqual(['a 1', 'b 1']);
  });

  test('and shall be none: a file with a comment alone says so', async () => {
    const folder = await folderWith(two);
    await using store = await open(folder);
    for (const name of Object.keys(two)) rmSync(join(folder, name));
    await expect.poll(() => messages(store).join(), poll).toContain('a file with a comment alone');

    await writeFile(join(folder, 'none.yaml'), '# none\n');
    await expect.poll(() => texts(store), poll).toEqual([]);
    await rm(join(folder, 'none.yaml'));
    await store.refresh();

    expect([await texts(store), messages(store)]).toEqual([[], []]);
    expect(await code(store.put({ name: 'c' }))).toBe(Code.OK);
  });

  test('while another store writes: what it wrote is seen before anything is written', async () => {
    const folder = await folderWith(two);
    let denied = false;
    const fs = faultyFileSystem(() => (denied ? errno('EACCES') : undefined));
    const asked = { settleMs: 60_000, pollMs: 60_000 };
    await using store = await open(folder, { ...asked, fs });
    await using other = await open(folder, asked);
    for (const x of [1, 2]) await store.put({ name: `c${x}`, x });
    await other.put({ name: 'd', x: 1 });

    denied = true;
    expect(await code(store.refresh())).toBe(Code.PERMISSION_DENIED);
    denied = false;
    await store.put({ name: 'e', x: 1 });

    // The name is taken: it looked first.
    expect(await code(other.put({ name: 'e', x: 2 }))).toBe(Code.ALREADY_EXISTS);
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

test('a mount that hangs for long: who comes then is told at once, and a limit of any length is one (ST-06)', async () => {
  const folder = await folderWith(two);
  const hang = gate();
  let hanging = false;
  const fs = faultyFileSystem(async () => {
    if (hanging) await hang.promise;
  });
  await using store = await open(folder, { fs, stallMs: 200 });
  await using patient = await open(folder, { stallMs: Number.POSITIVE_INFINITY });
  const told: string[] = [];
  patient.onProblems((problems) => told.push(...problems.map(({ message }) => message)));

  hanging = true;
  await expect.poll(() => messages(store).length, poll).toBe(1);
  expect(await code(store.put({ name: 'c' }))).toBe(Code.UNAVAILABLE);
  const first = await Promise.race([code(store.put({ name: 'd' })), new Promise((resolve) => setTimeout(resolve, 100))]);
  await patient.put({ name: 'e' });
  await patient.refresh();
  hanging = false;
  hang.open();

  expect([first, told]).toEqual([Code.UNAVAILABLE, []]);
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
