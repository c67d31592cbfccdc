import { detached } from '../core/current.ts';
import { checkOptions } from '../core/options.ts';
import type { TextProblem } from '../wire/yaml/problem.ts';
import { DirectoryStore } from './directory-store.ts';
import { type TableLimits, tableLimits } from './document-table.ts';
import type { FileSystem } from './file-system.ts';
import type { Document, Store } from './store.ts';

export interface FileStoreOptions extends TableLimits {
  /** Make the directory when there is none. Default: reject with NOT_FOUND. */
  create?: boolean;
  /** Permissions of files that the store makes. Default 0o600, since values are secrets; files that are there keep theirs. */
  mode?: number;
  /** How long the directory must be quiet before it is read, at most ten times that. Default 50. */
  settleMs?: number;
  /** How often it is read though the system told of nothing. Default 1,000. */
  pollMs?: number;
  /** How long `put` and `delete` wait for another process that writes. Default 5,000. */
  lockTimeoutMs?: number;
  /**
   * A directory that has not answered for so long, such as a mount that hangs, is a problem: what waits behind it is UNAVAILABLE, and closing
   * waits no longer. Opening it is UNAVAILABLE, too. Default 10,000.
   */
  stallMs?: number;
  /** Gives up opening, which then rejects with its reason. */
  signal?: AbortSignal;
  /** Files in all. Default 10,000. */
  maxFiles?: number;
  /** In place of `node:fs/promises`, for tests. */
  fs?: FileSystem;
}

/** A store whose documents are files. */
export interface FileStore<D extends Document = Document> extends Store<D> {
  /** What is wrong with its files now. A broken file counts as what it said last. */
  readonly problems: readonly TextProblem[];
  /** Calls back whenever `problems` is another list; returns what takes that back. What it throws becomes a warning of the process. */
  onProblems(listener: (problems: readonly TextProblem[]) => void): () => void;
  /** Reads what changed in the directory now. Rejects when it cannot be read. */
  refresh(): Promise<void>;
}

const names = [
  'create',
  'mode',
  'settleMs',
  'pollMs',
  'lockTimeoutMs',
  'stallMs',
  'signal',
  'maxFiles',
  'fs',
  ...tableLimits,
];

/**
 * Opens a directory of YAML and JSON files as a store, and follows whatever changes them. Rejects when it cannot be read; broken files are
 * `problems`.
 */
export async function fileStore<D extends Document = Document>(
  directory: string,
  options: FileStoreOptions = {},
): Promise<FileStore<D>> {
  checkOptions('fileStore', options, names);
  return await detached(() => DirectoryStore.open<D>(directory, options));
}
