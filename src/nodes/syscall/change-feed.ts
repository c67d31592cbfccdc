import { setTimeout as delay } from 'node:timers/promises';
import { followStore } from '../../stores/follow-store.ts';
import type { Document, Filter, StoreEvent, StoreList } from '../../stores/index.ts';
import type { SourceContext } from '../node-context.ts';
import { type Resource, shownDocument } from './resource.ts';

/** What is told of one change. */
export interface ChangeEvent {
  readonly type: 'create' | 'update' | 'delete';
  readonly id: string;
  readonly namespace: string;
  readonly name?: string;
  readonly revision: number;
  /** As it is now; of one that was deleted as it was last. Data of values is not in it. */
  readonly document: Document;
}

/** False when it could not be told: whoever takes over tells it again. */
export type Tell = (event: ChangeEvent) => Promise<boolean>;

const pauseMs = 50;

/**
 * Tells of each change of a resource's documents in one namespace, each once and in order, from when it is first run on. It knows where it stands, so
 * whoever takes it over goes on there.
 */
export class ChangeFeed {
  readonly #resource: Resource;
  readonly #filter: Filter;
  /** Documents as far as they were told of; undefined before it was run. */
  #known: Map<string, Document> | undefined;
  #revision = 0;

  constructor(resource: Resource, namespace: string) {
    this.#resource = resource;
    this.#filter = { ...resource.filter, namespace };
  }

  /** Tells until the signal aborts or the store closes. Never rejects. */
  async run({ signal, log }: Pick<SourceContext, 'signal' | 'log'>, tell: Tell): Promise<void> {
    const { store } = this.#resource;
    while (this.#known === undefined && !signal.aborted) {
      try {
        const { items, revision } = await store.list(this.#filter);
        this.#known = new Map(items.map(({ document }) => [document.id, document]));
        this.#revision = revision;
      } catch (error) {
        log.warn('changes cannot be followed yet', { error });
        await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {});
      }
    }
    await followStore({
      store,
      filter: this.#filter,
      fromRevision: this.#revision,
      signal,
      changed: (event) => this.#changed(event, signal, tell),
      listed: (list) => this.#listed(list, signal, tell),
      trouble: (error) => {
        if (error !== undefined) log.warn('changes cannot be followed', { error });
      },
    });
  }

  async #changed(event: StoreEvent, signal: AbortSignal, tell: Tell): Promise<void> {
    // One that takes over begins with what was not told.
    if (event.revision <= this.#revision || signal.aborted) return;
    const { type, document, revision } = event;
    const known = this.#known!;
    const change = type === 'delete' ? 'delete' : known.has(document.id) ? 'update' : 'create';
    if (!(await tell(this.#event(change, document, revision)))) return;
    this.#revision = revision;
    if (type === 'delete') known.delete(document.id);
    else known.set(document.id, document);
  }

  /** Changes were missed: what they come to is told, in the order of their revisions, those that are gone first. */
  async #listed(list: StoreList, signal: AbortSignal, tell: Tell): Promise<void> {
    const known = this.#known!;
    const found = new Set(list.items.map(({ document }) => document.id));
    const gone = [...known.values()].filter(({ id }) => !found.has(id));
    const changed = list.items.filter(({ document }) => known.get(document.id) !== document);
    const since = this.#revision;
    for (const document of gone) {
      if (signal.aborted || !(await tell(this.#event('delete', document, list.revision)))) return;
      known.delete(document.id);
    }
    for (const { document, revision } of changed.sort((a, b) => a.revision - b.revision)) {
      if (revision <= since && known.has(document.id)) continue;
      const change = known.has(document.id) ? 'update' : 'create';
      if (signal.aborted || !(await tell(this.#event(change, document, revision)))) return;
      known.set(document.id, document);
      this.#revision = revision;
    }
    this.#revision = list.revision;
  }

  #event(type: ChangeEvent['type'], document: Document, revision: number): ChangeEvent {
    const { id, namespace, name } = document;
    const shown = shownDocument(document, this.#resource, false);
    return { type, id, namespace, ...(name !== undefined && { name }), revision, document: shown };
  }
}
