import type { LookupFunction } from 'node:net';
import { resolve } from 'node:path';
import { type Key, key } from '../../core/key.ts';
import type { NodeProcess } from '../node-context.ts';
import type { Engine, TransactionOptions } from './engine.ts';
import { Pool, type PoolOptions } from './pool.ts';
import { postgresEngine } from './postgres.ts';
import { postgresSource } from './postgres-source.ts';
import { engineOf } from './source.ts';
import { sqliteEngine } from './sqlite.ts';
import { sqliteSource } from './sqlite-source.ts';
import { Transaction } from './transaction.ts';

export interface DatabaseOptions extends PoolOptions {
  readonly driver: string;
  readonly source: string;
  readonly baseDir: string;
  readonly connectMs: number;
  /** How names are resolved. */
  readonly lookup: LookupFunction;
}

/** A database as the nodes of one graph have it together. */
export class Database {
  readonly engine: Engine;
  readonly pool: Pool;
  readonly #keys = new Map<string, Key<Transaction>>();

  constructor(engine: Engine, options: PoolOptions) {
    this.engine = engine;
    this.pool = new Pool(
      engine,
      engine.concurrent ? options : { ...options, max: 1, idleMs: Number.POSITIVE_INFINITY },
    );
  }

  /** The transaction of a process, begun when there is none: it ends with the process. */
  transaction(process: NodeProcess, options: TransactionOptions): Transaction {
    return process.state(this.#keyOf(options), () => {
      const transaction = new Transaction(this.pool, options);
      process.onExit((error) => transaction.end(error));
      return transaction;
    });
  }

  /** Where only one transaction can be open, a process has one. */
  #keyOf({ isolation, readOnly }: TransactionOptions): Key<Transaction> {
    const name = this.engine.concurrent ? `${isolation} ${readOnly}` : '';
    let found = this.#keys.get(name);
    if (found === undefined) this.#keys.set(name, (found = key<Transaction>('sql transaction')));
    return found;
  }
}

interface Shared {
  readonly database: Promise<Database>;
  users: number;
}

/** A node's hold on a database: closed when the last one lets go. */
export interface DatabaseLease {
  readonly database: Database;
  close(): Promise<void>;
}

/** The databases of one graph. */
export class Databases {
  readonly #open = new Map<string, Shared>();

  /** The database that nodes with the same options share. Rejects for a source that is wrong. */
  async lease(options: DatabaseOptions): Promise<DatabaseLease> {
    const name = nameOf(options);
    const shared = this.#open.get(name) ?? { database: openDatabase(options), users: 0 };
    this.#open.set(name, shared);
    shared.users += 1;
    let left = false;
    const leave = (): boolean => {
      if (left) return false;
      left = true;
      shared.users -= 1;
      if (shared.users === 0) this.#open.delete(name);
      return shared.users === 0;
    };
    try {
      const database = await shared.database;
      return {
        database,
        async close() {
          if (leave()) await database.pool.close();
        },
      };
    } catch (error) {
      leave();
      throw error;
    }
  }
}

/** What makes databases the same. A pool of its own for each set of pool options; SQLite has one connection, whoever asks. */
function nameOf({ lookup: _, ...options }: DatabaseOptions): string {
  if (engineOf(options.driver) === 'postgres') return JSON.stringify(options);
  const { memory, path } = sqliteSource(options.source);
  return memory ? ':memory:' : resolve(options.baseDir, path);
}

async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { driver, source, baseDir, connectMs, lookup } = options;
  if (engineOf(driver) === 'postgres')
    return new Database(await postgresEngine({ ...postgresSource(source, baseDir), connectMs, lookup }), options);
  const { memory, path } = sqliteSource(source);
  return new Database(
    sqliteEngine({ path: memory ? path : resolve(baseDir, path), memory, busyMs: connectMs }),
    options,
  );
}
