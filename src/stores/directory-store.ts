import { detached } from '../core/current.ts';
import { maxTimerMs } from '../core/deadline.ts';
import { checkOptions, checkPositive } from '../core/options.ts';
import { StatusError } from '../core/status-error.ts';
import type { TextProblem } from '../wire/yaml/problem.ts';
import { AnsweringFiles } from './answering-files.ts';
import { DirectoryReader } from './directory-reader.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { DirectoryWriter } from './directory-writer.ts';
import { documentOf } from './document.ts';
import { DocumentTable } from './document-table.ts';
import type { FileStore, FileStoreOptions } from './file-store.ts';
import { fileError, nodeFileSystem } from './file-system.ts';
import { guardOpening } from './guard-opening.ts';
import { ProblemListeners } from './problem-listeners.ts';
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

const defaultStallMs = 10_000;

/** A directory as a store: what `fileStore` opens. */
export class DirectoryStore<D extends Document> implements FileStore<D> {
  readonly #directory: string;
  readonly #table: DocumentTable;
  readonly #reader: DirectoryReader;
  readonly #writer: DirectoryWriter;
  readonly #watch: DirectoryWatch;
  readonly #listeners = new ProblemListeners();
  readonly #files: AnsweringFiles;
  readonly #revisions: RevisionFile;
  readonly #turns = new Turns();
  readonly #stallMs: number;

  static async open<D extends Document>(directory: string, options: FileStoreOptions): Promise<DirectoryStore<D>> {
    const { create = false, fs = nodeFileSystem, stallMs = defaultStallMs, signal } = options;
    checkPositive('stallMs', stallMs);
    const files = new AnsweringFiles(fs);
    const unguarded = guardOpening(files, { directory, stallMs, signal });
    try {
      const revisions = new RevisionFile(files.fs, directory);
      const store = new DirectoryStore<D>(directory, options, files, revisions, await revisions.first());
      await store.#open(create);
      return store;
    } finally {
      unguarded();
    }
  }

  private constructor(
    directory: string,
    {
      settleMs = 50,
      pollMs = 1_000,
      lockTimeoutMs = 5_000,
      stallMs = defaultStallMs,
      maxFiles = 10_000,
      mode = 0o600,
      ...rest
    }: FileStoreOptions,
    files: AnsweringFiles,
    revisions: RevisionFile,
    revision: number,
  ) {
    const { maxDocuments = 100_000, maxHistory, maxHistoryBytes } = rest;
    for (const [name, value] of Object.entries({ settleMs, pollMs, lockTimeoutMs, maxFiles }))
      checkPositive(name, value);
    const { fs } = files;
    this.#directory = directory;
    this.#files = files;
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
    return this.#listeners.add(listener);
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

  async #open(create: boolean): Promise<void> {
    try {
      await this.#turns.run(async () => {
        if (create) await this.#files.fs.mkdir(this.#directory, { recursive: true });
        await this.#writer.cleanUp();
        this.#watch.follow((await this.#reader.read()).folders);
      });
      // A single file that hangs is a file with a problem.
      this.#files.check();
    } catch (error) {
      this.#watch.close();
      this.#table.close();
      this.#files.check();
      throw fileError('open store', this.#directory, error);
    }
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
    const heard = this.#files.onSilence(this.#stallMs, () => {
      this.#reader.stalled(this.#stallMs);
      this.#tell();
    });
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
      heard();
      this.#tell();
    }
  }

  async #follow(): Promise<void> {
    const read = async (): Promise<void> => (this.#table.closed ? undefined : await this.#read());
    // Why is in `problems`.
    await this.#turns.run(read).catch(() => {});
  }

  #tell(): void {
    this.#listeners.tell(this.#reader.problems);
  }
}
