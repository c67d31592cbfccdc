import { rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { gate } from '../suites/gate.ts';
import { errno, faultyFileSystem } from './faulty-file-system.ts';
import { code, fill, folderWith, messages, open, poll, texts, two } from './folder-of-two.ts';

describe('the files of a directory (ST-06)', () => {
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
  const first = await Promise.race([
    code(store.put({ name: 'd' })),
    new Promise((resolve) => setTimeout(resolve, 100)),
  ]);
  await patient.put({ name: 'e' });
  await patient.refresh();
  hanging = false;
  hang.open();

  expect([first, told]).toEqual([Code.UNAVAILABLE, []]);
});
