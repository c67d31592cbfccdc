import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { Document, DocumentInit, Stored } from '../../stores/index.ts';
import { isForSome, isMapping, readFilter, whether } from './filter.ts';
import { invalidCall, shapeOf } from './invalid-call.ts';
import { mergePatch } from './merge-patch.ts';
import { markedBy, originKey } from './origin.ts';
import { belongs, notFound, type Resource, shownDocument } from './resource.ts';
import { Turns } from './turns.ts';

/** Annotation of documents that are given out: the revision that they are of. One that comes back with it is changed only if that still holds. */
export const revisionKey = 'flowrpc.v1/revision';

export interface DocumentsOptions {
  readonly resource: Resource;
  /** Of the node: where documents are that name no other one. */
  readonly namespace: string;
  /** What it writes is the operator's own word, in any namespace. */
  readonly trusted: boolean;
  /** What is secret is given out as well. */
  readonly reveal: boolean;
}

interface Taken {
  readonly document: DocumentInit & { readonly namespace: string };
  readonly ifRevision: number | undefined;
}

const maxAttempts = 10;

/** What a node does with the documents of a runtime. Those of other namespaces are none of its business unless it is trusted. */
export class Documents {
  readonly #options: DocumentsOptions;
  readonly #turns = new Turns();

  constructor(options: DocumentsOptions) {
    this.#options = options;
  }

