import { mkdir, open as openFile, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code } from 'flowrpc';
import { type FileStore, fileStore } from 'flowrpc/stores';
import { expect, onTestFinished, test } from 'vitest';
import { codeOf, take } from '../suites/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

const open = (folder: string, options = {}): Promise<FileStore> => fileStore(folder, { pollMs: 200, ...options });
const names = async (store: FileStore): Promise<unknown> =>
  (await store.list()).items.map(({ document }) => document.name);
const poll = { timeout: 10_000, interval: 10 };

test('a watch tells of what an editor did: written in place, or renamed over it', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.yaml'), 'name: a\nx: 1\n');
  await using store = await open(folder);
  const watch = store.watch();

  await writeFile(join(folder, 'a.yaml'), 'name: a\nx: 2\n');
  expect((await watch.next()).value).toMatchObject({ type: 'put', document: { name: 'a', x: 2 } });
  await writeFile(join(folder, 'a.yaml~'), 'name: a\nx: 3\n');
  await rename(join(folder, 'a.yaml~'), join(folder, 'a.yaml'));
  expect((await watch.next()).value).toMatchObject({ type: 'put', document: { name: 'a', x: 3 } });
  await writeFile(join(folder, 'b.yaml'), '- name: b\n- name: c\n');
  expect((await take(watch, 2)).map(({ document }) => document.name)).toEqual(['b', 'c']);
});

test('a watch tells of removal, and of a document in a new folder', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.yaml'), 'name: a\n');
  await using store = await open(folder);
  const watch = store.watch();

  await unlink(join(folder, 'a.yaml'));
  expect((await watch.next()).value).toMatchObject({ type: 'delete', document: { name: 'a' } });
  await mkdir(join(folder, 'team'));
  await writeFile(join(folder, 'team', 'b.yaml'), 'name: b\n');
  expect((await watch.next()).value).toMatchObject({ type: 'put', document: { name: 'b' } });
  await writeFile(join(folder, 'team', 'b.yaml'), 'name: b\nx: 1\n');
  expect((await watch.next()).value).toMatchObject({ type: 'put', document: { x: 1 } });
});

test('a file that is written bit by bit, or removed and made again, is read when it is whole: nothing goes in between', async () => {
  const folder = await temporaryFolder();
  const text = (x: number) => Array.from({ length: 10 }, (_, n) => `- name: n${n}\n  x: ${x}\n`).join('');
  await writeFile(join(folder, 'all.yaml'), text(0));
  await using store = await open(folder, { settleMs: 400, pollMs: 60_000 });
  const watch = store.watch();

  const file = await openFile(join(folder, 'all.yaml'), 'w');
  for (const line of text(1).split(/(?<=\n)/)) {
    await file.write(line);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await file.close();
  const written = await take(watch, 10);
  const again = store.watch();
  await unlink(join(folder, 'all.yaml'));
  await writeFile(join(folder, 'all.yaml'), text(2));
  const checkedOut = await take(again, 10);

  expect(written.map(({ type, document: { x } }) => [type, x])).toEqual(Array(10).fill(['put', 1]));
  expect(checkedOut.map(({ type, document: { x } }) => [type, x])).toEqual(Array(10).fill(['put', 2]));
});

test('a watch survives the link swap of a Kubernetes volume, and sees one change for each document', async () => {
  const folder = await temporaryFolder();
  const version = async (name: string, x: number): Promise<void> => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'a.yaml'), `name: a\nx: ${x}\n`);
    await writeFile(join(folder, name, 'b.yaml'), 'name: b\n');
    await symlink(name, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  await version('..one', 1);
  for (const name of ['a.yaml', 'b.yaml']) await symlink(join('..data', name), join(folder, name));
  await using store = await open(folder);
  const watch = store.watch();

  for (const x of [2, 3]) {
    await version(`..v${x}`, x);
    expect((await watch.next()).value).toMatchObject({ type: 'put', document: { name: 'a', x } });
    await rm(join(folder, x === 2 ? '..one' : '..v2'), { recursive: true });
  }
  expect(await names(store)).toEqual(['a', 'b']);
  expect(store.problems).toEqual([]);
});

test('a directory that is a link is followed to where it leads now, as git-sync swaps it', async () => {
  const folder = await temporaryFolder();
  for (const x of [1, 2]) {
    await mkdir(join(folder, `rev${x}`));
    await writeFile(join(folder, `rev${x}`, 'a.yaml'), `name: a\nx: ${x}\n`);
  }
  await symlink('rev1', join(folder, 'current'));
  await using store = await open(join(folder, 'current'));
  const watch = store.watch();

  await symlink('rev2', join(folder, 'next'));
  await rename(join(folder, 'next'), join(folder, 'current'));

  expect((await watch.next()).value).toMatchObject({ type: 'put', document: { x: 2 } });
  await writeFile(join(folder, 'rev2', 'a.yaml'), 'name: a\nx: 3\n');
  expect((await watch.next()).value).toMatchObject({ type: 'put', document: { x: 3 } });
});

