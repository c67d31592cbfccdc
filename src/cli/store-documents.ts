import { join } from 'node:path';
import { applyDocument, deleteDocument } from '../runtime/control-documents.ts';
import { maskData } from '../runtime/control-values.ts';
import { whether } from '../runtime/select.ts';
import { fileStore, type Stored } from '../stores/index.ts';
import type { Documents, DocumentTypeName, ShownDocument } from './documents.ts';

/** Where a store keeps its specs, or its values. */
export function storeFolder(directory: string, type: DocumentTypeName): string {
  return join(directory, type);
}

/** The specs or values in a store's folder, without a server. It must be there, unless it is to be made. */
export async function storeDocuments(
  directory: string,
  type: DocumentTypeName,
  { create = false } = {},
): Promise<Documents> {
  const store = await fileStore(storeFolder(directory, type), { create });
  const one = type === 'specs' ? 'spec' : 'value';
  const shown = type === 'specs' ? shownSpec : shownValue;
  return {
    [Symbol.asyncDispose]: () => store.close(),
    async apply(document) {
      const { stored, change } = await applyDocument(store, one, document);
      return { shown: shown(stored), change };
    },
    async list({ where, ...filter }) {
      const test = whether(where);
      const { items } = await store.list(filter);
      return items.map(shown).filter(({ document }) => test(document));
    },
    delete: async (key) => shown(await deleteDocument(store, one, key)),
  };
}

function shownSpec({ document, revision }: Stored): ShownDocument {
  const { id, namespace, name = '' } = document;
  return { id, namespace, name, document, revision };
}

function shownValue({ document, revision }: Stored): ShownDocument {
  const { id, namespace, name, annotations, data } = document;
  const masked = {
    id,
    namespace,
    ...(name !== undefined && { name }),
    ...(annotations !== undefined && { annotations }),
    maskedData: maskData(data),
  };
  return { id, namespace, name: name ?? '', document: masked, revision };
}
