import type { TextProblem } from '../wire/yaml/problem.ts';

/**
 * A document: any JSON mapping, integers of any size among its numbers. The fields named here mean something to the store, all others are
 * kept as they are. What a store gives out is frozen.
 */
export interface Document {
  /** A UUID; the one thing of a document that never changes. */
  readonly id: string;
  readonly namespace: string;
  /** Unique within its namespace. */
  readonly name?: string;
  /** Labels to select by. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A document on its way into a store, which fills in what is left out: an id ordered by time, and the namespace `default`. */
export interface DocumentInit {
  readonly id?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A document as stored. */
export interface Stored<D extends Document = Document> {
  readonly document: D;
  /** Of the document's last change. */
  readonly revision: number;
}

/** Which documents are meant: those for which everything stated holds. */
export interface Filter {
  id?: string;
  namespace?: string;
  name?: string;
  kind?: string;
  /** Annotations: equal to a text, one of several, or absent (`null`). */
  labels?: Readonly<Record<string, string | readonly string[] | null>>;
}

/** Documents, and the revision they are of: a watch from there misses nothing. */
export interface StoreList<D extends Document = Document> {
  readonly items: readonly Stored<D>[];
  readonly revision: number;
}

/** One change of a store. */
export interface StoreEvent<D extends Document = Document> {
  readonly type: 'put' | 'delete';
  /** As it is now; for `delete` as it was last. */
  readonly document: D;
  readonly revision: number;
}

export interface RevisionOptions {
  /**
   * Change the document only if its last change is of this revision; 0: only if it does not exist. Otherwise ABORTED, with the revision it
   * is at in the message and in `google.rpc.ErrorInfo` (`REVISION_MISMATCH`).
   */
  ifRevision?: number;
}

export interface WatchOptions {
  /** A document that stops to match is told of as `delete`. */
  filter?: Filter;
  /** Begin after this revision. Default: with the next change. */
  fromRevision?: number;
  /** Ends the watch. */
  signal?: AbortSignal;
}

/** Documents with revisions. Every driver passes one suite; what it promises is here. */
export interface Store<D extends Document = Document> extends AsyncDisposable {
  /** Of the newest change. Grows by one with each, and never goes backwards, over restarts too. */
  readonly revision: number;
  get(id: string): Promise<Stored<D> | undefined>;
  /** All that match, by namespace, name and id. */
  list(filter?: Filter): Promise<StoreList<D>>;
  /**
   * Makes or replaces a document; when that changes nothing, the revision stays. INVALID_ARGUMENT for what is no document, ALREADY_EXISTS
   * for a name that another document of the namespace has, RESOURCE_EXHAUSTED for one over 1 MiB or one too many.
   */
  put(document: DocumentInit, options?: RevisionOptions): Promise<Stored<D>>;
  /** False when there is no such document. */
  delete(id: string, options?: RevisionOptions): Promise<boolean>;
  /**
   * Every change after `fromRevision`, in order, each once. Rejects with OUT_OF_RANGE (`COMPACTED`) when the store no longer has what came
   * next, because the watch began too far back or was read too slowly: list again, and watch from the list's revision.
   */
  watch(options?: WatchOptions): AsyncIterableIterator<StoreEvent<D>>;
  /** What is wrong with what the store reads, where it reads what others write; see `fileStore`. */
  readonly problems?: readonly TextProblem[];
  /** Calls back whenever `problems` is another list; returns what takes that back. */
  onProblems?(listener: (problems: readonly TextProblem[]) => void): () => void;
  /** Ends all watches. What is asked of the store afterwards rejects with FAILED_PRECONDITION. */
  close(): Promise<void>;
}