test('while the directory is gone everything stays and the problem is told; it is read again once it is back', async () => {
  const folder = join(await temporaryFolder(), 'specs');
  await mkdir(folder);
  await writeFile(join(folder, 'a.yaml'), 'name: a\n');
  await using store = await open(folder);
  const told: string[][] = [];
  store.onProblems((problems) => told.push(problems.map(({ message }) => message)));
  const { revision } = store;

  await rename(folder, `${folder}.away`);
  await expect.poll(() => store.problems.length, poll).toBe(1);
  expect(store.problems[0]!.message).toContain('ENOENT');
  expect(await names(store)).toEqual(['a']);
  expect(store.revision).toBe(revision);
  expect(codeOf(await store.put({ name: 'b' }).catch((error: unknown) => error))).toBe(Code.NOT_FOUND);
  await rename(`${folder}.away`, folder);
  await writeFile(join(folder, 'b.yaml'), 'name: b\n');
  await expect.poll(() => names(store), poll).toEqual(['a', 'b']);
  expect(store.problems).toEqual([]);
  expect(told.map(({ length }) => length)).toEqual([1, 0]);
});

test('a broken file keeps what it said last and is reported by name, every other file counts (ST-02)', async () => {
  const folder = await temporaryFolder();
  const good = '- name: a\n  kind: x\n- name: b\n  list: [1, 2]\n  text: "quoted"\n';
  await writeFile(join(folder, 'broken.yaml'), good);
  await using store = await open(folder);
  const before = (await store.list()).items;
  const watch = store.watch();
  const broken: readonly [string, string | Buffer][] = [
    ['zero bytes', ''],
    ['blank', '\n \n'],
    ['zeros', Buffer.alloc(good.length)],
    ['half zeros', Buffer.concat([Buffer.from(good.slice(0, 30)), Buffer.alloc(30)])],
    ['UTF-16', Buffer.from(good, 'utf16le')],
    ['not UTF-8', Buffer.from([0x6e, 0x61, 0xff, 0xfe, 0x0a])],
    ['a scalar', 'just text\n'],
    ['a list of texts', '- a\n- b\n'],
    ['a duplicate key', 'name: a\nname: b\n'],
    ['a tag', '- !!js/function "function () {}"\n'],
    ['a merge key', 'x: &x { a: 1 }\ny: { <<: *x }\n'],
    ['a deep text', '['.repeat(100_000)],
    ['a laugh', laughs()],
    ['a refused key', '__proto__: { name: x }\n'],
    ['a large file', `name: a\ntext: ${'x'.repeat(1_100_000)}\n`],
    ['two of one name', '- name: a\n- name: b\n  id: nope\n'],
  ];

  for (const [what, text] of broken) {
    await writeFile(join(folder, 'broken.yaml'), text);
    await store.refresh();
    expect(store.problems.length, what).toBeGreaterThan(0);
    for (const { message } of store.problems) expect(message, what).toContain('broken.yaml');
    expect((await store.list()).items, what).toEqual(before);
  }
  await writeFile(join(folder, 'other.yaml'), 'name: other\n');
  expect((await watch.next()).value).toMatchObject({ document: { name: 'other' } });
  await writeFile(join(folder, 'broken.yaml'), good.replace('name: a', 'name: fixed'));
  await expect.poll(() => names(store), poll).toEqual(['b', 'fixed', 'other']);
  expect(store.problems).toEqual([]);
});

test('onProblems() with a listener that throws fails no write, and tells the other listeners', async () => {
  const folder = await temporaryFolder();
  await using store = await fileStore(folder, { settleMs: 90_000, pollMs: 90_000 });
  const warnings: unknown[] = [];
  const note = (warning: unknown): void => void warnings.push(warning);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const told: number[] = [];
  store.onProblems(() => {
    throw new Error('the listener');
  });
  store.onProblems((problems) => void told.push(problems.length));
  await writeFile(join(folder, 'bad.yaml'), '{');

  await store.put({ name: 'fine' });

  expect((await store.list({ name: 'fine' })).items).toHaveLength(1);
  expect(told).toEqual([1]);
  await expect.poll(() => String(warnings)).toContain('the listener');
});

