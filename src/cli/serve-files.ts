import { type Problem, problem, quote } from '../graph/problems.ts';
import { isRecord } from '../graph/rules.ts';
import { type NodeSpec, specsOf } from '../graph/spec.ts';
import type { StoredValue } from '../graph/values.ts';
import { idOfPlace } from '../stores/document-id.ts';
import type { DocumentInit } from '../stores/index.ts';
import { type Documents, readDocuments } from '../wire/yaml/documents.ts';
import { placeCopy, positionOf } from '../wire/yaml/position.ts';
import { asUsage } from './exit.ts';
import { readWhole } from './input.ts';

/** What files say, as documents for a store, and as the graph reads them. */
export interface ServedFiles {
  readonly specs: readonly DocumentInit[];
  readonly values: readonly DocumentInit[];
  readonly read: ReadFiles;
}

/** Files as the graph reads them. */
export interface ReadFiles {
  readonly specs: readonly NodeSpec[];
  readonly values: readonly StoredValue[];
  readonly problems: readonly Problem[];
}

/** Reads spec files and value files. Documents without an id have one of their file and their place in it. */
export async function readServedFiles(
  files: { readonly specs: readonly string[]; readonly values: readonly string[] },
  namespace = 'default',
): Promise<ServedFiles> {
  const specs: DocumentInit[] = [];
  const parsed: NodeSpec[] = [];
  const problems: Problem[] = [];
  for (const path of files.specs) {
    const file = nameOf(path);
    const written = readDocuments(await readWhole(path), file);
    const read = asUsage(() => specsOf(written, { file, namespace }));
    parsed.push(...read.specs);
    problems.push(...read.problems);
    specs.push(...documentsOf(written, file, namespace));
  }
  const values: DocumentInit[] = [];
  for (const path of files.values) {
    const file = nameOf(path);
    const written = readDocuments(await readWhole(path), file, { conceal: true });
    const found = documentsOf(written, file, namespace);
    problems.push(...written.problems, ...found.flatMap(valueProblems));
    values.push(...found);
  }
  const stored = values.map(({ id = '', namespace: own = namespace, name, data = null }) => ({
    id,
    namespace: own,
    ...(name !== undefined && { name }),
    data,
  }));
  return { specs, values, read: { specs: parsed, values: stored, problems } };
}

function nameOf(path: string): string {
  return path === '-' ? '<stdin>' : path;
}

function documentsOf({ documents }: Documents, file: string, namespace: string): DocumentInit[] {
  const items = documents.flatMap(({ value }) => (Array.isArray(value) ? (value as unknown[]) : [value]));
  return items.flatMap((item, index) => {
    if (!isRecord(item)) return [];
    const filled = { ...item, id: item.id ?? idOfPlace(file, index), namespace: item.namespace ?? namespace };
    return [placeCopy(filled, item) as DocumentInit];
  });
}

function valueProblems(document: DocumentInit): Problem[] {
  const { name, data } = document;
  if (name !== undefined && data !== undefined) return [];
  const reason = data === undefined ? 'missing field "data"' : 'missing field "name"';
  return [problem(`Cannot use value ${quote(name ?? 'without a name')}: ${reason}`, { at: positionOf(document) })];
}
