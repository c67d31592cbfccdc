import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

/** Editors write a file in several steps. */
const settleMs = 100;

/** Calls `changed` after one of the files was written or replaced, one call at a time, until it is closed. */
export class FileWatch implements AsyncDisposable {
  readonly #watchers: FSWatcher[] = [];
  readonly #changed: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(changed: () => Promise<void>) {
    this.#changed = changed;
  }

  /** Folders are watched, and not files, which editors replace. Stdin is not watched. */
  static async open(paths: readonly string[], changed: () => Promise<void>): Promise<FileWatch> {
    const watched = new FileWatch(changed);
    const byFolder = new Map<string, Set<string>>();
    for (const path of paths) {
      if (path === '-') continue;
      const folder = dirname(resolve(path));
      byFolder.set(folder, (byFolder.get(folder) ?? new Set()).add(basename(path)));
    }
    for (const [folder, names] of byFolder) {
      await stat(folder);
      const watcher = watch(folder, (_, name) => {
        // `..data` is what Kubernetes swaps when a mounted file changes.
        if (name === null || names.has(name) || name.startsWith('..')) watched.#soon();
      });
      watcher.on('error', () => watcher.close());
      watched.#watchers.push(watcher);
    }
    return watched;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
    await this.#turn;
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#turn = this.#turn.then(() => (this.#closed ? undefined : this.#changed()));
    }, settleMs);
  }
}
