import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { Code } from 'flowrpc';
import { type Document, type DocumentInit, type FileStore, fileStore } from 'flowrpc/stores';
import { expect, test } from 'vitest';
import { runProgram } from '../program.ts';
import { codeOf } from '../suites/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

const handWritten = `# Everything about the shop.
- kind: proxy # the front door
  name: front
  urls: [http://a/, http://b/]

# Behind it.
- kind: shout
  name: back
  loud: true   # very
`;

async function openWith(files: Record<string, string | Buffer>): Promise<{ store: FileStore; folder: string }> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { store: await fileStore(folder), folder };
}

async function named(store: FileStore, name: string): Promise<Document> {
  const { items } = await store.list({ name });
  expect(items).toHaveLength(1);
  return items[0]!.document;
}

test('fileStore() reads one document, a list and several documents, in YAML and JSON', async () => {
  const { store } = await openWith({
    'one.yaml': 'kind: a\nname: one\n',
    'list.yml': '- { kind: a, name: two }\n- { kind: a, name: three }\n',
    'several.yaml': 'name: four\n---\n- name: five\n---\n# nothing\n---\nname: six\n',
    'seven.json': '{ "name": "seven", "big": 18446744073709551615 }',
    'notes.txt': 'not: this',
    '.hidden.yaml': 'name: hidden',
    'comment.yaml': '# nothing yet\n',
  });
  await using _ = store;

  expect((await store.list()).items.map(({ document }) => document.name)).toEqual(
    ['one', 'two', 'three', 'four', 'five', 'six', 'seven'].toSorted(),
  );
  expect((await named(store, 'seven')).big).toBe(18446744073709551615n);
  expect(store.problems).toEqual([]);
});

test('put() changes what it must in the file the document is in, comments stay', async () => {
  const { store, folder } = await openWith({ 'shop.yaml': handWritten, 'other.yaml': 'name: other # mine\n' });
  await using _ = store;
  const back = await named(store, 'back');

  await store.put({ ...back, loud: false, pitch: 3 });

  expect(await readFile(join(folder, 'shop.yaml'), 'utf8')).toBe(`# Everything about the shop.
- kind: proxy # the front door
  name: front
  urls: [ http://a/, http://b/ ]

# Behind it.
- kind: shout
  name: back
  loud: false # very
  pitch: 3
`);
  expect(await readFile(join(folder, 'other.yaml'), 'utf8')).toBe('name: other # mine\n');
  expect((await readdir(folder)).filter((name) => name.endsWith('.yaml'))).toEqual(['other.yaml', 'shop.yaml']);
});

test('put() writes an id down when the name that it came from changes', async () => {
  const { store, folder } = await openWith({ 'shop.yaml': handWritten });
  await using _ = store;
  const back = await named(store, 'back');

  await store.put({ ...back, name: 'rear' });

  expect(await readFile(join(folder, 'shop.yaml'), 'utf8')).toContain(`id: ${back.id}`);
  await using again = await fileStore(folder);
  expect((await again.get(back.id))?.document).toEqual({ ...back, name: 'rear' });
});

test('delete() takes a document out of its file, and the others keep their ids', async () => {
  const { store, folder } = await openWith({ 'list.yaml': '# top\n- kind: a\n- kind: b # b\n- kind: c\n' });
  await using _ = store;
  const before = (await store.list()).items.map(({ document }) => document);
  const [a] = before.filter(({ kind }) => kind === 'a');

  await store.delete(a!.id);

  const text = await readFile(join(folder, 'list.yaml'), 'utf8');
  expect(text).toContain('# b');
  expect(text).not.toContain('kind: a');
  await using again = await fileStore(folder);
  expect((await again.list()).items.map(({ document }) => document)).toEqual(before.filter(({ kind }) => kind !== 'a'));
});

test('delete() of the last document of a file removes the file', async () => {
  const { store, folder } = await openWith({ 'one.yaml': 'name: one\n', 'two.json': '[{ "name": "two" }]' });
  await using _ = store;

  await store.delete((await named(store, 'one')).id);
  await store.delete((await named(store, 'two')).id);

  expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
});

