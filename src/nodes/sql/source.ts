import { postgresSource } from './postgres-source.ts';
import { sqliteSource } from './sqlite-source.ts';

/** Engines by the names that drivers have elsewhere. */
const engines: Readonly<Record<string, 'postgres' | 'sqlite'>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  pgx: 'postgres',
  sqlite: 'sqlite',
  sqlite3: 'sqlite',
};

export const drivers: readonly string[] = Object.keys(engines);

/** The engine that a driver's name stands for; undefined for others. */
export function engineOf(driver: unknown): 'postgres' | 'sqlite' | undefined {
  return typeof driver === 'string' && Object.hasOwn(engines, driver) ? engines[driver] : undefined;
}

/** Throws an Error for a source that its driver would not understand. */
export function checkSource(driver: string, source: string): void {
  if (engineOf(driver) === 'postgres') postgresSource(source);
  else sqliteSource(source);
}

/** What a database is reached by, for whoever decides whether it may be: a `host:port`, the file system, or both. Neither for one in memory. */
export function reachOf(driver: unknown, source: unknown): { readonly target?: string; readonly file?: boolean } {
  const engine = engineOf(driver);
  if (engine === undefined || typeof source !== 'string') return {};
  try {
    if (engine === 'sqlite') return sqliteSource(source).memory ? {} : { file: true };
    const { target, files } = postgresSource(source);
    if (target === undefined) return { file: true };
    return files.length > 0 ? { target, file: true } : { target };
  } catch {
    // Such a node is refused for that.
    return {};
  }
}
