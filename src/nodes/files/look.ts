import type { Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { asFileError } from './file-error.ts';
import type { Root } from './root.ts';

const maxEntries = 10_000;

/** What is known of a file without reading it. */
export interface FileInfo {
  readonly name: string;
  readonly type: 'file' | 'folder' | 'link' | 'other';
  /** Bytes. */
  readonly size: number;
  /** RFC 3339. */
  readonly modified: string;
}

/** What is known of a file, a folder, or a link itself. */
export async function statFile(root: Root, path: unknown): Promise<FileInfo & { readonly path: string }> {
  const target = await root.possible(path);
  try {
    return { path: await root.shown(target), ...infoOf(basename(target), await lstat(target)) };
  } catch (error) {
    throw asFileError('look at', String(path), error);
  }
}

/** What is in a folder, by name. RESOURCE_EXHAUSTED when that is more than 10,000. */
export async function listFolder(root: Root, path: unknown): Promise<FileInfo[]> {
  const folder = await root.existing(path);
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      if (names.length === maxEntries)
        throw new StatusError(
          Code.RESOURCE_EXHAUSTED,
          `Cannot list ${JSON.stringify(path)}: more than ${maxEntries} files are there`,
        );
      names.push(name);
    }
    // Those that vanish meanwhile are gone.
    const found = await Promise.all(
      names.sort().map((name) =>
        lstat(join(folder, name)).then(
          (stats) => infoOf(name, stats),
          () => undefined,
        ),
      ),
    );
    return found.filter((info) => info !== undefined);
  } catch (error) {
    throw asFileError('list', String(path), error);
  }
}

function infoOf(name: string, stats: Stats): FileInfo {
  const type = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other';
  return { name, type, size: stats.size, modified: stats.mtime.toISOString() };
}
