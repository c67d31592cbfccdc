import { matches } from '../stores/filter.ts';
import type { Document, Filter, Store, Stored, StoreEvent, StoreList } from '../stores/index.ts';
import { wentBack } from '../stores/store-error.ts';
import { ChangedNames } from './changed-names.ts';

/** Something that a watch told: up to which revision, and what it makes of the documents. */
interface Told {
  readonly revision: number;
  take(): void;
}

/** What was loaded since, on trial. */
export interface Trial {
  /** As if nothing had been loaded. What a watch told meanwhile stays. */
  undo(): void;
  /** The trial is over, undone or not. */
  end(): void;
}

/** The documents of one store that count now, and up to which revision of it that is so. */
export class LoadedDocuments {
  /** Of what a watch told. */
  readonly changes = new ChangedNames();
  readonly #store: Store;
  #documents = new Map<string, Stored>();
  /** Of the newest change that was seen, of whatever document. */
  #newest = 0;
  /** What was told since the trial began. */
  #told: Told[] | undefined;
  /** Nothing up to here is missing, of what was asked for. */
  revision: number | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  [Symbol.iterator](): Iterator<Stored> {
    return this.#documents.values();
  }

  /** Begins a trial; one at a time. */
  trial(): Trial {
    const documents = new Map(this.#documents);
    const [revision, newest] = [this.revision, this.#newest];
    const told: Told[] = [];
    this.#told = told;
    return {
      undo: () => {
        this.#documents = documents;
        this.revision = revision;
        this.#newest = newest;
        for (const one of told) this.#take(one);
      },
      end: () => {
        this.#told = undefined;
      },
    };
  }

  /**
   * Reads what matches again, and gives it. What matched before and is gone from the store goes; what is there but matches no more stays.
   * Rejects when the store went back.
   */
  async load(filter: Filter, everything: boolean): Promise<readonly Stored[]> {
    const since = this.#newest;
    const from = this.#told?.length;
    const { items, revision } = await this.#store.list(filter);
    if (revision < since) throw wentBack(since, revision);
    const found = new Set(items.map(({ document }) => document.id));
    for (const { document } of [...this.#documents.values()]) {
      if (found.has(document.id) || !matches(document, filter)) continue;
      const now = everything ? undefined : await this.#store.get(document.id);
      if (now === undefined || now.document.namespace !== document.namespace) this.#documents.delete(document.id);
    }
    for (const item of items) this.#put(item);
    // The list does not know of what a watch told since.
    for (const told of this.#told?.slice(from) ?? []) if (told.revision > revision) told.take();
    if (everything) this.revision = Math.max(revision, this.revision ?? 0);
    this.#newest = Math.max(revision, this.#newest);
    return items;
  }

  changed({ type, document, revision }: StoreEvent): void {
    this.#tell({
      revision,
      take: () => {
        this.changes.add(document, { deleted: type === 'delete' });
        if (type === 'put') this.#put({ document, revision });
        else if ((this.#documents.get(document.id)?.revision ?? 0) < revision) this.#documents.delete(document.id);
      },
    });
  }

  /** As if every change after `since` had been told. */
  listed({ items, revision }: StoreList, since: number): void {
    this.#tell({
      revision,
      take: () => {
        const found = new Set(items.map(({ document }) => document.id));
        for (const [id, { document }] of [...this.#documents]) {
          if (found.has(id)) continue;
          this.changes.add(document, { deleted: true });
          this.#documents.delete(id);
        }
        for (const item of items) {
          if (item.revision <= since) continue;
          this.changes.add(item.document);
          this.#put(item);
        }
      },
    });
  }

  #tell(told: Told): void {
    this.#told?.push(told);
    this.#take(told);
  }

  #take({ revision, take }: Told): void {
    // A load of everything was ahead of the watch.
    if (revision <= (this.revision ?? 0)) return;
    take();
    this.revision = revision;
    this.#newest = Math.max(revision, this.#newest);
  }

  /** A load may have been ahead of what a watch tells now. */
  #put(item: Stored<Document>): void {
    const { id } = item.document;
    if ((this.#documents.get(id)?.revision ?? 0) < item.revision) this.#documents.set(id, item);
  }
}
