import type { Dialect } from './dialect.ts';
import type { Statement } from './query.ts';

export const isolations = ['default', 'read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;
export type Isolation = (typeof isolations)[number];

export interface TransactionOptions {
  readonly isolation: Isolation;
  readonly readOnly: boolean;
}

/** What a statement gave: rows as mappings, or how many it changed when it has no columns. */
export type SqlResult = readonly Readonly<Record<string, unknown>>[] | { readonly rowsAffected: number };

/** One conversation with a database. It does one thing at a time, and its failures are StatusErrors. */
export interface Connection {
  /** Nothing can be done with it any more. */
  readonly broken: boolean;
  begin(options: TransactionOptions): Promise<void>;
  /** `readOnly` is of who asks, even where the transaction is another's. */
  query(statement: Statement, readOnly: boolean): Promise<SqlResult>;
  /** From here on, `undo` takes back. */
  mark(): Promise<void>;
  undo(): Promise<void>;
  /** Rejects with ABORTED when nothing was committed, UNKNOWN when nobody knows. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Ends a statement that runs, and the transaction. Never rejects; afterwards it may be broken. */
  abandon(): Promise<void>;
  /** Forgets whatever the last transaction left behind in the session. */
  reset(): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

/** A kind of database. */
export interface Engine {
  readonly dialect: Dialect;
  /** Whether several transactions can be open at a time. */
  readonly concurrent: boolean;
  /** What errors call the database: never with a password. */
  readonly label: string;
  connect(): Promise<Connection>;
}
