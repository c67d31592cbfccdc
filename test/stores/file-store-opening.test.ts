import { execFileSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { open as openFile, readdir, readlink, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Code } from 'flowrpc';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gate } from '../suites/gate.ts';
import { codeOf } from '../suites/store.ts';
import { faultyFileSystem } from './faulty-file-system.ts';
import { folderWith, open, poll, texts, two } from './folder-of-two.ts';

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it opened',
    (thrown: unknown) => thrown,
  );

describe('fileStore() of a directory that hangs (ST-06)', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('at any system call: opening says so in time, and nothing of it is left', async () => {
    let calls = Number.POSITIVE_INFINITY;
    const folders: string[] = [];
    for (let at = 1; at <= calls; at++) {
      const folder = await folderWith({ ...two, '.left.yaml.1-1.flowrpc-tmp': 'x' });
      vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] });
      const hang = gate();
      const reached = gate();
      const opened: FileHandle[] = [];
      let seen = 0;
      const fs = faultyFileSystem(async ({ index }) => {
        seen = index;
        if (index !== at) return;
        reached.open();
        await hang.promise;
      }, opened);

      const opening = open(folder, { fs, create: true, stallMs: 60_000 });
      const failed = failure(opening);
      if ((await Promise.race([failed, reached.promise])) === 'it opened') {
        calls = seen;
        await (await opening).close();
        expect(vi.getTimerCount()).toBe(0);
      } else {
        const error = await passing(failed);
        const asked = seen;
        hang.open();

        expect(codeOf(error)).toBe(Code.UNAVAILABLE);
        expect(String(error)).toMatch(/Cannot open store ".*": ".*" has not answered for 60000 ms$/);
        expect(vi.getTimerCount()).toBe(0);
        await turn();
        // Files that came late are closed, and that is all.
        expect(seen - asked).toBeLessThanOrEqual(2);
      }
      vi.useRealTimers();
      await expect.poll(() => opened.filter(({ fd }) => fd !== -1), poll).toEqual([]);
      folders.push(folder);
    }

    expect(calls).toBeGreaterThan(15);
    const again = await Promise.all(folders.map((folder) => open(folder)));
    for (const store of again) expect(await texts(store)).toEqual(['a 1', 'b 1']);
    await Promise.all(again.map((store) => store.close()));
  });

  test('though answers are slow: as long as some come it opens', async () => {
    const folder = await folderWith(two);
    let calls = 0;
    const fs = faultyFileSystem(async () => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    const start = performance.now();

    await using store = await open(folder, { fs, stallMs: 500 });

    expect(await texts(store)).toEqual(['a 1', 'b 1']);
    expect(performance.now() - start).toBeGreaterThan(500);
    expect(calls).toBeGreaterThan(10);
  });

  test('ends with the reason of a signal, and leaves no listener', async () => {
    const folder = await folderWith(two);
    const hang = gate();
    const fs = faultyFileSystem(() => hang.promise);
    const giveUp = new AbortController();

    const opening = failure(open(folder, { fs, signal: giveUp.signal }));
    giveUp.abort(new Error('enough'));

    expect(await opening).toEqual(new Error('enough'));
    expect(await failure(open(folder, { signal: giveUp.signal }))).toEqual(new Error('enough'));
    expect(getEventListeners(giveUp.signal, 'abort')).toEqual([]);
    hang.open();
    const later = new AbortController();
    await using store = await open(folder, { signal: later.signal });
    expect(getEventListeners(later.signal, 'abort')).toEqual([]);
    later.abort();
    expect((await store.put({ name: 'c', x: 1 })).document.name).toBe('c');
  });

  // A named pipe without a writer hangs as a mount does: the system itself does not answer.
  test.skipIf(process.platform === 'win32')('by the system itself: so does a real one', async () => {
    const folder = await folderWith(two);
    const pipe = join(folder, '.flowrpc-revision');
    execFileSync('mkfifo', [pipe]);

    const error = await failure(open(folder, { stallMs: 100 }));

    expect(String(error)).toBe(
      `StatusError: UNAVAILABLE: Cannot open store "${folder}": "${pipe}" has not answered for 100 ms`,
    );
    await (await openFile(pipe, 'w')).close();
    if (process.platform === 'linux') await expect.poll(() => openFiles(pipe), poll).toBe(0);
  });
});

/** What comes of it while the time passes. */
async function passing(promise: Promise<unknown>): Promise<unknown> {
  let over = false;
  void promise.then(() => (over = true));
  while (!over) {
    vi.advanceTimersByTime(6_000);
    // Others, which do not hang, come to their ends meanwhile.
    for (let n = 0; n < 3; n++) await stat(tmpdir());
  }
  return await promise;
}

async function openFiles(path: string): Promise<number> {
  const links = await readdir('/proc/self/fd');
  const paths = await Promise.all(links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((one) => one === path).length;
}