  /** Stores a new document, or each of a list. ALREADY_EXISTS when there is one of that name or id. */
  create(payload: unknown): Promise<unknown> {
    return each(payload, async (given) => {
      const { resource, trusted } = this.#options;
      const { document } = this.#taken(given);
      const { [originKey]: _, ...annotations } = { ...document.annotations };
      const clean = { ...document, ...(document.annotations !== undefined && { annotations }) };
      if (clean.id !== undefined && (await resource.store.get(clean.id)) !== undefined)
        throw new StatusError(Code.ALREADY_EXISTS, `There is a document with id "${clean.id}" already`);
      const admitted = resource.admit(clean);
      return this.#shown(
        await resource.store.put(trusted ? admitted : markedBy('workflow', admitted), { ifRevision: 0 }),
      );
    });
  }

  /** A list of those that match: all for null, by a filter such as `{ name: greet }`, or by any filter of a list. */
  async read(payload: unknown): Promise<unknown[]> {
    return (await this.#find(payload ?? {})).map((stored) => this.#shown(stored));
  }

  /** Changes a document by a merge patch with its id or name, or each of a list. ABORTED when it is not at the revision that the patch names. */
  update(payload: unknown): Promise<unknown> {
    return each(payload, async (given) => {
      const taken = this.#taken(given);
      const { id, namespace, name } = taken.document;
      // In step with others each would be overtaken by all of them.
      return await this.#turns.take(id ?? `${namespace}/${name}`, () => this.#update(taken));
    });
  }

  async #update({ document: patch, ifRevision }: Taken): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const before = await this.#one(patch);
      try {
        return this.#shown(await this.#replace(before, patch, ifRevision ?? before.revision));
      } catch (error) {
        // Somebody else was faster, and the patch is for whatever there is.
        const again = ifRevision === undefined && (error as StatusError).code === Code.ABORTED;
        if (!again || attempt === maxAttempts) throw error;
      }
    }
  }

  /** Deletes those that match, by a filter that is not empty, and gives them as they were. */
  async delete(payload: unknown): Promise<unknown[]> {
    for (const filter of [payload].flat()) {
      if (!isMapping(filter) || !isForSome(filter))
        throw invalidCall(`${shapeOf(filter)} that names nothing`, 'an id, a name, a kind or labels');
    }
    const deleted: unknown[] = [];
    for (const stored of await this.#find(payload)) {
      if (await this.#options.resource.store.delete(stored.document.id)) deleted.push(this.#shown(stored));
    }
    return deleted;
  }

  #replace(before: Stored, patch: DocumentInit, ifRevision: number): Promise<Stored> {
    const { resource, trusted } = this.#options;
    const { id, namespace } = before.document;
    const merged = { ...(mergePatch(before.document, patch) as DocumentInit), id, namespace };
    const origin = before.document.annotations?.[originKey];
    const { annotations = {}, ...rest } = merged;
    const { [originKey]: _, ...others } = annotations;
    // Nobody makes another's word the operator's by a patch.
    const noted = origin === undefined ? others : { ...others, [originKey]: origin };
    const admitted = resource.admit(Object.keys(noted).length > 0 ? { ...rest, annotations: noted } : rest);
    return resource.store.put(trusted ? admitted : markedBy('workflow', admitted), { ifRevision });
  }

  async #one({ id, namespace, name }: DocumentInit): Promise<Stored> {
    const { resource } = this.#options;
    if (id === undefined && name === undefined) throw invalidCall('a document without id and name', 'one of them');
    const found =
      id === undefined
        ? (await resource.store.list({ ...resource.filter, namespace, name })).items[0]
        : await resource.store.get(id);
    if (found === undefined || !belongs(found, resource) || found.document.namespace !== namespace)
      throw notFound(resource, id ?? `${namespace}/${name}`);
    return found;
  }

  async #find(payload: unknown): Promise<Stored[]> {
    const { resource } = this.#options;
    const found = new Map<string, Stored>();
    for (const filter of [payload].flat()) {
      const { where, ...stated } = readFilter(filter, (given) => this.#namespace(given));
      const holds = await whether(where);
      const { items } = await resource.store.list({ ...stated, ...resource.filter });
      // What can be asked about can be guessed, so it is what can be seen.
      for (const item of items) if (holds(this.#shown(item))) found.set(item.document.id, item);
    }
    return [...found.values()];
  }

  /** A document as it came, in the node's namespace unless it says otherwise, and the revision that it has to be of. */
  #taken(value: unknown): Taken {
    if (!isMapping(value)) throw invalidCall(shapeOf(value), 'a document, or a list of documents');
    const namespace = this.#namespace(value.namespace);
    const { annotations } = value;
    if (annotations !== undefined && annotations !== null && !isMapping(annotations))
      throw invalidCall(`${shapeOf(annotations)} as annotations`, 'a mapping of texts');
    if (!isMapping(annotations) || !Object.hasOwn(annotations, revisionKey))
      return { document: { ...value, namespace }, ifRevision: undefined };
    const { [revisionKey]: revision, ...rest } = annotations;
    const ifRevision = Number(revision);
    if (!Number.isSafeInteger(ifRevision) || ifRevision < 1)
      throw invalidCall(`the annotation "${revisionKey}"`, 'the revision of a document that was read');
    return { document: { ...value, namespace, annotations: rest as Record<string, string> }, ifRevision };
  }

  #namespace(value: unknown): string {
    const { namespace, trusted } = this.#options;
    if (value === undefined || value === null || value === namespace) return namespace;
    if (typeof value !== 'string') throw invalidCall(`${shapeOf(value)} as namespace`, 'text');
    if (trusted) return value;
    throw new StatusError(
      Code.PERMISSION_DENIED,
      `Cannot reach namespace "${value}" from namespace "${namespace}": the node's spec does not say trusted: true`,
    );
  }

  #shown({ document, revision }: Stored): Document {
    const { resource, reveal } = this.#options;
    const shown = shownDocument(document, resource, reveal);
    return { ...shown, annotations: { ...shown.annotations, [revisionKey]: String(revision) } };
  }
}

/** One for one; a list for a list, in order. What was done stays done when a later one fails. */
async function each(payload: unknown, run: (one: unknown) => Promise<unknown>): Promise<unknown> {
  if (!Array.isArray(payload)) return await run(payload);
  const results: unknown[] = [];
  for (const one of payload as unknown[]) results.push(await run(one));
  return results;
}
