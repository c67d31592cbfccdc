import { dirname, join } from 'node:path';
import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { atomicWrite, isTemporary, syncFolder } from './atomic-write.ts';
import { withLock } from './directory-lock.ts';
import type { DirectoryReader } from './directory-reader.ts';
import { editFile, says } from './edit-file.ts';
import { errnoOf, type FileSystem, fileError, readWhole, withRetries } from './file-system.ts';
import { printDocuments } from './print-documents.ts';
import type { RevisionFile } from './revision-file.ts';
import type { Document } from './store.ts';
import { labelOf, refusal } from './store-error.ts';
import { WriterMark } from './writer-mark.ts';

export interface DirectoryWriterOptions {
  readonly fs: FileSystem;
  readonly directory: string;
  readonly revisions: RevisionFile;
  readonly reader: DirectoryReader;
  readonly mode: number;
  readonly lockTimeoutMs: number;
}

/** Writes one document of a directory at a time, and tells the reader. */
export class DirectoryWriter {
  readonly #options: DirectoryWriterOptions;
  readonly #mark: WriterMark;
  #isLast = false;

  constructor(options: DirectoryWriterOptions) {
    this.#options = options;
    this.#mark = new WriterMark(options.fs, options.directory);
  }

  /** Runs something while no other process writes. */
  async locked<T>(run: () => Promise<T>): Promise<T> {
    const { fs, directory, lockTimeoutMs } = this.#options;
    try {
      return await withLock(fs, directory, lockTimeoutMs, run);
    } catch (error) {
      if (error instanceof StatusError || errnoOf(error) === undefined) throw error;
      throw fileError('write to store', directory, error);
    }
  }

  /** Whether another store wrote since this one did, or the file that a document is in has changed since it was read. */
  async isStale(id: string): Promise<boolean> {
    this.#isLast = await this.#mark.isOwn();
    return !this.#isLast || (await this.#isChanged(id));
  }

  async #isChanged(id: string): Promise<boolean> {
    const { fs, directory, reader } = this.#options;
    const name = reader.ownerOf(id.toLowerCase());
    if (name === undefined) return false;
    try {
      return !(await readWhole(fs, join(directory, name))).equals(reader.file(name)!.content);
    } catch {
      return true;
    }
  }

  /** Makes or replaces a document in its file, or makes a file for it. */
  async put(document: Document, revision: number): Promise<void> {
    const { reader } = this.#options;
    const owner = reader.ownerOf(document.id);
    const name = owner ?? (await this.#newName(document));
    const text = owner === undefined ? newText(document, name) : this.#edited(owner, document.id, document);
    await this.#write(name, text, document.id, revision);
  }

  /** Removes a document from its file, or the file when nothing else is in it. */
  async delete({ id }: Document, revision: number): Promise<void> {
    const { reader } = this.#options;
    const name = reader.ownerOf(id)!;
    const last = reader.file(name)!.documents.length === 1;
    await this.#write(name, last ? undefined : this.#edited(name, id, undefined), id, revision);
  }

  /** Takes over what changed by itself: revisions that ran ahead of the clock are written down. Without the right to write, never mind. */
  async remember(revision: number): Promise<void> {
    if (revision >= Date.now()) await this.#options.revisions.reserve(revision).catch(() => {});
  }

  /** Removes what writers left behind that were killed. */
  async cleanUp(): Promise<void> {
    const { fs, directory } = this.#options;
    const left = (await fs.readdir(directory, { recursive: true })).filter((path) =>
      isTemporary(path.split('/').at(-1)!),
    );
    if (left.length === 0) return;
    // Who has the lock is the only one who writes, so none of them is in use. Without the right to write, they stay.
    await this.locked(async () => {
      for (const path of left) await fs.unlink(join(directory, path)).catch(() => {});
    }).catch(() => {});
  }

  #edited(name: string, id: string, next: Document | undefined): string {
    const { content, documents, problems } = this.#options.reader.file(name)!;
    if (problems.length > 0) {
      const message = `Cannot write "${name}": it is broken now, and would be overwritten: ${problems[0]!.message}`;
      throw refusal(Code.FAILED_PRECONDITION, 'FILE_BROKEN', message);
    }
    const edited = editFile({ name, text: content.toString('utf8').replace(/^\uFEFF/, ''), documents }, id, next);
    if (edited !== undefined) return edited;
    throw refusal(Code.RESOURCE_EXHAUSTED, 'FILE_TOO_LARGE', `Cannot write "${name}": it would be more than is read`);
  }

  async #write(name: string, text: string | undefined, id: string, revision: number): Promise<void> {
    const { fs, directory, revisions, reader, mode } = this.#options;
    const path = join(directory, name);
    try {
      await withRetries(() => revisions.reserve(revision));
      const empty = text === undefined && reader.isOnly(name);
      if (empty || !this.#isLast) await withRetries(() => this.#mark.leave({ empty }));
      await withRetries(async () => {
        const target = await realPath(fs, path);
        if (text === undefined) return await this.#unlink(target);
        const kept = await fs.stat(target).then(
          (stats) => stats.mode & 0o777,
          () => mode,
        );
        await atomicWrite(fs, target, text, kept);
      });
    } catch (error) {
      // It may have happened all the same: memory follows what is there.
      await reader.read().catch((unread: unknown) => reader.unreadable(unread));
      throw fileError('write', path, error);
    }
    reader.wrote(name, text, id);
  }

  async #unlink(path: string): Promise<void> {
    const { fs } = this.#options;
    try {
      await fs.unlink(path);
    } catch (error) {
      // A second attempt finds that the first one did it.
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    await syncFolder(fs, dirname(path));
  }

  /** `namespace.name.yaml` where that is a plain and free name, with the id where it is not. */
  async #newName({ id, namespace, name }: Document): Promise<string> {
    const { fs, directory } = this.#options;
    const plain = [namespace, name ?? id].every((part) => /^[A-Za-z0-9][\w-]{0,99}$/.test(part));
    const wanted = `${namespace}.${name ?? id}.yaml`;
    if (!plain) return `${id}.yaml`;
    const taken = await fs.stat(join(directory, wanted)).then(
      () => true,
      () => false,
    );
    return taken ? `${namespace}.${name ?? 'document'}.${id}.yaml` : wanted;
  }
}

function newText(document: Document, name: string): string {
  const text = printDocuments(document, { json: false });
  if (says(text, name, [document])) return text;
  throw refusal(
    Code.INVALID_ARGUMENT,
    'INVALID_DOCUMENT',
    `Cannot put ${labelOf(document)}: it cannot be written as YAML`,
  );
}

/** A link is written through. */
async function realPath(fs: FileSystem, path: string): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return path;
    throw error;
  }
}
