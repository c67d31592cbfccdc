import { hostname } from 'node:os';
import { join } from 'node:path';
import { Code } from '../core/code.ts';
import { timeOrderedId } from '../core/time-ordered-id.ts';
import { errnoOf, type FileSystem, pause } from './file-system.ts';
import { refusal } from './store-error.ts';

const name = '.flowrpc-lock';
/** A writer holds the lock for milliseconds; one that was killed holds it for ever. */
const abandonedMs = 10_000;
/** One that was killed before it wrote its name into it. */
const namelessMs = 1_000;

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/** Those that this process holds now. */
const held = new Set<string>();
/** Those that it could not remove, by token, and claims by path. */
const left = new Set<string>();

/**
 * Runs something while no other writer of the directory does, in this process or another one. The lock of a process that is gone is
 * taken over. UNAVAILABLE when somebody else holds it for too long.
 */
export async function withLock<T>(
  fs: FileSystem,
  directory: string,
  timeoutMs: number,
  run: () => Promise<T>,
): Promise<T> {
  const path = join(directory, name);
  const owner: Owner = { pid: process.pid, host: hostname(), token: timeOrderedId() };
  held.add(owner.token);
  try {
    await acquire(fs, path, owner, performance.now() + timeoutMs);
    const since = Date.now();
    try {
      return await run();
    } finally {
      // Whoever had it for so long, stopped or asleep, may have lost it.
      const sure = Math.abs(Date.now() - since) < abandonedMs / 2;
      await (sure ? fs.unlink(path) : remove(fs, path, owner.token)).catch(() => left.add(owner.token));
    }
  } finally {
    held.delete(owner.token);
  }
}

async function acquire(fs: FileSystem, path: string, owner: Owner, end: number): Promise<void> {
  while (!(await create(fs, path, owner))) {
    const found = await look(fs, path);
    if (found === undefined) continue;
    if (found.abandoned && (await remove(fs, path, found.key))) {
      left.delete(found.key);
    } else if (performance.now() > end) {
      const { pid, host } = found.owner ?? { pid: 'unknown', host: 'unknown' };
      throw refusal(Code.UNAVAILABLE, 'LOCKED', `Cannot write: process ${pid} on ${host} holds "${path}"`);
    } else {
      await pause(2 + Math.random() * 8);
    }
  }
}

async function create(fs: FileSystem, path: string, owner: Owner): Promise<boolean> {
  let file: Awaited<ReturnType<FileSystem['open']>>;
  try {
    file = await fs.open(path, 'wx', 0o600);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(JSON.stringify(owner));
  } catch (error) {
    await fs.unlink(path).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  return true;
}

/**
 * Removes the lock that has this key, and never the one that another took since: only who made the claim file of a key may remove its
 * lock, and looks once more before. False when somebody else is at it, or was.
 */
async function remove(fs: FileSystem, path: string, key: string): Promise<boolean> {
  const claim = `${path}.${key}.flowrpc-tmp`;
  if (!(await makeClaim(fs, claim))) return false;
  try {
    if ((await look(fs, path))?.key !== key) return false;
    await fs.unlink(path);
    return true;
  } finally {
    await dropClaim(fs, claim);
  }
}

async function makeClaim(fs: FileSystem, claim: string): Promise<boolean> {
  try {
    await (await fs.open(claim, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  // Killed right there: whoever comes next may claim it again.
  const age = await fs.stat(claim).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age > abandonedMs || left.has(claim)) await dropClaim(fs, claim);
  return false;
}

async function dropClaim(fs: FileSystem, claim: string): Promise<void> {
  try {
    await fs.unlink(claim);
    left.delete(claim);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') left.add(claim);
  }
}

/** A lock as it was found; `key` tells it from every other one. */
interface Found {
  readonly key: string;
  readonly owner?: Owner;
  readonly abandoned: boolean;
}

async function look(fs: FileSystem, path: string): Promise<Found | undefined> {
  try {
    const { mtimeMs, ino } = await fs.stat(path);
    const ageMs = Date.now() - mtimeMs;
    const owner = await read(fs, path);
    if (owner === undefined) return { key: `${ino}-${mtimeMs}`, abandoned: ageMs > namelessMs };
    return { key: owner.token, owner, abandoned: ageMs > abandonedMs ? !held.has(owner.token) : isGone(owner) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function read(fs: FileSystem, path: string): Promise<Owner | undefined> {
  const file = await fs.open(path, 'r');
  try {
    const owner = JSON.parse(await file.readFile('utf8')) as Partial<Owner> | null;
    return typeof owner?.token === 'string' && /^[\w-]{1,64}$/.test(owner.token) ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

function isGone({ pid, host, token }: Owner): boolean {
  if (left.has(token)) return true;
  // Its own number may stand for another thread, or for the process that had it before in this container: age decides.
  if (host !== hostname() || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
}
