import type { HandlerContext } from '../core/context.ts';
import type { DocumentInit, Store, Stored } from '../stores/index.ts';
import type { Change, EventType, Selector } from '../wire/gen/flowrpc/v1/control.ts';
import { decodeValue } from '../wire/value.ts';
import {
  applyDocument,
  type DocumentKey,
  type DocumentType,
  deleteDocument,
  findDocument,
} from './control-documents.ts';
import { invalid, type PageRequest, pageOf } from './control-page.ts';
import { filterOf } from './control-query.ts';
import { whether } from './select.ts';

/** How the documents of one store are taken in and shown by Control. */
export interface DocumentView<T> {
  readonly type: DocumentType;
  /** The document as it is stored. Refuses, with a StatusError, what must not come in from outside. */
  admit(document: DocumentInit): Promise<DocumentInit>;
  show(stored: Stored): T;
  /** What conditions see. */
  queried(stored: Stored): unknown;
  /** About how much room it takes in an answer. */
  bytes(shown: T): number;
}

/** A key as requests have it: what is empty is not stated. */
export interface KeyRequest {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
}

export interface ListRequest extends PageRequest {
  readonly selector?: Selector;
}

export interface WatchRequest {
  readonly selector?: Selector;
  readonly fromRevision?: bigint;
}

/** What Control does with the documents of one store, the same for specs and values. */
export class DocumentApi<T> {
  readonly #store: Store;
  readonly #view: DocumentView<T>;

  constructor(store: Store, view: DocumentView<T>) {
    this.#store = store;
    this.#view = view;
  }

  async apply(bytes: Uint8Array, ifRevision: bigint | undefined): Promise<{ shown: T; change: Change }> {
    const document = decodeValue(bytes);
    if (typeof document !== 'object' || document === null || Array.isArray(document) || document instanceof Uint8Array)
      throw invalid('document', 'is no mapping');
    const init = await this.#view.admit(document as DocumentInit);
    const { stored, change } = await applyDocument(this.#store, this.#view.type, init, revisionOf(ifRevision));
    return { shown: this.#view.show(stored), change: changes[change] };
  }

  async get(key: KeyRequest): Promise<T> {
    return this.#view.show(await findDocument(this.#store, this.#view.type, stated(key)));
  }

  async list({ selector, ...request }: ListRequest): Promise<{ shown: T[]; nextPageToken: string; revision: bigint }> {
    const { show, queried, bytes } = this.#view;
    const where = whether(selector?.where);
    const { items, revision } = await this.#store.list(filterOf(selector));
    const found = items.filter((stored) => where(queried(stored)));
    // Shown once: to know its size, and to send it.
    const shownOnce = new Map<Stored, T>();
    const shown = (stored: Stored): T => {
      let message = shownOnce.get(stored);
      if (message === undefined) shownOnce.set(stored, (message = show(stored)));
      return message;
    };
    const page = pageOf(found, request, { key: orderOf, bytes: (stored) => bytes(shown(stored)) });
    return { shown: page.items.map(shown), nextPageToken: page.nextPageToken, revision: BigInt(revision) };
  }

  async delete(key: KeyRequest, ifRevision: bigint | undefined): Promise<T> {
    return this.#view.show(await deleteDocument(this.#store, this.#view.type, stated(key), revisionOf(ifRevision)));
  }

  async *watch(
    { selector, fromRevision }: WatchRequest,
    { signal }: HandlerContext,
  ): AsyncGenerator<{ type: EventType; shown?: T; revision: bigint }> {
    if (selector?.where) throw invalid('selector.where', 'is for lists, a watch cannot say when it stops to hold');
    const filter = filterOf(selector);
    let from = revisionOf(fromRevision).ifRevision;
    if (from === undefined) {
      const { items, revision } = await this.#store.list(filter);
      for (const stored of items)
        yield { type: 'EVENT_TYPE_PUT', shown: this.#view.show(stored), revision: BigInt(stored.revision) };
      yield { type: 'EVENT_TYPE_SYNCED', revision: BigInt(revision) };
      from = revision;
    }
    for await (const { type, document, revision } of this.#store.watch({ filter, fromRevision: from, signal })) {
      const shown = this.#view.show({ document, revision });
      yield { type: type === 'put' ? 'EVENT_TYPE_PUT' : 'EVENT_TYPE_DELETE', shown, revision: BigInt(revision) };
    }
  }
}

const changes = {
  created: 'CHANGE_CREATED',
  replaced: 'CHANGE_REPLACED',
  unchanged: 'CHANGE_UNCHANGED',
} as const satisfies Record<string, Change>;

function orderOf({ document: { namespace, name = '', id } }: Stored): string {
  return `${namespace}\0${name}\0${id}`;
}

function stated({ id, namespace, name }: KeyRequest): DocumentKey {
  return { ...(id && { id }), ...(namespace && { namespace }), ...(name && { name }) };
}

function revisionOf(revision: bigint | undefined): { ifRevision?: number } {
  if (revision === undefined) return {};
  if (revision >= 0n && revision <= BigInt(Number.MAX_SAFE_INTEGER)) return { ifRevision: Number(revision) };
  throw invalid('revision', `is ${revision}, wanted 0 or above`);
}
