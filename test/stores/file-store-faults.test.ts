import { type FileHandle, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Code } from 'flowrpc';
import { type FileStore, type FileSystem, fileStore } from 'flowrpc/stores';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../program.ts';
import { codeOf } from '../suites/store.ts';
import { errno, type Fault, faultyFileSystem } from './faulty-file-system.ts';
import { temporaryFolder } from './temporary-folder.ts';

const before = '# kept\n- name: a\n  x: old\n- name: b\n';

async function folderWith(text = before): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'all.yaml'), text);
  return folder;
}

const writes: Record<string, (store: FileStore) => Promise<unknown>> = {
  replaces: async (store) => store.put({ ...(await only(store, 'a')), x: 'new' }),
  makes: (store) => store.put({ name: 'c', x: 'new' }),
  removes: async (store) => store.delete((await only(store, 'b')).id),
};

async function only(store: FileStore, name: string) {
  return (await store.list({ name })).items[0]!.document;
}

async function contents(store: FileStore): Promise<string> {
  return JSON.stringify((await store.list()).items.map(({ document }) => document));
}

/** A file system with faults that begin when told to. */
function switched(fault: Fault): { fs: FileSystem; opened: FileHandle[]; on(): void } {
  let start: number | undefined;
  let on = false;
  const opened: FileHandle[] = [];
  const fs = faultyFileSystem(({ index, name }) => {
    if (!on) return undefined;
    start ??= index - 1;
    return fault({ index: index - start, name });
  }, opened);
  return {
    fs,
    opened,
    on: () => {
      on = true;
    },
  };
}

