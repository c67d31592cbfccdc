import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

/** Files that this process has open. */
const open = new Map<string, { users: number; readonly taken: Promise<string> }>();

/** One process's word that it uses a file. */
export interface Claim {
  release(): Promise<void>;
}

/**
 * Claims a database file for this process. The engine locks a file by making a folder beside it, which outlives whoever is killed in a transaction: the
 * claim of a process that is gone is taken over, and its lock removed. FAILED_PRECONDITION when another process has the file.
 */
export async function claim(path: string): Promise<Claim> {
  const claimed = open.get(path) ?? { users: 0, taken: take(path) };
  open.set(path, claimed);
  claimed.users += 1;
  const leave = (): boolean => {
    claimed.users -= 1;
    if (claimed.users === 0) open.delete(path);
    return claimed.users === 0;
  };
  let mark: string;
  try {
    mark = await claimed.taken;
  } catch (error) {
    leave();
    throw error;
  }
  let released = false;
  return {
    async release() {
      if (released) return;
      released = true;
      if (!leave()) return;
      await rm(join(folderOf(path), mark), { force: true });
      // Where another one has announced itself by now it stays.
      await rmdir(folderOf(path)).catch(() => {});
    },
  };
}

/** Removes the lock that a thread of this process left when it was ended. */
export async function unlock(path: string): Promise<void> {
  await rmdir(`${path}.lock`).catch(() => {});
}

const maxLooks = 10;

/**
 * Announces this process by a mark of its own, and looks for others afterwards: of two that do so at the same time the later one sees the other's. Nobody
 * removes the mark of one who lives. Gives the mark.
 */
async function take(path: string): Promise<string> {
  const folder = folderOf(path);
  let mark: string | undefined;
  try {
    for (let look = 1; ; look += 1) {
      const own = (mark ??= await announce(folder));
      const others = (await readdir(folder)).filter((name) => name !== own);
      const living = others.filter(isAlive);
      if (living.length === 0) {
        // Before the marks: whoever comes after a crash in between does it again.
        if (others.length > 0) await unlock(path);
        for (const name of others) await rm(join(folder, name), { force: true });
        return own;
      }
      if (look === maxLooks) throw taken(path, living);
      // Of those who only announced themselves, the first stays.
      if (living.some((name) => name < own)) {
        await rm(join(folder, own), { force: true });
        mark = undefined;
      }
      await pause(10 + Math.random() * 40);
    }
  } catch (thrown) {
    if (mark !== undefined) await rm(join(folder, mark), { force: true });
    throw thrown instanceof StatusError ? thrown : unclaimed(path, thrown as NodeJS.ErrnoException);
  }
}

/** Says by its name whose it is, so that it is whole as soon as it is there. */
async function announce(folder: string): Promise<string> {
  const mark = `${Math.random().toString(36).slice(2)}@${process.pid}@${encodeURIComponent(hostname())}`;
  for (let attempt = 1; ; attempt += 1) {
    // Not its parents: a folder that is missing is a mistake in the path.
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    try {
      await writeFile(join(folder, mark), '', { flag: 'wx', mode: 0o600 });
      return mark;
    } catch (error) {
      // Whoever was the last to leave has taken the folder with it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt > 100) throw error;
    }
  }
}

function isAlive(mark: string): boolean {
  const [, number = '', host = ''] = mark.split('@');
  const pid = Number(number);
  // It is not open here, so that one was another process of the same number.
  if (!Number.isInteger(pid) || pid <= 0 || (host === encodeURIComponent(hostname()) && pid === process.pid))
    return false;
  if (host !== encodeURIComponent(hostname())) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function folderOf(path: string): string {
  return `${path}.owner`;
}

function taken(path: string, marks: readonly string[]): StatusError {
  return new StatusError(
    Code.FAILED_PRECONDITION,
    `Cannot open SQLite database "${basename(path)}": another process has it`,
    { cause: new Error(`"${folderOf(path)}" has ${marks.join(', ')}: a random name, process and host`) },
  );
}

function unclaimed(path: string, cause: NodeJS.ErrnoException): StatusError {
  return new StatusError(
    Code.FAILED_PRECONDITION,
    `Cannot open SQLite database "${basename(path)}": its folder cannot be used (${cause.code ?? 'unknown'})`,
    { cause },
  );
}
