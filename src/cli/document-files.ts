import { formatProblems, type Problem } from '../graph/problems.ts';
import { isRecord } from '../graph/rules.ts';
import type { DocumentInit } from '../stores/index.ts';
import { readDocuments } from '../wire/yaml/documents.ts';
import { placeCopy } from '../wire/yaml/position.ts';
import { readWhole } from './input.ts';

/** A document of a file, as it was written. */
export interface FileDocument {
  /** Namespace filled in. */
  readonly document: DocumentInit;
  /** Where it is, for messages: `specs.yaml:3:1`. */
  readonly at: string;
}

/**
 * The mappings of YAML or JSON files, each a document, a list of them, or several; `-` is stdin. An Error with everything that is wrong, one
 * thing a line.
 */
export async function readDocumentFiles(paths: readonly string[], namespace = 'default'): Promise<FileDocument[]> {
  const found: FileDocument[] = [];
  const problems: Problem[] = [];
  for (const path of paths) {
    const file = path === '-' ? '<stdin>' : path;
    const read = readDocuments(await readWhole(path), file, { conceal: true });
    problems.push(...read.problems);
    for (const { value, at } of read.documents) {
      for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
        const message = `Cannot use a document of "${file}": wanted a mapping`;
        if (!isRecord(item)) problems.push({ severity: 'error', message, ...at });
        else found.push({ document: withNamespace(item, namespace), at: `${at.file}:${at.line}:${at.column}` });
      }
    }
  }
  if (problems.length > 0) throw new DocumentsError(problems);
  return found;
}

/** Files that cannot be read as documents. */
export class DocumentsError extends Error {
  override readonly name = 'DocumentsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(formatProblems(problems).trimEnd());
    this.problems = problems;
  }
}

function withNamespace(item: Record<string, unknown>, namespace: string): DocumentInit {
  return placeCopy({ ...item, namespace: item.namespace ?? namespace }, item) as DocumentInit;
}