describe('a writer that is killed', () => {
  test.each(Object.keys(writes))(
    'before any system call of a write that %s leaves the old documents or the new (ST-01)',
    async (which) => {
      const old = await fileStore(await folderWith());
      const wanted = [await contents(old)];
      await writes[which]!(old);
      wanted.push((await contents(old)).replaceAll(/"id":"[^"]+"/g, '"id"'));
      wanted[0] = wanted[0]!.replaceAll(/"id":"[^"]+"/g, '"id"');
      await old.close();
      const seen = new Set<number>();

      for (let n = 1, ended = false; !ended; n++) {
        const folder = await folderWith();
        // From the n-th call on nothing comes back: what the disk holds is what a kill would have left.
        const { fs, opened, on } = switched(({ index }) => (index < n ? undefined : new Promise(() => {})));
        const killed = await fileStore(folder, { fs, pollMs: 60_000 });
        on();
        ended = await Promise.race([writes[which]!(killed).then(() => true), quiet(folder).then(() => false)]);
        await buryWriter(folder);

        await using store = await fileStore(folder);
        const now = (await contents(store)).replaceAll(/"id":"[^"]+"/g, '"id"');
        expect(wanted, `killed before call ${n}`).toContain(now);
        seen.add(wanted.indexOf(now));
        expect(store.problems).toEqual([]);
        expect((await readdir(folder)).filter((name) => name.endsWith('.flowrpc-tmp'))).toEqual([]);
        await store.put({ name: 'after' });
        expect(await readFile(join(folder, 'all.yaml'), 'utf8')).toContain('# kept');
        // A killed process has no files open.
        await Promise.all(opened.map((file) => file.close()));
        void killed.close();
      }
      expect(seen).toEqual(new Set([0, 1]));
    },
  );

  test('by SIGKILL leaves the old documents or the new, and its lock is taken over at once (ST-01)', async () => {
    const seen = new Set<unknown>();
    await Promise.all(
      [2, 9, 13, 17].map(async (n) => {
        const folder = await folderWith();
        const { stdout, code } = await runProgram('test/stores/killed-writer.ts', [folder, String(n)]);
        expect([stdout, code]).toEqual(['', null]);

        await using store = await fileStore(folder, { lockTimeoutMs: 2_000 });

        const { x } = await only(store, 'a');
        seen.add(x);
        expect(['old', 'new']).toContain(x);
        expect(store.problems).toEqual([]);
        await store.put({ name: 'after' });
        expect((await readdir(folder)).filter((name) => name.endsWith('-tmp') || name.endsWith('-lock'))).toEqual([]);
      }),
    );
    expect(seen.has('old')).toBe(true);
  });
});

describe('a write that fails', () => {
  test.each([
    ['ENOSPC', 'writeFile', Code.RESOURCE_EXHAUSTED],
    ['ENOSPC', 'sync', Code.RESOURCE_EXHAUSTED],
    ['EROFS', 'open', Code.PERMISSION_DENIED],
    ['EACCES', 'rename', Code.PERMISSION_DENIED],
    ['EIO', 'rename', Code.UNAVAILABLE],
    ['EMFILE', 'open', Code.RESOURCE_EXHAUSTED],
    ['EIO', 'sync', Code.UNAVAILABLE],
  ] as const)('with %s in %s says so; memory and disk agree (ST-03)', async (error, name, code) => {
    const folder = await folderWith();
    // The file with its lock and revisions may be written, the documents not.
    const { fs, on } = switched((call) => (call.name === name && call.index > 8 ? errno(error) : undefined));
    await using store = await fileStore(folder, { fs, pollMs: 60_000 });
    await store.put({ name: 'first' });
    const [memory, { revision }] = [await contents(store), store];
    on();

    const failure = await writes.replaces!(store).catch((thrown: unknown) => thrown);

    expect(codeOf(failure)).toBe(code);
    expect((failure as Error).message).toContain(error);
    expect(await contents(store)).toBe(memory);
    expect(store.revision).toBe(revision);
    expect(await readFile(join(folder, 'all.yaml'), 'utf8')).toBe(before);
    expect((await readdir(folder)).filter((file) => file.endsWith('-tmp'))).toEqual([]);
  });

  test('once or twice is tried again (ST-03)', async () => {
    const folder = await folderWith();
    let failures = 0;
    const { fs, on } = switched((call) => (call.name === 'rename' && ++failures <= 2 ? errno('EIO') : undefined));
    await using store = await fileStore(folder, { fs, pollMs: 60_000 });
    on();

    await writes.replaces!(store);

    expect(failures).toBeGreaterThan(2);
    expect(await readFile(join(folder, 'all.yaml'), 'utf8')).toContain('x: new');
  });

  test('after the rename leaves the new text, and memory follows the disk (ST-03)', async () => {
    const folder = await folderWith();
    let renamed = false;
    const { fs, on } = switched(({ name }) => {
      if (name === 'rename') renamed = true;
      return renamed && name === 'sync' ? errno('EIO') : undefined;
    });
    await using store = await fileStore(folder, { fs, pollMs: 60_000 });
    await store.put({ name: 'first' });
    on();

    const failure = await writes.replaces!(store).catch((thrown: unknown) => thrown);

    expect(codeOf(failure)).toBe(Code.UNAVAILABLE);
    expect(await readFile(join(folder, 'all.yaml'), 'utf8')).toContain('x: new');
    expect((await only(store, 'a')).x).toBe('new');
  });
});

describe('a read that fails', () => {
  test('for want of file handles keeps what the files said, and is made up for (ST-03)', async () => {
    const folder = await folderWith();
    let failing = false;
    const fs = faultyFileSystem(({ name }) => (failing && name === 'open' ? errno('EMFILE') : undefined));
    await using store = await fileStore(folder, { fs, pollMs: 60_000 });
    const memory = await contents(store);
    failing = true;
    await writeFile(join(folder, 'all.yaml'), '- name: a\n  x: newer\n');

    await store.refresh();

    expect(store.problems[0]!.message).toContain('EMFILE');
    expect(await contents(store)).toBe(memory);
    failing = false;
    await store.refresh();
    expect(store.problems).toEqual([]);
    expect((await only(store, 'a')).x).toBe('newer');
  });
});

describe('a lock', () => {
  test('that another process holds makes a write wait, then UNAVAILABLE names the holder', async () => {
    const folder = await folderWith();
    await using store = await fileStore(folder, { lockTimeoutMs: 30 });
    // The process that runs this one is alive for as long.
    const lock = JSON.stringify({ pid: process.ppid, host: hostname(), token: 'x' });
    await writeFile(join(folder, '.flowrpc-lock'), lock);

    const failure = await writes.makes!(store).catch((thrown: unknown) => thrown);

    expect(codeOf(failure)).toBe(Code.UNAVAILABLE);
    expect((failure as Error).message).toContain(`process ${process.ppid}`);
    expect(await stat(join(folder, '.flowrpc-lock'))).toBeDefined();
  });

  test('of a process that is gone is taken over by one writer at a time (ST-04)', async () => {
    const folder = await folderWith();
    const lock = join(folder, '.flowrpc-lock');
    let inside = 0;
    let most = 0;
    const slow = (slowName: string): FileSystem =>
      faultyFileSystem(async ({ name }) => {
        if (name === slowName) await new Promise((resolve) => setTimeout(resolve, 60));
        return undefined;
      });
    const counted = (fs: FileSystem): FileSystem => ({
      ...fs,
      rename: async (from, to) => {
        inside += 1;
        most = Math.max(most, inside);
        await fs.rename(from, to);
        inside -= 1;
      },
    });
    // Those that are slow to remove a lock, and those that are slow to write.
    const stores = await Promise.all(
      ['unlink', 'rename', 'unlink', 'rename'].map((name) => fileStore(folder, { fs: counted(slow(name)) })),
    );
    await writeFile(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), token: 'dead' }));

    await Promise.all(stores.map((store, n) => store.put({ name: `n${n}` })));

    expect(most).toBe(1);
    expect((await readdir(folder)).filter((name) => /-(tmp|lock)$/.test(name))).toEqual([]);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('that was taken over from a writer which had stopped is not removed by it (ST-04)', async () => {
    const folder = await folderWith();
    const lock = join(folder, '.flowrpc-lock');
    const other = JSON.stringify({ pid: process.ppid, host: hostname(), token: 'other' });
    const now = Date.now;
    onTestFinished(() => {
      Date.now = now;
    });
    let stopped = false;
    const fs = faultyFileSystem(async ({ name }) => {
      if (name !== 'rename' || stopped) return undefined;
      stopped = true;
      await writeFile(lock, other);
      Date.now = () => now() + 60_000;
      return undefined;
    });
    await using store = await fileStore(folder, { fs, pollMs: 90_000, settleMs: 90_000 });

    await writes.makes!(store);

    expect(await readFile(lock, 'utf8')).toBe(other);
  });
});

/** Resolves once a folder has not changed for a moment: whoever wrote to it hangs. */
async function quiet(folder: string): Promise<void> {
  for (let last = '', same = 0; same < 4; ) {
    const names = await readdir(folder);
    const stats = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
    const now = JSON.stringify(stats.map((each, index) => [names[index], each?.mtimeMs, each?.size]));
    same = now === last ? same + 1 : 0;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The lock says that a process holds it which is alive: this one. A killed writer is not. */
async function buryWriter(folder: string): Promise<void> {
  const path = join(folder, '.flowrpc-lock');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text) await writeFile(path, JSON.stringify({ ...JSON.parse(text), pid: 2 ** 22 + 1 }));
  else if (text === '') await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), token: '' }));
}
