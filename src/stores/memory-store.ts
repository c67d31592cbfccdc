import { checkOptions } from '../core/options.ts';
import { documentOf } from './document.ts';
import { DocumentTable, type TableLimits, tableLimits } from './document-table.ts';
import type {
  Document,
  DocumentInit,
  Filter,
  RevisionOptions,
  Store,
  Stored,
  StoreEvent,
  StoreList,
  WatchOptions,
} from './store.ts';

/** Options of `memoryStore`: its bounds. */
export type MemoryStoreOptions = TableLimits;

/** A store that lives as long as the process. Revisions begin at 0. */
export function memoryStore<D extends Document = Document>(options: MemoryStoreOptions = {}): Store<D> {
  checkOptions('memoryStore', options, tableLimits);
  return new MemoryStore<D>(new DocumentTable(options));
}

class MemoryStore<D extends Document> implements Store<D> {
  readonly #table: DocumentTable;

  constructor(table: DocumentTable) {
    this.#table = table;
  }

  get revision(): number {
    return this.#table.revision;
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
    this.#table.checkPut(checked, options.ifRevision);
    return this.#table.same(checked.document) ?? this.#table.put(checked);
  }

  async delete(id: string, options: RevisionOptions = {}): Promise<boolean> {
    checkOptions('delete', options, ['ifRevision']);
    this.#table.checkOpen();
    const document = this.#table.checkDelete(id, options.ifRevision);
    if (document !== undefined) this.#table.delete(document.id);
    return document !== undefined;
  }

  watch(options: WatchOptions = {}): AsyncIterableIterator<StoreEvent<D>> {
    checkOptions('watch', options, ['filter', 'fromRevision', 'signal']);
    return this.#table.watch<D>(options);
  }

  async close(): Promise<void> {
    this.#table.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
