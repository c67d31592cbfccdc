import { basename, dirname, join } from 'node:path';
import type { FileSystem } from './file-system.ts';

const suffix = '.flowrpc-tmp';
let written = 0;

/** Whether a file is one that a write left behind when its process was killed. */
export function isTemporary(name: string): boolean {
  return name.startsWith('.') && name.endsWith(suffix);
}

/**
 * Writes a file so that whoever reads it sees the old text or the new, and a crash at any point leaves one of them. Before the rename
 * nothing has happened; when it resolves, the new text is on the disk.
 */
export async function atomicWrite(
  fs: FileSystem,
  path: string,
  text: string | Uint8Array | AsyncIterable<Uint8Array>,
  mode: number,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${++written}${suffix}`);
  const file = await fs.open(temporary, 'wx', mode);
  try {
    try {
      if (typeof text === 'string' || text instanceof Uint8Array) await file.writeFile(text);
      else for await (const chunk of text) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(fs, folder);
}

/** Makes a rename or removal last. */
export async function syncFolder(fs: FileSystem, folder: string): Promise<void> {
  // Windows has no such thing as an open directory.
  if (process.platform === 'win32') return;
  const directory = await fs.open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
