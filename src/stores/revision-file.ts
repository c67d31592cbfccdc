import { join } from 'node:path';
import { atomicWrite } from './atomic-write.ts';
import { type FileSystem, readWhole } from './file-system.ts';

const name = '.flowrpc-revision';
/** Revisions that are taken at once, so that few changes write the file. */
const block = 1_000;

/**
 * What keeps the revisions of a directory from going backwards: they begin at the clock (epoch milliseconds) each time it is opened, and
 * at what this file says when the clock was set back since.
 */
export class RevisionFile {
  readonly #fs: FileSystem;
  readonly #path: string;
  #reserved = 0;

  constructor(fs: FileSystem, directory: string) {
    this.#fs = fs;
    this.#path = join(directory, name);
  }

  /** The revision to begin with. */
  async first(): Promise<number> {
    return Math.max(Date.now(), await this.#read());
  }

  /** Makes sure that no later opening begins below `revision`. */
  async reserve(revision: number): Promise<void> {
    if (revision <= this.#reserved) return;
    // Another process may write to the directory, too.
    const reserved = Math.max(revision + block, await this.#read());
    await atomicWrite(this.#fs, this.#path, `${reserved}\n`, 0o600);
    this.#reserved = reserved;
  }

  /** What was reserved is gone: the directory is another one now. */
  forget(): void {
    this.#reserved = 0;
  }

  async #read(): Promise<number> {
    try {
      const revision = Number((await readWhole(this.#fs, this.#path)).toString());
      return Number.isSafeInteger(revision) && revision > 0 ? revision : 0;
    } catch {
      // Not there, or not for us to read: then the clock alone decides.
      return 0;
    }
  }
}
