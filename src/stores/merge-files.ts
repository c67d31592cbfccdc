import { join } from 'node:path';
import { positionOf } from '../wire/yaml/position.ts';
import { type TextProblem, textProblem } from '../wire/yaml/problem.ts';
import type { CheckedDocument } from './document.ts';
import type { DocumentTable } from './document-table.ts';
import { labelOf } from './store-error.ts';

/** What all files of a directory say together. */
export interface Merged {
  readonly documents: ReadonlyMap<string, CheckedDocument>;
  /** By id, the file that a document is in. */
  readonly owners: Map<string, string>;
  readonly problems: readonly TextProblem[];
}

/** Puts files together, in order of their names: of two documents with one id or one name the first stands, and the other is a problem. */
export function mergeFiles(
  files: Iterable<readonly [name: string, documents: readonly CheckedDocument[]]>,
  directory: string,
  maxDocuments: number,
): Merged {
  const documents = new Map<string, CheckedDocument>();
  const owners = new Map<string, string>();
  const names = new Map<string, string>();
  const problems: TextProblem[] = [];
  for (const [file, found] of files) {
    for (const checked of found) {
      const { id, namespace, name } = checked.document;
      const key = `${namespace}/${name}`;
      const other = owners.get(id) ?? (name === undefined ? undefined : names.get(key));
      const reason =
        other !== undefined
          ? `"${join(directory, other)}" has another of that ${owners.has(id) ? 'id' : 'name'}`
          : documents.size >= maxDocuments
            ? `the store has ${maxDocuments} documents, which is its limit`
            : undefined;
      if (reason !== undefined) {
        const at = positionOf(checked.document);
        problems.push(textProblem(`Cannot read document ${labelOf(checked.document)}: ${reason}`, at));
        continue;
      }
      documents.set(id, checked);
      owners.set(id, file);
      if (name !== undefined) names.set(key, file);
    }
  }
  return { documents, owners, problems };
}

/** Makes a table hold these documents, in one step and with the fewest changes. */
export function applyTo(table: DocumentTable, documents: ReadonlyMap<string, CheckedDocument>): void {
  for (const id of [...table.ids()]) if (!documents.has(id)) table.delete(id);
  for (const checked of documents.values()) if (table.same(checked.document) === undefined) table.put(checked);
}
