import { Code } from '../core/code.ts';
import type { CheckedDocument } from './document.ts';
import { checkFilter, matches } from './filter.ts';
import { History } from './history.ts';
import { sameJson } from './json-copy.ts';
import type { Document, Filter, Stored, StoreList, WatchOptions } from './store.ts';
import { duplicateName, labelOf, refusal, revisionMismatch, storeClosed } from './store-error.ts';
import { Watch, type Watched } from './watch.ts';

/** What every store in memory, or with a copy in memory, is bounded by. */
export interface TableLimits {
  /** Documents in all. Default 100,000. */
  maxDocuments?: number;
  /** Changes that a watch may be behind. Default 10,000. */
  maxHistory?: number;
  /** Bytes of documents that those changes may keep. Default 64 MiB. */
  maxHistoryBytes?: number;
}

export const tableLimits = ['maxDocuments', 'maxHistory', 'maxHistoryBytes'] as const;

/** Documents in memory with their revisions, names and newest changes: what the drivers share. All of it happens at once, nothing waits. */
export class DocumentTable implements Watched {
  readonly history: History;
  readonly #maxDocuments: number;
  readonly #documents = new Map<string, Stored>();
  readonly #bytes = new Map<string, number>();
  readonly #names = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  #revision: number;
  #closed = false;

  constructor(
    { maxDocuments = 100_000, maxHistory = 10_000, maxHistoryBytes = 64 * 1_048_576 }: TableLimits = {},
    revision = 0,
  ) {
    for (const [name, limit] of Object.entries({ maxDocuments, maxHistory, maxHistoryBytes })) {
      if (!(limit >= 1)) throw new RangeError(`Cannot use ${name} ${String(limit)}: wanted a number, 1 or above`);
    }
    this.#maxDocuments = maxDocuments;
    this.history = new History(maxHistory, maxHistoryBytes);
    this.#revision = revision;
  }

  get revision(): number {
    return this.#revision;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get<D extends Document>(id: string): Stored<D> | undefined {
    return this.#documents.get(id.toLowerCase()) as Stored<D> | undefined;
  }

  /** The document as it is stored, when it says the same already. */
  same<D extends Document>(document: Document): Stored<D> | undefined {
    const stored = this.get<D>(document.id);
    return stored !== undefined && sameJson(stored.document, document) ? stored : undefined;
  }

  /** Id of the document that has a name. */
  idOf(namespace: string, name: string): string | undefined {
    return this.#names.get(nameKey(namespace, name));
  }

  ids(): IterableIterator<string> {
    return this.#documents.keys();
  }

  list<D extends Document>(filter: Filter = {}): StoreList<D> {
    this.checkOpen();
    checkFilter(filter);
    const all = filter.id === undefined ? [...this.#documents.values()] : [this.get(filter.id) ?? []].flat();
    const items = all.filter(({ document }) => matches(document, filter)) as unknown as Stored<D>[];
    return { items: items.sort(byName), revision: this.#revision };
  }

  watch<D extends Document>({ filter = {}, fromRevision = this.#revision, signal }: WatchOptions): Watch<D> {
    this.checkOpen();
    checkFilter(filter);
    return new Watch<D>(this, fromRevision, filter, signal);
  }

  onNext(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Refuses a document whose place is taken, or that is not at the revision that was asked for. */
  checkPut({ document }: CheckedDocument, ifRevision?: number): void {
    const { id, namespace, name } = document;
    this.#checkRevision('put', document, this.get(id)?.revision, ifRevision);
    const holder = name === undefined ? undefined : this.idOf(namespace, name);
    if (holder !== undefined && holder !== id) throw duplicateName(document, holder);
    if (this.#documents.size < this.#maxDocuments || this.#documents.has(id)) return;
    const message = `Cannot put ${labelOf(document)}: the store has ${this.#maxDocuments} documents, which is its limit`;
    throw refusal(Code.RESOURCE_EXHAUSTED, 'STORE_FULL', message);
  }

  /** The document that is to be deleted; undefined when there is none. */
  checkDelete(id: string, ifRevision?: number): Document | undefined {
    const stored = this.get(id);
    this.#checkRevision('delete', stored?.document ?? { id, namespace: '' }, stored?.revision, ifRevision);
    return stored?.document;
  }

  put<D extends Document>({ document, bytes }: CheckedDocument): Stored<D> {
    const { id, namespace, name } = document;
    const before = this.#documents.get(id)?.document;
    if (before !== undefined) this.#forgetName(before);
    if (name !== undefined) this.#names.set(nameKey(namespace, name), id);
    const stored = Object.freeze({ document, revision: this.#revision + 1 });
    const kept = bytes + (this.#bytes.get(id) ?? 0);
    this.#documents.set(id, stored);
    this.#bytes.set(id, bytes);
    this.#tell(before, document, kept);
    return stored as unknown as Stored<D>;
  }

  delete(id: string): void {
    const before = this.#documents.get(id)?.document;
    if (before === undefined) return;
    const kept = this.#bytes.get(id) ?? 0;
    this.#documents.delete(id);
    this.#bytes.delete(id);
    this.#forgetName(before);
    this.#tell(before, undefined, kept);
  }

  checkOpen(): void {
    if (this.#closed) throw storeClosed();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake();
    this.history.clear();
  }

  #checkRevision(action: string, document: Document, revision = 0, wanted?: number): void {
    if (wanted === undefined || wanted === revision) return;
    if (!Number.isSafeInteger(wanted) || wanted < 0)
      throw new RangeError(`Cannot use ifRevision ${String(wanted)}: wanted a whole number, 0 or above`);
    throw revisionMismatch(action, labelOf(document), wanted, revision);
  }

  #forgetName({ id, namespace, name }: Document): void {
    // In a batch another document may have it already.
    if (name !== undefined && this.idOf(namespace, name) === id) this.#names.delete(nameKey(namespace, name));
  }

  #tell(before: Document | undefined, after: Document | undefined, bytes: number): void {
    this.#revision += 1;
    this.history.add({ revision: this.#revision, before, after, bytes });
    this.#wake();
  }

  #wake(): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

/** Neither part has a `/`. */
function nameKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function byName({ document: a }: Stored, { document: b }: Stored): number {
  return compare(a.namespace, b.namespace) || compare(a.name ?? '', b.name ?? '') || compare(a.id, b.id);
}

/** By code units, the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
