import { extname, join } from 'node:path';
import { errnoOf, type FileSystem } from './file-system.ts';
import { inBatches } from './in-batches.ts';

const extensions: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);
const maxDepth = 8;

/** A file as the directory shows it. */
export interface FoundFile {
  /** From the directory, with `/`. */
  readonly name: string;
  /** Changes whenever the file is another one, or has another text. */
  readonly signature: string;
  readonly modifiedMs: number;
  readonly bytes: number;
}

/** What a directory holds: its files by name, and the folders among them to watch. */
export interface Scan {
  readonly files: readonly FoundFile[];
  /** Paths, with what tells one folder from another in its place. */
  readonly folders: ReadonlyMap<string, string>;
}

/**
 * Lists the YAML and JSON files of a directory and its folders; links are followed, once each. Names that begin with a dot are none of
 * them: temporary files, and the versions that a Kubernetes volume keeps. Rejects when a folder cannot be read.
 */
export async function scanDirectory(fs: FileSystem, directory: string, maxFiles: number): Promise<Scan> {
  const files: FoundFile[] = [];
  const folders = new Map<string, string>();
  const visited = new Set<string>();

  const visit = async (folder: string, prefix: string, depth: number): Promise<void> => {
    const { dev, ino } = await fs.stat(folder);
    const identity = `${dev}:${ino}`;
    if (visited.has(identity)) return;
    visited.add(identity);
    folders.set(folder, identity);
    const entries = (await fs.readdir(folder)).filter((entry) => !entry.startsWith('.'));
    const found = await inBatches(entries, 64, (entry) => fs.stat(join(folder, entry)).catch(ifGone));
    for (const [index, stats] of found.entries()) {
      const entry = entries[index]!;
      const path = join(folder, entry);
      if (stats?.isDirectory() && depth < maxDepth) await visit(path, `${prefix}${entry}/`, depth + 1);
      if (!stats?.isFile() || !extensions.has(extname(entry))) continue;
      if (files.length >= maxFiles) throw new Error(`it has more than ${maxFiles} files`);
      const { ino, size, mtimeMs, ctimeMs } = stats;
      const signature = `${stats.dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
      files.push({ name: prefix + entry, signature, modifiedMs: Math.max(mtimeMs, ctimeMs), bytes: size });
    }
  };

  await visit(directory, '', 0);
  return { files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), folders };
}

/** Removed since it was listed, or a link to nothing. */
function ifGone(error: unknown): undefined {
  if (errnoOf(error) === 'ENOENT') return undefined;
  throw error;
}
