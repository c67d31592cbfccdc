import { Code } from '../core/code.ts';
import { timeOrderedId } from '../core/time-ordered-id.ts';
import { placeCopy } from '../wire/yaml/position.ts';
import { quote } from '../wire/yaml/problem.ts';
import { isId } from './document-id.ts';
import { copyJson } from './json-copy.ts';
import type { Document, DocumentInit } from './store.ts';
import { labelOf, refusal } from './store-error.ts';

/** What one document may weigh as text; a file may have no more in all. */
export const maxDocumentBytes = 1_048_576;

/** A document that was checked, copied and frozen. */
export interface CheckedDocument {
  readonly document: Document;
  readonly bytes: number;
}

/** A document with id and namespace filled in. An Error says what is wrong with it. */
export function checkDocument(value: unknown, makeId: (found: Partial<Document>) => string): CheckedDocument {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`it is ${shapeOf(value)}, wanted a mapping`);
  const found = value as Partial<Document>;
  const namespace = found.namespace ?? 'default';
  checkText('namespace', namespace);
  if (found.name !== undefined) checkText('name', found.name);
  checkAnnotations(found.annotations);
  const id: unknown = found.id ?? makeId({ ...found, namespace });
  if (!isId(id)) throw new Error(`id is ${quote(id)}, wanted a UUID`);
  const { value: fields, bytes } = copyJson(value);
  const common = { id: id.toLowerCase(), namespace };
  // Twice: the first puts them in front, for people who read.
  const document = placeCopy<Document>({ ...common, ...(fields as object), ...common }, value);
  return { document: Object.freeze(document), bytes };
}

/** A document as somebody put it. Rejections are INVALID_ARGUMENT, and RESOURCE_EXHAUSTED for one that is too large. */
export function documentOf(value: unknown): CheckedDocument {
  const label = (): string => labelOf((typeof value === 'object' && value !== null ? value : {}) as DocumentInit);
  let checked: CheckedDocument;
  try {
    checked = checkDocument(value, timeOrderedId);
  } catch (error) {
    const message = `Cannot put ${label()}: ${error instanceof Error ? error.message : String(error)}`;
    throw refusal(Code.INVALID_ARGUMENT, 'INVALID_DOCUMENT', message);
  }
  if (checked.bytes > maxDocumentBytes) {
    const message = `Cannot put ${label()}: it has about ${checked.bytes} bytes, at most ${maxDocumentBytes} are stored`;
    throw refusal(Code.RESOURCE_EXHAUSTED, 'DOCUMENT_TOO_LARGE', message);
  }
  return checked;
}

/** What a value is, without what it says: it may be a secret in the wrong place. */
function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : `a ${typeof value}`;
}

function checkText(field: string, value: unknown): void {
  if (typeof value === 'string' && /^[^\p{Cc}/]{1,253}$/u.test(value)) return;
  throw new Error(
    `${field} is ${quote(value)}, wanted text of 1 to 253 characters, none of them "/" or control characters`,
  );
}

function checkAnnotations(value: unknown): void {
  if (value === undefined || value === null) return;
  const entries = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : undefined;
  if (entries === undefined) throw new Error(`annotations is ${quote(value)}, wanted a mapping of text to text`);
  for (const [key, text] of entries) {
    if (typeof text !== 'string') throw new Error(`annotations.${key} is ${quote(text)}, wanted text (quote it)`);
  }
}
