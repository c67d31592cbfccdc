import { readDocuments } from '../wire/yaml/documents.ts';
import { itemsOf } from '../wire/yaml/items.ts';
import { type TextProblem, textProblem } from '../wire/yaml/problem.ts';
import { type CheckedDocument, checkDocument } from './document.ts';
import { idOfName, idOfPlace } from './document-id.ts';

/** The documents of a file, in its order; none when there is anything wrong with it. */
export interface DocumentFile {
  readonly documents: readonly CheckedDocument[];
  readonly problems: readonly TextProblem[];
}

/**
 * Reads a file's text: one document, a list, or several of either. `name` is what ids are derived from, `path` what problems show. A file
 * is good or bad as a whole, so that half a file never stands for the whole one.
 */
export function readDocumentFile(text: Uint8Array, name: string, path: string): DocumentFile {
  if (isBlank(text)) return { documents: [], problems: [textProblem(`Cannot read "${path}": it is empty`)] };
  const { documents, problems } = readDocuments(text, path, { conceal: true });
  if (problems.length > 0) return { documents: [], problems };
  const checked: CheckedDocument[] = [];
  const faults: TextProblem[] = [];
  for (const [index, { value, at }] of itemsOf(documents).entries()) {
    try {
      checked.push(checkDocument(value, (found) => derivedId(found, name, index)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      faults.push(textProblem(`Cannot read document ${index + 1} of "${path}": ${reason}`, at));
    }
  }
  return faults.length > 0 ? { documents: [], problems: faults } : { documents: checked, problems: [] };
}

/** The id of a document that states none: of its name when it has one, else of its place. */
export function derivedId(
  { namespace = 'default', name }: { readonly namespace?: string; readonly name?: string },
  file: string,
  index: number,
): string {
  return name === undefined ? idOfPlace(file, index) : idOfName(namespace, name);
}

/** A file that was cut to nothing, or that a crash filled with zeros. A comment is enough to say that there are no documents. */
function isBlank(text: Uint8Array): boolean {
  return text.every((byte) => byte <= 0x20);
}
