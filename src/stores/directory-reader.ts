import { join } from 'node:path';
import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { type TextProblem, textProblem } from '../wire/yaml/problem.ts';
import { type CheckedDocument, maxDocumentBytes } from './document.ts';
import { type DocumentFile, readDocumentFile } from './document-file.ts';
import type { DocumentTable } from './document-table.ts';
import { type FileSystem, readWhole } from './file-system.ts';
import { inBatches } from './in-batches.ts';
import { applyTo, mergeFiles } from './merge-files.ts';
import { type FoundFile, type Scan, scanDirectory } from './scan-directory.ts';
import { refusal } from './store-error.ts';
import { wasEmptiedAt } from './writer-mark.ts';

/** Clocks of file systems are coarse: a file changed so lately may change once more and look the same. */
const freshMs = 1_000;

/** A file as it was read last. */
interface ReadFile {
  signature: string;
  /** What the documents were read from; the last good one when the file is broken now. */
  content: Buffer;
  documents: readonly CheckedDocument[];
  problems: readonly TextProblem[];
}

const nothing: DocumentFile = { documents: [], problems: [] };
const unread = { content: Buffer.alloc(0), documents: [] };

/** Keeps a table as the files of a directory say. A file that is broken counts as what it said last. */
export class DirectoryReader {
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #table: DocumentTable;
  readonly #limits: { maxFiles: number; maxDocuments: number };
  readonly #files = new Map<string, ReadFile>();
  #owners = new Map<string, string>();
  /** Documents that are left out for the sake of another. */
  #conflicts: readonly TextProblem[] = [];
  #problems: readonly TextProblem[] = [];
  /** Why the directory cannot be read now. */
  #lost: TextProblem | undefined;
  /** What tells the directory from another one in its place. */
  #identity: string | undefined;
  /** When the file that changed last did. */
  #changedMs = 0;

  constructor(
    fs: FileSystem,
    directory: string,
    table: DocumentTable,
    limits: { maxFiles: number; maxDocuments: number },
  ) {
    this.#fs = fs;
    this.#directory = directory;
    this.#table = table;
    this.#limits = limits;
  }

  get problems(): readonly TextProblem[] {
    return this.#lost === undefined ? this.#problems : [this.#lost, ...this.#problems];
  }

  /** Another one, when the directory is. */
  get identity(): string | undefined {
    return this.#identity;
  }

  /** Whether what the table holds is older than what the directory may say. */
  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** Whether this is the only file. */
  isOnly(name: string): boolean {
    return this.#files.size === 1 && this.#files.has(name);
  }

  /** Name of the file that a document is in. */
  ownerOf(id: string): string | undefined {
    return this.#owners.get(id);
  }

  file(name: string): Readonly<ReadFile> | undefined {
    return this.#files.get(name);
  }

  /** Reads what changed since the last time. Rejects when the directory cannot be read; then everything stays. */
  async read(): Promise<Scan> {
    const scan = await scanDirectory(this.#fs, this.#directory, this.#limits.maxFiles);
    await this.#checkKept(scan);
    const names = new Set(scan.files.map(({ name }) => name));
    let changed = false;
    for (const name of [...this.#files.keys()]) if (!names.has(name)) changed = this.#files.delete(name) || changed;
    const touched = scan.files.filter(({ name, signature }) => this.#files.get(name)?.signature !== signature);
    const read = await inBatches(touched, 16, (found) => this.#readFile(found));
    if (changed || read.includes(true)) this.#merge();
    this.#lost = undefined;
    return scan;
  }

  /** Says that the directory cannot be read: what it said last stays. */
  unreadable(error: unknown): void {
    this.#tellLost(error);
    // All of it is looked at again once it is back.
    for (const file of this.#files.values()) file.signature = '';
  }

  /** Says that reading takes long: it goes on, and what it finds then counts. */
  stalled(ms: number): void {
    this.#tellLost(`it has not answered for ${ms} ms`);
  }

  #tellLost(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#lost = textProblem(
      error instanceof StatusError
        ? error.statusMessage
        : `Cannot read store directory "${this.#directory}": ${reason}`,
    );
  }

  /** Takes over that the store itself put or removed one document by writing a file, or by removing it (`undefined`). */
  wrote(name: string, text: string | undefined, id: string): void {
    const content = Buffer.from(text ?? '');
    const path = join(this.#directory, name);
    const { documents, problems } = text === undefined ? nothing : readDocumentFile(content, name, path);
    if (text === undefined) this.#files.delete(name);
    // Without a signature it is looked at once more: somebody else may have written since.
    else this.#files.set(name, { signature: '', content, documents, problems });
    const checked = documents.find(({ document }) => document.id === id);
    if (this.#conflicts.length > 0) return this.#merge();
    if (checked === undefined) {
      this.#owners.delete(id);
      this.#table.delete(id);
    } else {
      this.#owners.set(id, name);
      this.#table.put(checked);
    }
  }

  /**
   * Nobody removes all files at once, or the last one together with its directory, as often as a volume is not mounted: an empty directory
   * is no wish to have nothing, unless a store says that it removed the last one.
   */
  async #checkKept({ files, folders }: Scan): Promise<void> {
    const identity = folders.get(this.#directory);
    const had = this.#files.size;
    const meant = files.length > 0 || had === 0 || (had === 1 && identity === this.#identity);
    if (meant || (await wasEmptiedAt(this.#fs, this.#directory)) >= this.#changedMs) {
      this.#identity = identity;
      for (const { modifiedMs } of files) this.#changedMs = Math.max(this.#changedMs, modifiedMs);
      return;
    }
    throw refusal(
      Code.FAILED_PRECONDITION,
      'DIRECTORY_EMPTIED',
      `Cannot take store directory "${this.#directory}" for empty: it had ${had} ${had === 1 ? 'file' : 'files'}, and what they said stays; bring them back, or put a file with a comment alone there to have none`,
    );
  }

  async #readFile(found: FoundFile): Promise<boolean> {
    const { name } = found;
    const path = join(this.#directory, name);
    const known = this.#files.get(name);
    const signature = Date.now() - found.modifiedMs > freshMs ? found.signature : '';
    const result = await this.#load(found, path);
    if (Buffer.isBuffer(result)) {
      if (known?.problems.length === 0 && known.content.equals(result)) {
        known.signature = signature;
        return false;
      }
      const { documents, problems } = readDocumentFile(result, name, path);
      if (problems.length === 0) this.#files.set(name, { signature, content: result, documents, problems });
      else this.#files.set(name, { ...(known ?? unread), signature, problems });
    } else {
      this.#files.set(name, { ...(known ?? unread), signature: '', problems: [textProblem(result)] });
    }
    return true;
  }

  /** The bytes of a file, or what is wrong with it. */
  async #load({ bytes }: FoundFile, path: string): Promise<Buffer | string> {
    const tooLarge = `Cannot read "${path}": it has more than ${maxDocumentBytes} bytes`;
    if (bytes > maxDocumentBytes) return tooLarge;
    try {
      const content = await readWhole(this.#fs, path);
      return content.byteLength > maxDocumentBytes ? tooLarge : content;
    } catch (error) {
      return `Cannot read "${path}": ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  #merge(): void {
    const files = [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1));
    const merged = mergeFiles(
      files.map(([name, { documents }]) => [name, documents] as const),
      this.#directory,
      this.#limits.maxDocuments,
    );
    this.#owners = merged.owners;
    this.#conflicts = merged.problems;
    this.#problems = [...files.flatMap(([, { problems }]) => problems), ...merged.problems];
    applyTo(this.#table, merged.documents);
  }
}