test('put() keeps JSON files JSON', async () => {
  const { store, folder } = await openWith({ 'a.json': '[{ "name": "a", "x": 1 }, { "name": "b" }]' });
  await using _ = store;

  await store.put({ ...(await named(store, 'a')), x: { y: [2n ** 64n, 'text', null] } });

  const text = await readFile(join(folder, 'a.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject([{ name: 'a', x: { y: [2 ** 64, 'text', null] } }, { name: 'b' }]);
  expect(text).toContain('18446744073709551616');
});

test('put() names new files after the document, and keeps strangers out of them', async () => {
  const { store, folder } = await openWith({ 'default.taken.yaml': '# somebody was here first\n' });
  await using _ = store;
  const { document } = await store.put({ name: 'taken' });
  await store.put({ name: '../../etc/passwd'.replaceAll('/', ':') });
  await store.put({ name: 'plain', namespace: 'shop' });

  const files = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  expect(files).toContain('shop.plain.yaml');
  expect(files).toContain(`default.taken.${document.id}.yaml`);
  expect(files.every((name) => /^[\w.-]+\.yaml$/.test(name))).toBe(true);
  expect((await stat(join(folder, 'shop.plain.yaml'))).mode & 0o777).toBe(0o600);
});

test('put() keeps the permissions of a file', async () => {
  const { store, folder } = await openWith({ 'a.yaml': 'name: a\n' });
  await using _ = store;
  await chmod(join(folder, 'a.yaml'), 0o640);

  await store.put({ ...(await named(store, 'a')), x: 1 });

  expect((await stat(join(folder, 'a.yaml'))).mode & 0o777).toBe(0o640);
});

test('put() does not overwrite a file that is broken now', async () => {
  const { store, folder } = await openWith({ 'a.yaml': 'name: a\n' });
  await using _ = store;
  const a = await named(store, 'a');
  await writeFile(join(folder, 'a.yaml'), 'name: a\nx: [1,\n');

  const error = await store.put({ ...a, x: 1 }).catch((thrown: unknown) => thrown);

  expect(codeOf(error)).toBe(Code.FAILED_PRECONDITION);
  expect(await readFile(join(folder, 'a.yaml'), 'utf8')).toBe('name: a\nx: [1,\n');
  expect((await store.get(a.id))?.document).toEqual(a);
});

test('put() sees what was written to the file since, so that ifRevision holds for editors, too (ST-04)', async () => {
  const { store, folder } = await openWith({ 'a.yaml': 'name: a\nx: 1\n' });
  await using _ = store;
  const { document, revision } = (await store.list()).items[0]!;
  await writeFile(join(folder, 'a.yaml'), 'name: a\nx: 2\n');

  const error = await store.put({ ...document, x: 3 }, { ifRevision: revision }).catch((thrown: unknown) => thrown);

  expect(codeOf(error)).toBe(Code.ABORTED);
  expect(await readFile(join(folder, 'a.yaml'), 'utf8')).toBe('name: a\nx: 2\n');
});

test('two stores on one directory lose no update, each writer knows where it stands (ST-04)', async () => {
  const folder = await temporaryFolder();
  await using one = await fileStore(folder, { settleMs: 5 });
  const { document } = await one.put({ name: 'counter', n: 0 });
  await using two = await fileStore(folder, { settleMs: 5 });
  let conflicts = 0;
  const count = async (store: FileStore): Promise<void> => {
    for (let done = 0; done < 15; ) {
      const { document: now, revision } = (await store.get(document.id))!;
      try {
        await store.put({ ...now, n: (now.n as number) + 1 }, { ifRevision: revision });
        done += 1;
      } catch (error) {
        expect(codeOf(error)).toBe(Code.ABORTED);
        conflicts += 1;
      }
    }
  };

  await Promise.all([count(one), count(two)]);

  await Promise.all([one.refresh(), two.refresh()]);
  expect((await one.get(document.id))?.document.n).toBe(30);
  expect((await two.get(document.id))?.document.n).toBe(30);
  expect(conflicts).toBeGreaterThanOrEqual(0);
});

test('of two stores on one directory one alone makes a document that must not be there yet (ST-04)', async () => {
  const folder = await temporaryFolder();
  // Neither of them hears of the other.
  const options = { settleMs: 90_000, pollMs: 90_000 };
  await using one = await fileStore(folder, options);
  await using two = await fileStore(folder, options);
  const id = '0190b7c0-0000-7000-8000-00000000000a';
  const make = (store: FileStore, document: DocumentInit, ifRevision?: number): Promise<unknown> =>
    store.put(document, ifRevision === undefined ? {} : { ifRevision }).then(() => 'made', codeOf);

  expect(await make(one, { id, x: 1 }, 0)).toBe('made');
  expect(await make(two, { id, x: 2 }, 0)).toBe(Code.ABORTED);
  expect(await make(two, { name: 'n' })).toBe('made');
  expect(await make(one, { name: 'n' })).toBe(Code.ALREADY_EXISTS);
  for (let round = 0; round < 20; round++) {
    const name = `n${round}`;
    const ends = await Promise.all([one, two].map((store) => make(store, { name }, 0)));

    expect(ends.sort()).toEqual([Code.ALREADY_EXISTS, 'made']);
  }
  await Promise.all([one.refresh(), two.refresh()]);
  expect([one.problems, two.problems]).toEqual([[], []]);
  expect((await one.list()).items.length).toBe(22);
});

test('three processes on one directory lose no update (ST-04)', async () => {
  const folder = await temporaryFolder();
  await using store = await fileStore(folder, { settleMs: 5 });
  const { document } = await store.put({ name: 'counter', n: 0 });

  const ends = await Promise.all(
    Array.from({ length: 3 }, () => runProgram('test/stores/counting-writer.ts', [folder, '20'])),
  );

  expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, '']));
  await store.refresh();
  expect((await store.get(document.id))?.document.n).toBe(60);
  expect((await readdir(folder)).filter((name) => /-(tmp|lock)$/.test(name))).toEqual([]);
});

