import { checkOptions } from '../core/options.ts';
import { quote } from '../wire/yaml/problem.ts';
import type { Document, Filter } from './store.ts';

const fields = ['id', 'namespace', 'name', 'kind'] as const;

/** Refuses what is no filter, so that a misspelt one does not select everything. */
export function checkFilter(filter: Filter): void {
  checkOptions('filter', filter, [...fields, 'labels']);
  for (const field of fields) {
    const wanted: unknown = filter[field];
    if (wanted === undefined || typeof wanted === 'string') continue;
    throw new TypeError(`Cannot filter by ${field} ${quote(wanted)}: wanted text`);
  }
  for (const [key, wanted] of Object.entries<unknown>(filter.labels ?? {})) {
    const texts = Array.isArray(wanted) ? (wanted as unknown[]) : [wanted];
    if (wanted === null || texts.every((text) => typeof text === 'string')) continue;
    throw new TypeError(`Cannot filter by label ${quote(key)}: wanted text, a list of texts, or null for absent`);
  }
}

/** Whether everything that the filter states holds for a document. */
export function matches(document: Document, filter: Filter): boolean {
  for (const field of fields) {
    // Ids are kept in small letters, however they were written.
    const wanted = field === 'id' ? filter.id?.toLowerCase() : filter[field];
    if (wanted !== undefined && document[field] !== wanted) return false;
  }
  const { labels } = filter;
  if (labels === undefined) return true;
  const { annotations = {} } = document;
  return Object.entries(labels).every(([key, wanted]) => {
    const label = Object.hasOwn(annotations ?? {}, key) ? annotations[key] : undefined;
    if (wanted === null) return label === undefined;
    return label !== undefined && (typeof wanted === 'string' ? label === wanted : wanted.includes(label));
  });
}
