import type { DocumentTypeName, ShownDocument } from './documents.ts';
import { jsonLine, oneLine, print } from './output.ts';
import { table } from './table.ts';

/** A row of a table of documents: what happened to one, or that it is there. */
export interface DocumentRow {
  readonly shown: ShownDocument;
  readonly change?: string;
}

/** Prints documents: a table for people, or a list of them as JSON. */
export async function printDocuments(
  type: DocumentTypeName,
  rows: readonly DocumentRow[],
  { json = false }: { json?: boolean },
): Promise<void> {
  const changed = rows.some(({ change }) => change !== undefined);
  if (json) {
    const items = rows.map(({ shown: { document, id, namespace, name, revision }, change }) =>
      change === undefined ? document : { id, namespace, ...(name !== '' && { name }), revision, change },
    );
    await print(jsonLine(items));
    return;
  }
  const what = type === 'specs' ? 'KIND' : 'KEYS';
  const heading = ['NAMESPACE', 'NAME', what, 'ID', 'REVISION', ...(changed ? ['CHANGE'] : [])];
  const cells = rows.map(({ shown: { namespace, name, document, id, revision }, change }) =>
    [
      namespace,
      name || '-',
      aboutOf(type, document),
      id,
      String(revision),
      ...(change === undefined ? [] : [change]),
    ].map(oneLine),
  );
  await print(table([heading, ...cells]));
}

function aboutOf(type: DocumentTypeName, { kind, maskedData }: ShownDocument['document']): string {
  if (type === 'specs') return String(kind);
  return typeof maskedData === 'object' && maskedData !== null ? Object.keys(maskedData).join(',') : String(maskedData);
}
