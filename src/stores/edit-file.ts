import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLMap,
  type Document as YamlDocument,
} from 'yaml';
import type { CheckedDocument } from './document.ts';
import { derivedId, readDocumentFile } from './document-file.ts';
import { copyJson, sameJson } from './json-copy.ts';
import { printDocuments } from './print-documents.ts';
import type { Document } from './store.ts';

/** A file that the store has read. */
export interface EditedFile {
  /** From the directory, with `/`. */
  readonly name: string;
  readonly text: string;
  readonly documents: readonly CheckedDocument[];
}

/**
 * The file's text once one of its documents is another, or removed (`undefined`). Comments and everything else in it stay where that can
 * be done; what the text says is read again before it is given out, and is exactly what was asked for.
 * Undefined when it cannot be written, for its size.
 */
export function editFile(
  { name, text, documents }: EditedFile,
  id: string,
  next: Document | undefined,
): string | undefined {
  const targets = documents.map(({ document }) => (document.id === id ? next : document));
  const wanted = targets.filter((target) => target !== undefined);
  const json = name.endsWith('.json');
  const edited = json ? undefined : tryEdit(text, name, targets);
  if (edited !== undefined && says(edited, name, wanted)) return edited;
  const whole = printDocuments(wanted.length === 1 && !startsList(text) ? wanted[0] : wanted, { json });
  return says(whole, name, wanted) ? whole : undefined;
}

/** Whether a file of this text holds these documents and nothing else. */
export function says(text: string, name: string, documents: readonly Document[]): boolean {
  const read = readDocumentFile(Buffer.from(text), name, name);
  return (
    read.problems.length === 0 &&
    sameJson(
      read.documents.map(({ document }) => document),
      documents,
    )
  );
}

function tryEdit(text: string, name: string, targets: readonly (Document | undefined)[]): string | undefined {
  try {
    return edit(text, name, targets);
  } catch {
    // What it cannot do is done the plain way.
    return undefined;
  }
}

function edit(text: string, name: string, targets: readonly (Document | undefined)[]): string | undefined {
  const documents = parseAllDocuments(text, { schema: 'core', intAsBigInt: true, uniqueKeys: false });
  if (!Array.isArray(documents)) return undefined;
  let read = 0;
  let kept = 0;
  const patch = (document: YamlDocument, node: unknown): boolean => {
    const target = targets[read++];
    if (target === undefined) return false;
    if (!isMap(node)) throw new Error('not a mapping');
    patchDocument(document, node, target, derivedId(target, name, kept++));
    return true;
  };
  const left = documents.filter((document) => {
    const { contents } = document;
    if (contents === null || (isScalar(contents) && contents.value === null)) return true;
    if (!isSeq(contents)) return patch(document, contents);
    contents.items = contents.items.filter((item) => patch(document, item));
    return true;
  });
  return left.map((document) => document.toString({ lineWidth: 0 })).join('');
}

/** Id and namespace stay unwritten when they were and when that means the same. */
function patchDocument(document: YamlDocument, node: YAMLMap, target: Document, derived: string): void {
  const { id, namespace, ...fields } = target;
  const idGoesWithout = !node.has('id') && id === derived;
  const namespaceGoesWithout = !node.has('namespace') && namespace === 'default';
  patchMap(document, node, {
    ...(!idGoesWithout && { id }),
    ...(!namespaceGoesWithout && { namespace }),
    ...fields,
  });
}

function patchMap(document: YamlDocument, node: YAMLMap, target: object): void {
  node.items = node.items.filter(({ key }) => Object.hasOwn(target, keyOf(key)));
  for (const [key, value] of Object.entries(target) as [string, unknown][]) {
    const pair = node.items.find((item) => keyOf(item.key) === key);
    if (pair === undefined) {
      node.items.push(document.createPair(key, value));
      continue;
    }
    if (sameJson(copyJson(jsOf(document, pair.value)).value, value)) continue;
    const inside = isMap(pair.value) && typeof value === 'object' && value !== null && !Array.isArray(value);
    if (inside) patchMap(document, pair.value as YAMLMap, value);
    else pair.value = inPlaceOf(pair.value, document.createNode(value));
  }
}

/** The comments around a value are about the field, not the value. */
function inPlaceOf(old: unknown, node: Node): Node {
  if (isNode(old)) {
    node.comment = old.comment;
    node.commentBefore = old.commentBefore;
    node.spaceBefore = old.spaceBefore;
  }
  return node;
}

function jsOf(document: YamlDocument, node: unknown): unknown {
  const value = node as { toJS?(document: YamlDocument): unknown } | null;
  return value?.toJS === undefined ? value : value.toJS(document);
}

/** As the reader has it: what was written, when it is no text. */
function keyOf(key: unknown): string {
  if (!isScalar(key)) return String(key);
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

function startsList(text: string): boolean {
  return /^\s*(?:#.*\n\s*|---\s*)*[-[]/.test(text);
}
