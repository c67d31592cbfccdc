import { matches } from '../stores/filter.ts';
import type { Document, Filter, Store, Stored, StoreEvent, StoreList } from '../stores/index.ts';

/** The documents of one store that count now, and up to which revision of it that is so. */
export class LoadedDocuments {
  readonly #store: Store;
  readonly #documents = new Map<string, Stored>();
  /** Nothing up to here is missing, of what was asked for. */
  revision: number | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  [Symbol.iterator](): Iterator<Stored> {
    return this.#documents.values();
  }

  /** Reads what matches again, and gives it. What matched before and is gone from the store goes; what is there but matches no more stays. */
  async load(filter: Filter, everything: boolean): Promise<readonly Stored[]> {
    const { items, revision } = await this.#store.list(filter);
    const found = new Set(items.map(({ document }) => document.id));
    for (const { document } of [...this.#documents.values()]) {
      if (found.has(document.id) || !matches(document, filter)) continue;
      const now = everything ? undefined : await this.#store.get(document.id);
      if (now === undefined || now.document.namespace !== document.namespace) this.#documents.delete(document.id);
    }
    for (const item of items) this.#take(item);
    if (everything) this.revision = revision;
    return items;
  }

  changed({ type, document, revision }: StoreEvent): void {
    // A load of everything was ahead of the watch.
    if (revision <= (this.revision ?? 0)) return;
    if (type === 'put') this.#take({ document, revision });
    else if ((this.#documents.get(document.id)?.revision ?? 0) < revision) this.#documents.delete(document.id);
    this.revision = revision;
  }

  /** As if every change after `since` had been told. */
  listed({ items, revision }: StoreList, since: number): void {
    const found = new Set(items.map(({ document }) => document.id));
    for (const id of [...this.#documents.keys()]) if (!found.has(id)) this.#documents.delete(id);
    for (const item of items) if (item.revision > since) this.#take(item);
    this.revision = revision;
  }

  /** A load may have been ahead of what a watch tells now. */
  #take(item: Stored<Document>): void {
    const { id } = item.document;
    if ((this.#documents.get(id)?.revision ?? 0) < item.revision) this.#documents.set(id, item);
  }
}
