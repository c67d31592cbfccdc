import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import type { Document, DocumentInit, RevisionOptions, Store, Stored } from '../stores/index.ts';
import { errorInfo, resourceInfo } from '../wire/error-details.ts';
import { placeCopy } from '../wire/yaml/position.ts';

/** Which document is meant: by id, else by namespace and name. */
export interface DocumentKey {
  readonly id?: string;
  /** Default: `default`. */
  readonly namespace?: string;
  readonly name?: string;
}

export interface Applied {
  readonly stored: Stored;
  readonly change: 'created' | 'replaced' | 'unchanged';
}

/** What the documents of a store are called in errors. */
export type DocumentType = 'spec' | 'value';

/**
 * Makes or replaces one document: the one with its id, else the one with its namespace and name. INVALID_ARGUMENT when it has neither: it
 * would match everything, or nothing. ALREADY_EXISTS when its id is that of a document of another namespace.
 */
export async function applyDocument(
  store: Store,
  type: DocumentType,
  document: DocumentInit,
  { ifRevision }: RevisionOptions = {},
): Promise<Applied> {
  const { id, namespace = 'default', name } = document;
  if (id === undefined && name === undefined) throw unnamed(`apply a ${type}`);
  for (let attempt = 1; ; attempt += 1) {
    const before = id === undefined ? await byName(store, namespace, name!) : await store.get(id);
    if (before !== undefined && before.document.namespace !== namespace)
      throw foreign(type, before.document, namespace);
    try {
      const known = before === undefined ? document : { ...document, id: before.document.id };
      const stored = await store.put(placeCopy(known, document), { ifRevision });
      if (before === undefined) return { stored, change: 'created' };
      return { stored, change: stored.revision === before.revision ? 'unchanged' : 'replaced' };
    } catch (error) {
      // Somebody else was first with the name.
      const lost = id === undefined && before === undefined && (error as StatusError).code === Code.ALREADY_EXISTS;
      if (!lost || attempt === 3) throw error;
    }
  }
}

/** The document with an id, or with a namespace and name; NOT_FOUND when there is none. */
export async function findDocument(store: Store, type: DocumentType, key: DocumentKey): Promise<Stored> {
  const { id, namespace = 'default', name } = key;
  if (id === undefined && name === undefined) throw unnamed(`find a ${type}`);
  const found = id === undefined ? await byName(store, namespace, name!) : await store.get(id);
  const wrong = found !== undefined && id !== undefined && !matches(found.document, key);
  if (found !== undefined && !wrong) return found;
  const label = id ?? `${namespace}/${name}`;
  throw new StatusError(Code.NOT_FOUND, `There is no ${type} "${label}"`, {
    details: [resourceInfo({ resourceType: `flowrpc.v1.${type}`, resourceName: label })],
  });
}

/** Deletes what `findDocument` finds, and gives it as it was last. */
export async function deleteDocument(
  store: Store,
  type: DocumentType,
  key: DocumentKey,
  { ifRevision }: RevisionOptions = {},
): Promise<Stored> {
  const found = await findDocument(store, type, key);
  if (!(await store.delete(found.document.id, { ifRevision }))) return await findDocument(store, type, key);
  return found;
}

async function byName(store: Store, namespace: string, name: string): Promise<Stored | undefined> {
  const { items } = await store.list({ namespace, name });
  return items[0];
}

/** Whatever is said beside the id must hold, so that a slip of the namespace deletes nothing. */
function matches(document: Document, { namespace, name }: DocumentKey): boolean {
  return (
    (namespace === undefined || document.namespace === namespace) && (name === undefined || document.name === name)
  );
}

function unnamed(action: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot ${action} with neither id nor name: give it one of them`);
}

function foreign(type: DocumentType, { id, namespace }: Document, wanted: string): StatusError {
  const message = `Cannot apply ${type} ${id} to namespace "${wanted}": it is one of namespace "${namespace}"`;
  return new StatusError(Code.ALREADY_EXISTS, message, {
    details: [errorInfo({ reason: 'OTHER_NAMESPACE', domain: 'flowrpc', metadata: { namespace } })],
  });
}
