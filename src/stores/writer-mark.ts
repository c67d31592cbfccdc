import { join } from 'node:path';
import { timeOrderedId } from '../core/time-ordered-id.ts';
import { type FileSystem, readWhole } from './file-system.ts';

const name = '.flowrpc-writer';

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

  /** This store is about to write. A mark that was cut is nobody's, so it need not be written at once, nor last. */
  async leave(): Promise<void> {
    const file = await this.#fs.open(this.#path, 'w', 0o600);
    try {
      await file.writeFile(this.#token);
    } finally {
      await file.close();
    }
  }
}
