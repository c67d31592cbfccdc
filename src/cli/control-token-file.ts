import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where `serve` leaves the control token of an address for commands of the same user to find. */
export function controlTokenPath(address: string): string {
  const runtimeDir = process.env.XDG_RUNTIME_DIR;
  const dir = runtimeDir ? join(runtimeDir, 'flowrpc') : join(tmpdir(), `flowrpc-${userInfo().username}`);
  return join(dir, `${nameOf(address)}.token`);
}

/** Ports and sockets are all that addresses of one machine differ in, as far as commands are told. */
function nameOf(address: string): string {
  if (!address.startsWith('unix:')) return /\d+$/.exec(address)?.[0] ?? 'unknown';
  const path = resolve(address.slice('unix:'.length).replace(/^\/\/(?=\/)/, ''));
  return `unix-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
}

/** Writes a token that only this user can read, in place of an older one. Makes the folder it is in when there is none. */
export async function writeControlToken(path: string, token: string): Promise<void> {
  const dir = dirname(path);
  await makeFolder(dir);
  await checkFolder(dir);
  const fresh = join(dir, `.${randomUUID()}`);
  const file = await open(fresh, 'wx', 0o600);
  try {
    await file.writeFile(`${token}\n`);
    await file.close();
    await rename(fresh, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(fresh, { force: true });
    throw error;
  }
}

/** Takes a token away again, unless another server has left its own there. */
export async function removeControlToken(path: string, token: string): Promise<void> {
  try {
    if ((await readControlToken(path)) === token) await rm(path);
  } catch {}
}

/** The token in a file that somebody named. An Error when there is none, or when others can read or change it. */
export async function readControlToken(path: string): Promise<string> {
  return await readToken(path, constants.O_RDONLY | constants.O_NONBLOCK, (uid) => isOwn(uid) || uid === 0);
}

/**
 * The token that `serve` left for an address. The path can be foreseen, so that folder and file must be this user's own, and no link: else
 * somebody could have another secret sent in its place.
 */
export async function findControlToken(address: string): Promise<string> {
  const path = controlTokenPath(address);
  await checkFolder(dirname(path), 'read the control token from').catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  return await readToken(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW, isOwn);
}

async function readToken(path: string, flags: number, mayOwn: (uid: number) => boolean): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path, flags);
  } catch (error) {
    throw new Error(`Cannot read the control token: "${path}" ${reasons[codeOf(error)] ?? codeOf(error)}`, {
      cause: error,
    });
  }
  try {
    const found = await file.stat();
    if (!found.isFile() || !mayOwn(found.uid) || (found.mode & 0o077) !== 0)
      throw new Error(`Cannot use the control token in "${path}": others can read or change it, wanted mode 0600`);
    if (found.size > 2_048) throw new Error(`Cannot use the control token in "${path}": it is too long`);
    return (await file.readFile('utf8')).trim();
  } finally {
    await file.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'cannot be read',
  ELOOP: 'is a link',
};

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** One folder and not those above it: whoever made those decides who may write there. */
async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return;
    throw new Error(`Cannot write the control token to "${dir}": the folder cannot be made (${code})`, {
      cause: error,
    });
  }
}

/** Somebody else's folder, or one that others write to, could have been made to catch the token. */
async function checkFolder(dir: string, action = 'write the control token to'): Promise<void> {
  const found = await lstat(dir);
  if (found.isDirectory() && isOwn(found.uid) && (found.mode & 0o022) === 0) return;
  throw new Error(`Cannot ${action} "${dir}": wanted a folder that only this user can write to`);
}

function isOwn(uid: number): boolean {
  const own = process.getuid?.();
  return own === undefined || uid === own;
}