test('a file cut at any length is refused, or read as what is left; nothing is ever torn in two (ST-02)', async () => {
  const folder = await temporaryFolder();
  const text = 'name: "alpha"\nlist: ["one", "two"]\nnested: { "x": "y" }\n';
  await writeFile(join(folder, 'a.yaml'), text);
  await using store = await open(folder);
  const { document: whole } = (await store.list()).items[0]!;

  for (let length = 0; length < text.length; length++) {
    await writeFile(join(folder, 'a.yaml'), text.slice(0, length));
    await store.refresh();
    const now = (await store.list()).items.map(({ document }) => document);
    if (store.problems.length > 0) expect(store.problems[0]!.message).toContain('a.yaml');
    for (const document of now) {
      for (const [key, value] of Object.entries(document)) {
        if (key === 'id') continue;
        // A key whose value is not written yet reads as null, which is what YAML says of it.
        if (value !== null) expect(value, text.slice(0, length)).toEqual(whole[key]);
      }
    }
    await writeFile(join(folder, 'a.yaml'), text);
    await store.refresh();
    expect((await store.list()).items.map(({ document }) => document)).toEqual([whole]);
  }
});

test('a byte order mark and Windows line ends are read, and stay readable when written', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.yaml'), '\uFEFFname: a\r\nx: 1\r\nlist:\r\n  - one\r\n');
  await using store = await open(folder);
  const { document } = (await store.list()).items[0]!;
  expect(document).toMatchObject({ name: 'a', x: 1, list: ['one'] });

  await store.put({ ...document, x: 2 });

  await using again = await open(folder);
  expect((await again.list()).items[0]!.document).toEqual({ ...document, x: 2 });
  expect(await readFile(join(folder, 'a.yaml'), 'utf8')).toContain('x: 2');
});

test('of two files with one name or one id the first stands, the other is a problem until it is gone', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.yaml'), 'name: same\nfrom: a\n');
  await writeFile(join(folder, 'b.yaml'), 'name: same\nfrom: b\nid: 01890a5d-ac96-774b-bcce-b302099a8057\n');
  await using store = await open(folder);

  expect((await store.list()).items.map(({ document }) => document.from)).toEqual(['a']);
  expect(store.problems).toMatchObject([{ file: join(folder, 'b.yaml'), line: 1 }]);
  expect(store.problems[0]!.message).toContain(`"${join(folder, 'a.yaml')}" has another of that name`);
  await store.delete((await store.list()).items[0]!.document.id);
  expect((await store.list()).items.map(({ document }) => document.from)).toEqual(['b']);
  expect(store.problems).toEqual([]);
});

test('1,000 files at once become 1,000 documents, seen in one step', async () => {
  const folder = await temporaryFolder();
  await using store = await open(folder);
  const sizes = new Set<number>();
  const watching = (async () => {
    for await (const { revision } of store.watch()) {
      sizes.add((await store.list()).items.length);
      if (sizes.has(1_000) && revision === store.revision) return;
    }
  })();

  await Promise.all(Array.from({ length: 1_000 }, (_, n) => writeFile(join(folder, `n${n}.yaml`), `name: n${n}\n`)));
  await watching;

  expect((await store.list()).items).toHaveLength(1_000);
  expect(sizes.size).toBeLessThan(50);
});

test('after a restart revisions go on above all that were given, and what was held before is refused or listed again', async () => {
  const folder = await temporaryFolder();
  const first = await open(folder);
  const { document, revision } = await first.put({ name: 'a', x: 1 });
  const old = await first.put({ ...document, x: 2 }, { ifRevision: revision });
  await first.close();

  await using second = await open(folder);

  expect(second.revision).toBeGreaterThan(old.revision);
  const error = await second
    .put({ ...document, x: 3 }, { ifRevision: old.revision })
    .catch((thrown: unknown) => thrown);
  expect(codeOf(error)).toBe(Code.ABORTED);
  expect(
    codeOf(
      await second
        .watch({ fromRevision: old.revision })
        .next()
        .catch((e: unknown) => e),
    ),
  ).toBe(Code.OUT_OF_RANGE);
});

test('fileStore() says what it cannot open, and makes a directory when asked to', async () => {
  const folder = join(await temporaryFolder(), 'a', 'b');

  const error = await open(folder).catch((thrown: unknown) => thrown);

  expect(codeOf(error)).toBe(Code.NOT_FOUND);
  expect((error as Error).message).toContain(`Cannot open store "${folder}"`);
  await using store = await open(folder, { create: true });
  expect((await store.list()).items).toEqual([]);
  await expect(open(folder, { settleMS: 1 })).rejects.toThrow('did you mean "settleMs"?');
  await expect(open(folder, { settleMs: 0 })).rejects.toThrow(RangeError);
});

function laughs(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 10; n++)
    lines.push(
      `a${n}: &a${n} [${Array(9)
        .fill(`*a${n - 1}`)
        .join(', ')}]`,
    );
  return `${lines.join('\n')}\n`;
}
