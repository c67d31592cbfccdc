import { type FSWatcher, watch } from 'node:fs';

/** The most folders that the system is asked to tell of; the others are looked at now and then. */
const maxWatched = 256;

export interface DirectoryWatchOptions {
  /** How long a folder must be quiet before it is read: whoever writes to it may not be done. */
  settleMs: number;
  /** How often it is read although nothing was told: not every file system tells. */
  pollMs: number;
  /** Reads the folder. Not called again before it resolves; never rejects. */
  read(): Promise<void>;
}

/** Calls back when something in a directory may be another: as the system tells, and now and then anyway. Keeps no process alive. */
export class DirectoryWatch {
  readonly #options: DirectoryWatchOptions;
  readonly #watchers = new Map<string, { identity: string; watcher: FSWatcher }>();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #toldSince = 0;
  #reading = false;
  #restMs = 0;
  #closed = false;

  constructor(options: DirectoryWatchOptions) {
    this.#options = options;
    this.#plan(options.pollMs);
  }

  /** Looks at these folders, and at them alone. A folder that another has taken the place of is looked at anew. */
  follow(folders: ReadonlyMap<string, string>): void {
    if (this.#closed) return;
    for (const [path, { identity, watcher }] of this.#watchers) {
      if (folders.get(path) === identity) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
    for (const [path, identity] of folders) {
      if (this.#watchers.size >= maxWatched) break;
      if (!this.#watchers.has(path)) this.#follow(path, identity);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #follow(path: string, identity: string): void {
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => this.#told(name));
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(path);
      });
      this.#watchers.set(path, { identity, watcher });
    } catch {
      // Gone already, or the system has no more to give: then it is read now and then.
    }
  }

  #told(name: string | null): void {
    // Our own temporary files, not the links that a Kubernetes volume swaps.
    if (name?.startsWith('.') && !name.startsWith('..')) return;
    const now = performance.now();
    // Somebody who never stops writing is not waited for.
    this.#toldSince ||= now;
    const { settleMs } = this.#options;
    const patience = Math.max(0, this.#toldSince + settleMs * 10 - now);
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#plan(Math.min(settleMs, patience));
  }

  #plan(ms: number): void {
    const dueAt = performance.now() + Math.max(ms, this.#restMs);
    if (this.#closed || this.#reading || dueAt >= this.#dueAt) {
      // What is told while reading may not have been read.
      if (this.#reading) this.#dueAt = Math.min(this.#dueAt, dueAt);
      return;
    }
    this.#dueAt = dueAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), dueAt - performance.now()).unref();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    this.#toldSince = 0;
    this.#dueAt = Number.POSITIVE_INFINITY;
    const start = performance.now();
    await this.#options.read();
    this.#restMs = performance.now() - start;
    this.#reading = false;
    const due = this.#dueAt;
    this.#dueAt = Number.POSITIVE_INFINITY;
    // A large directory is not read all the time.
    const pollMs = Math.max(this.#options.pollMs, this.#restMs * 20);
    this.#plan(Math.min(pollMs, Math.max(0, due - performance.now())));
  }
}
