import { join } from 'node:path';
import { timeOrderedId } from '../core/time-ordered-id.ts';
import { type FileSystem, readWhole } from './file-system.ts';

const name = '.flowrpc-writer';
/** Behind the token of a store that removed the last file. */
const emptied = ' emptied';

/** Says in a file which store wrote to a directory last, so that one that wrote last itself need not look for what others made. */
export class WriterMark {
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #token = timeOrderedId();

  constructor(fs: FileSystem, directory: string) {
    this.#fs = fs;
    this.#path = join(directory, name);
  }

  /** Whether this store wrote last. Only with the lock. */
  async isOwn(): Promise<boolean> {
    try {
      return (await readWhole(this.#fs, this.#path)).toString() === this.#token;
    } catch {
      return false;
    }
  }

  /** This store is about to write, or to remove the last file there is. A mark that was cut is nobody's, so it need not be written at once, nor last. */
  async leave({ empty = false } = {}): Promise<void> {
    const file = await this.#fs.open(this.#path, 'w', 0o600);
    try {
      await file.writeFile(empty ? this.#token + emptied : this.#token);
    } finally {
      await file.close();
    }
  }
}

/** When a store removed the last file of a directory, by the clock of its file system; `-Infinity` when none did, or one wrote since. */
export async function wasEmptiedAt(fs: FileSystem, directory: string): Promise<number> {
  const path = join(directory, name);
  try {
    const says = (await readWhole(fs, path)).toString();
    return says.endsWith(emptied) ? (await fs.stat(path)).mtimeMs : Number.NEGATIVE_INFINITY;
  } catch {
    return Number.NEGATIVE_INFINITY;
  }
}
