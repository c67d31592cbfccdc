import { detached } from '../core/current.ts';
import { maxTimerMs } from '../core/deadline.ts';
import { checkOptions, checkPositive } from '../core/options.ts';
import { StatusError } from '../core/status-error.ts';
import type { TextProblem } from '../wire/yaml/problem.ts';
import { DirectoryReader } from './directory-reader.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { DirectoryWriter } from './directory-writer.ts';
import { documentOf } from './document.ts';
import { DocumentTable } from './document-table.ts';
import type { FileStore, FileStoreOptions } from './file-store.ts';
import { type FileSystem, fileError, nodeFileSystem } from './file-system.ts';
import { RevisionFile } from './revision-file.ts';
import type {
  Document,
  DocumentInit,
  Filter,
  RevisionOptions,
  Stored,
  StoreEvent,
  StoreList,
  WatchOptions,
} from './store.ts';
import { Turns } from './turns.ts';

/** A directory as a store: what `fileStore` opens. */
export class DirectoryStore<D extends Document> implements FileStore<D> {
  readonly #directory: string;
  readonly #table: DocumentTable;
  readonly #reader: DirectoryReader;
  readonly #writer: DirectoryWriter;
  readonly #watch: DirectoryWatch;
  readonly #listeners = new Set<(problems: readonly TextProblem[]) => void>();
  #told = '[]';
  readonly #revisions: RevisionFile;
  readonly #turns = new Turns();
  readonly #stallMs: number;

  static async open<D extends Document>(directory: string, options: FileStoreOptions): Promise<DirectoryStore<D>> {
    const { create = false, fs = nodeFileSystem } = options;
    const revisions = new RevisionFile(fs, directory);
    const store = new DirectoryStore<D>(directory, options, fs, revisions, await revisions.first());
    try {
      if (create) await fs.mkdir(directory, { recursive: true });
      await store.#open();
      return store;
    } catch (error) {
      store.#watch.close();
      throw fileError('open store', directory, error);
    }
  }

  private constructor(
    directory: string,
    {
      settleMs = 50,
      pollMs = 1_000,
      lockTimeoutMs = 5_000,
      stallMs = 10_000,
      maxFiles = 10_000,
      mode = 0o600,
      ...rest
    }: FileStoreOptions,
    fs: FileSystem,
    revisions: RevisionFile,
    revision: number,
  ) {
    const { maxDocuments = 100_000, maxHistory, maxHistoryBytes } = rest;
    for (const [name, value] of Object.entries({ settleMs, pollMs, lockTimeoutMs, stallMs, maxFiles }))
      checkPositive(name, value);
    this.#directory = directory;
    this.#revisions = revisions;
    this.#stallMs = Math.min(stallMs, maxTimerMs);
    this.#table = new DocumentTable({ maxDocuments, maxHistory, maxHistoryBytes }, revision);
    this.#reader = new DirectoryReader(fs, directory, this.#table, { maxFiles, maxDocuments });
    this.#writer = new DirectoryWriter({ fs, directory, revisions, reader: this.#reader, mode, lockTimeoutMs });
    this.#watch = new DirectoryWatch({ settleMs, pollMs, read: () => this.#follow() });
  }

  get revision(): number {
    return this.#table.revision;
  }

  get problems(): readonly TextProblem[] {
    return this.#reader.problems;
  }

  onProblems(listener: (problems: readonly TextProblem[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async get(id: string): Promise<Stored<D> | undefined> {
    this.#table.checkOpen();
    return this.#table.get(id);
  }

  async list(filter?: Filter): Promise<StoreList<D>> {
    return this.#table.list(filter);
  }

  async put(init: DocumentInit, options: RevisionOptions = {}): Promise<Stored<D>> {
    checkOptions('put', options, ['ifRevision']);
    this.#table.checkOpen();
    const checked = documentOf(init);
    const { document } = checked;
    return await this.#write(document.id, async () => {
      this.#table.checkPut(checked, options.ifRevision);
      const same = this.#table.same<D>(document);
      if (same !== undefined) return same;
      await this.#writer.put(document, this.#table.revision + 1);
      return this.#table.get<D>(document.id)!;
    });
  }

  async delete(id: string, options: RevisionOptions = {}): Promise<boolean> {
    checkOptions('delete', options, ['ifRevision']);
    this.#table.checkOpen();
    return await this.#write(id, async () => {
      const document = this.#table.checkDelete(id, options.ifRevision);
      if (document !== undefined) await this.#writer.delete(document, this.#table.revision + 1);
      return document !== undefined;
    });
  }

  watch(options: WatchOptions = {}): AsyncIterableIterator<StoreEvent<D>> {
    checkOptions('watch', options, ['filter', 'fromRevision', 'signal']);
    return this.#table.watch<D>(options);
  }

  async refresh(): Promise<void> {
    this.#table.checkOpen();
    await detached(() => this.#turns.run(() => this.#read(), this.#stallMs));
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.#table.close();
    await this.#turns.done(this.#stallMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #open(): Promise<void> {
    await this.#writer.cleanUp();
    this.#watch.follow((await this.#reader.read()).folders);
    this.#tell();
  }

  #write<T>(id: string, run: () => Promise<T>): Promise<T> {
    return detached(() =>
      this.#turns.run(async () => {
        this.#table.checkOpen();
        try {
          return await this.#writer.locked(async () => {
            // What somebody else wrote since counts.
            if ((await this.#writer.isStale(id)) || this.#reader.lost) await this.#read();
            return await run();
          });
        } finally {
          this.#tell();
        }
      }, this.#stallMs),
    );
  }

  async #read(): Promise<void> {
    const stalled = setTimeout(() => {
      this.#reader.stalled(this.#stallMs);
      this.#tell();
    }, this.#stallMs).unref();
    try {
      const before = this.#table.revision;
      const { identity } = this.#reader;
      this.#watch.follow((await this.#reader.read()).folders);
      if (this.#reader.identity !== identity) this.#revisions.forget();
      if (this.#table.revision > before) await this.#writer.remember(this.#table.revision);
    } catch (error) {
      this.#reader.unreadable(error);
      throw error instanceof StatusError ? error : fileError('read store', this.#directory, error);
    } finally {
      clearTimeout(stalled);
      this.#tell();
    }
  }

  async #follow(): Promise<void> {
    // Why is in `problems`.
    if (!this.#table.closed) await this.#turns.run(() => this.#read()).catch(() => {});
  }

  #tell(): void {
    const { problems } = this.#reader;
    const now = JSON.stringify(problems);
    if (now === this.#told) return;
    this.#told = now;
    for (const listener of this.#listeners) {
      try {
        listener(problems);
      } catch (error) {
        // What was written stays written.
        process.emitWarning(`A listener of onProblems() threw: ${error instanceof Error ? error.message : error}`, {
          type: 'FlowrpcWarning',
          code: 'FLOWRPC_LISTENER',
        });
      }
    }
  }
}
