import { Code } from '../../core/code.ts';
import { StatusError, statusOf } from '../../core/status-error.ts';
import { boundOf, orAborted } from './bounded.ts';
import type { Connection, SqlResult, TransactionOptions } from './engine.ts';
import type { Pool } from './pool.ts';
import type { Statement } from './query.ts';

/** What one query may take. */
export interface QueryBounds {
  readonly signal: AbortSignal;
  /** Waiting for a connection included. */
  readonly timeoutMs: number;
  /** It may not write, whoever began the transaction. */
  readonly readOnly: boolean;
}

const maxConnects = 3;

/**
 * What one process does in a database: begun with its first query, ended with the process. Queries run one after the other. One that fails is taken back
 * alone, so that whoever handles the error can go on; one that was cancelled, and a lost connection, take everything back.
 */
export class Transaction {
  readonly #pool: Pool;
  readonly #options: TransactionOptions;
  readonly #failed = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();
  #connection: Connection | undefined;
  /** Queries that went well. */
  #done = 0;
  #lost: Error | undefined;
  #ended = false;

  constructor(pool: Pool, options: TransactionOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  /** Runs the statements of a query; gives what the last one gave. */
  query(statements: readonly Statement[], bounds: QueryBounds): Promise<SqlResult> {
    const result = this.#turn.then(() => this.#query(statements, bounds));
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Commits, or rolls back when there is an error. Rejects when what went well is not in the database. */
  async end(error?: Error): Promise<void> {
    if (error !== undefined) this.#failed.abort(error);
    await this.#turn;
    this.#ended = true;
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) {
      if (error === undefined && this.#lost !== undefined && this.#done > 0) throw lostWith(this.#lost);
      return;
    }
    try {
      if (error === undefined) await connection.commit();
      else await connection.rollback();
    } catch (thrown) {
      await connection.abandon();
      if (error === undefined) throw thrown;
    } finally {
      this.#pool.release(connection);
    }
  }

  async #query(statements: readonly Statement[], { signal, timeoutMs, readOnly }: QueryBounds): Promise<SqlResult> {
    if (this.#ended) throw new StatusError(Code.CANCELLED, 'The process has ended, and its transaction with it');
    if (this.#lost !== undefined) throw lostWith(this.#lost);
    const bound = boundOf([signal, this.#failed.signal], timeoutMs, 'The query');
    try {
      if (bound.signal.aborted) throw bound.signal.reason;
      this.#connection ??= await this.#begin(bound.signal);
      return await this.#run(this.#connection, statements, bound.signal, readOnly);
    } finally {
      bound.close();
    }
  }

  async #run(
    connection: Connection,
    statements: readonly Statement[],
    signal: AbortSignal,
    readOnly: boolean,
  ): Promise<SqlResult> {
    try {
      const result = await orAborted(signal, this.#all(connection, statements, signal, readOnly));
      if (connection.broken) throw new StatusError(Code.ABORTED, 'The query ended the transaction of its process');
      this.#done += 1;
      return result;
    } catch (thrown) {
      const error = thrown as Error;
      if (signal.aborted || connection.broken) this.#lose(connection, error);
      else await this.#takeBack(connection, error);
      throw error;
    }
  }

  async #all(
    connection: Connection,
    statements: readonly Statement[],
    signal: AbortSignal,
    readOnly: boolean,
  ): Promise<SqlResult> {
    if (this.#done > 0) await connection.mark();
    let result: SqlResult = [];
    for (const statement of statements) {
      // The connection is somebody else's by then.
      if (signal.aborted) throw signal.reason;
      result = await connection.query(statement, readOnly);
    }
    return result;
  }

  /** The failed query alone; when there was no other, the connection is free for others. */
  async #takeBack(connection: Connection, error: Error): Promise<void> {
    try {
      if (this.#done > 0) return await connection.undo();
      await connection.rollback();
      this.#connection = undefined;
      this.#pool.release(connection);
    } catch {
      this.#lose(connection, error);
    }
  }

  #lose(connection: Connection, error: Error): void {
    this.#lost = error;
    this.#connection = undefined;
    // Whoever was cancelled does not wait for the database.
    void connection.abandon().then(() => this.#pool.release(connection));
  }

  /** A connection that was idle may have died unnoticed: nothing is lost with it yet. */
  async #begin(signal: AbortSignal): Promise<Connection> {
    for (let attempt = 1; ; attempt += 1) {
      const connection = await this.#pool.acquire(signal);
      try {
        await orAborted(signal, connection.begin(this.#options));
        return connection;
      } catch (thrown) {
        const again = connection.broken && !signal.aborted && attempt < maxConnects;
        await connection.abandon();
        this.#pool.release(connection);
        if (!again) throw thrown;
      }
    }
  }
}

function lostWith(error: Error): StatusError {
  const { message } = statusOf(error);
  return new StatusError(Code.ABORTED, `The transaction of the process was rolled back: ${message}`, { cause: error });
}