test('put() and delete() on any file of any documents leave the others alone, and a new store reads the same', async () => {
  const value = fc.oneof(
    fc.integer(),
    fc.boolean(),
    fc.string(),
    fc.constant(null),
    fc.array(fc.string(), { maxLength: 3 }),
  );
  const document = fc.record({
    kind: fc.constantFrom('a', 'b'),
    x: value,
    nested: fc.dictionary(fc.string(), value, { maxKeys: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(document, { minLength: 1, maxLength: 4 }),
      fc.nat(3),
      fc.option(document, { nil: undefined }),
      fc.constantFrom('yaml', 'json'),
      async (documents, at, next, extension) => {
        const text = JSON.stringify(documents.map(clean), null, 2);
        const { store, folder } = await openWith({ [`all.${extension}`]: text });
        const before = (await store.list()).items.map((stored) => stored.document);
        expect(before).toHaveLength(documents.length);
        const { id } = before[at % before.length]!;
        if (next === undefined) await store.delete(id);
        else await store.put({ id, ...clean(next) });
        const expected = (await store.list()).items.map((stored) => stored.document);
        await store.close();
        await using again = await fileStore(folder);

        expect(expected.filter((each) => each.id !== id)).toEqual(before.filter((each) => each.id !== id));
        expect((await again.list()).items.map((stored) => stored.document)).toEqual(expected);
        expect(again.problems).toEqual([]);
      },
    ),
  );
});

function clean<T extends { x: unknown; nested: object }>(document: T): T {
  const refused = ['__proto__', 'constructor', 'prototype', '<<'];
  const nested = Object.fromEntries(Object.entries(document.nested).filter(([key]) => !refused.includes(key)));
  return { ...document, nested };
}
