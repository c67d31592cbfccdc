import { invalidSource } from './invalid-source.ts';

export interface SqliteSource {
  readonly memory: boolean;
  /** As written; of a file. */
  readonly path: string;
}

/** Reads `:memory:`, `shop.db` or `file:shop.db`; parameters after `?` say nothing to this engine, but `mode=memory` does. */
export function sqliteSource(source: string): SqliteSource {
  const [path = '', parameters = ''] = source.replace(/^file:(?:\/\/(?=\/))?/, '').split('?', 2);
  if (path === ':memory:' || parameters.split('&').includes('mode=memory')) return { memory: true, path: ':memory:' };
  if (path === '' || path.includes('\0')) throw invalidSource('":memory:" or the path of a file');
  return { memory: false, path };
}
