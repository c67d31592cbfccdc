import type { DocumentKey } from '../runtime/control-documents.ts';
import { isId } from '../stores/document-id.ts';
import { readDocumentFiles } from './document-files.ts';
import { type DocumentOptions, openDocuments } from './document-options.ts';
import { type DocumentRow, printDocuments } from './document-rows.ts';
import type { DocumentTypeName } from './documents.ts';
import { ExitCode, UsageError } from './exit.ts';
import { reportFailure } from './failure.ts';

export interface DeleteOptions extends DocumentOptions {
  filename?: readonly string[];
}

/** `flowrpc delete specs|values NAME…` or `-f FILE`: deletes what is named, or what the files describe. */
export async function remove(
  type: DocumentTypeName,
  names: readonly string[],
  options: DeleteOptions,
): Promise<number> {
  const { namespace = 'default', filename = [] } = options;
  const keys: DocumentKey[] = names.map((name) => keyOf(name, namespace, options.namespace !== undefined));
  for (const { document, at } of await readDocumentFiles(filename, namespace)) {
    const { id, name } = document;
    if (id === undefined && name === undefined)
      throw new Error(`Cannot delete ${type} with neither id nor name: ${at}`);
    keys.push({ namespace: document.namespace, ...(id === undefined ? { name } : { id }) });
  }
  if (names.length === 0 && filename.length === 0)
    throw new UsageError(`Cannot delete ${type}: wanted names, or -f FILE`);
  await using documents = await openDocuments(type, options);
  const rows: DocumentRow[] = [];
  for (const key of keys) {
    try {
      rows.push({ shown: await documents.delete(key), change: 'deleted' });
    } catch (error) {
      await reportFailure(error, options);
    }
  }
  await printDocuments(type, rows, options);
  return rows.length === keys.length ? ExitCode.ok : ExitCode.failed;
}

/** A UUID is an id, whatever namespace it is in, unless one is given. */
function keyOf(text: string, namespace: string, given: boolean): DocumentKey {
  if (!isId(text)) return { namespace, name: text };
  return given ? { id: text, namespace } : { id: text };
}
