import { stat } from 'node:fs/promises';
import { type LookupFunction, Socket } from 'node:net';
import { basename } from 'node:path';
import type { Client, ClientConfig, QueryResult } from 'pg';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { within } from '../within.ts';
import { BoundedTypes } from './bounded-types.ts';
import { postgresDialect } from './dialect.ts';
import type { Connection, Engine, SqlResult, TransactionOptions } from './engine.ts';
import { loadModule } from './load-module.ts';
import { type Backend, requestCancel } from './postgres-cancel.ts';
import type { PostgresSource } from './postgres-source.ts';
import { postgresValue } from './postgres-values.ts';
import type { Statement } from './query.ts';
import { sqlError } from './sql-error.ts';

export interface PostgresOptions extends PostgresSource {
  readonly connectMs: number;
  readonly lookup: LookupFunction;
}

/** How long a server may take to say goodbye. */
const closeMs = 1_000;
const savepoint = 'flowrpc';
/** Of a certificate or a key. */
const maxFileBytes = 1024 * 1024;

/** PostgreSQL by the driver `pg`. Connects with the first query; rejects when the driver is not installed. */
export async function postgresEngine({
  connectionString,
  label,
  files,
  connectMs,
  lookup,
}: PostgresOptions): Promise<Engine> {
  const { default: pg } = await loadModule('pg', () => import('pg'));
  const config: ClientConfig = {
    connectionString,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    stream: () => new ResolvingSocket(lookup),
    application_name: 'flowrpc',
  };
  return {
    dialect: postgresDialect,
    concurrent: true,
    label,
    async connect() {
      let client: Client;
      try {
        await checkFiles(files);
        const types = new BoundedTypes();
        client = new pg.Client({ ...config, types: types as ClientConfig['types'] });
        const connection = new PostgresConnection(client, label, lookup, types);
        await client.connect();
        return connection;
      } catch (thrown) {
        throw failure(thrown, `Cannot connect to ${label}`);
      }
    },
  };
}

/** The driver reads them at one go, while nothing else can run: a pipe would never end. */
async function checkFiles(files: readonly string[]): Promise<void> {
  for (const path of files) {
    const found = await stat(path);
    if (!found.isFile() || found.size > maxFileBytes)
      throw new Error(`${JSON.stringify(basename(path))} is no file of at most ${maxFileBytes} bytes`);
  }
}

/** The driver connects by port and host alone. */
class ResolvingSocket extends Socket {
  readonly #lookup: LookupFunction;

  constructor(lookup: LookupFunction) {
    super();
    this.#lookup = lookup;
  }

  override connect(...args: unknown[]): this {
    const [port, host] = args;
    if (typeof port !== 'number' || typeof host !== 'string') return super.connect(...(args as [string]));
    return super.connect({ port, host, lookup: this.#lookup });
  }
}

class PostgresConnection implements Connection {
  readonly #client: Client;
  readonly #label: string;
  readonly #lookup: LookupFunction;
  readonly #types: BoundedTypes;
  #broken = false;
  #running = 0;
  #marked = false;
  #closing: Promise<void> | undefined;

  constructor(client: Client, label: string, lookup: LookupFunction, types: BoundedTypes) {
    this.#client = client;
    this.#label = label;
    this.#lookup = lookup;
    this.#types = types;
    const lost = (): void => {
      this.#broken = true;
    };
    client.on('error', lost).on('end', lost);
  }

  get broken(): boolean {
    return this.#broken;
  }

  async begin({ isolation, readOnly }: TransactionOptions): Promise<void> {
    const level = isolation === 'default' ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
    this.#marked = false;
    // Before its first query a transaction could be made one that writes; what is within a savepoint can not.
    await this.#ask(`BEGIN${level}${readOnly ? ` READ ONLY;SAVEPOINT ${savepoint}_begin` : ''}`);
  }

  async query({ text, values }: Statement): Promise<SqlResult> {
    const given = values.map(postgresValue);
    this.#types.restart();
    const { fields, rows, rowCount } = await this.#run(() =>
      this.#client.query<Record<string, unknown>>({ text, values: given, queryMode: 'extended' } as never),
    );
    // Something else than the words of a query has ended it, so nothing of it can be taken back.
    if (this.#client.getTransactionStatus() === 'I') this.#broken = true;
    return fields.length > 0 ? rows.map((row) => ({ ...row })) : { rowsAffected: rowCount ?? 0 };
  }

  async mark(): Promise<void> {
    // One level at a time, whatever the number of statements.
    await this.#ask(`${this.#marked ? `RELEASE SAVEPOINT ${savepoint};` : ''}SAVEPOINT ${savepoint}`);
    this.#marked = true;
  }

  async undo(): Promise<void> {
    await this.#ask(`ROLLBACK TO SAVEPOINT ${savepoint}`);
  }

  async commit(): Promise<void> {
    let command: string;
    try {
      ({ command } = await this.#ask('COMMIT'));
    } catch (thrown) {
      if (!this.#broken) throw thrown;
      throw new StatusError(
        Code.UNKNOWN,
        `The connection to ${this.#label} was lost while the transaction was committed: nobody knows whether it was`,
        { cause: thrown },
      );
    }
    if (command === 'ROLLBACK')
      throw new StatusError(Code.ABORTED, 'The transaction was rolled back: a statement in it had failed');
  }

  async rollback(): Promise<void> {
    await this.#ask('ROLLBACK');
  }

  async abandon(): Promise<void> {
    this.#broken = true;
    // `pg` tells nobody of these two but itself.
    if (this.#running > 0) await requestCancel(this.#client as unknown as Backend, this.#lookup);
    await this.close();
  }

  async reset(): Promise<void> {
    await this.#ask('DISCARD ALL');
  }

  close(): Promise<void> {
    this.#broken = true;
    this.#closing ??= within(closeMs, this.#client.end(), () => new Error('late')).catch(() => {
      (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    });
    return this.#closing;
  }

  #ask(text: string): Promise<QueryResult> {
    return this.#run(() => this.#client.query(text));
  }

  async #run<T>(ask: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await ask();
    } catch (thrown) {
      // A result that is too large was read to its end.
      if (thrown instanceof StatusError) throw thrown;
      // Errors that end the session come before its end does.
      if (!isOfServer(thrown) || /^(?:FATAL|PANIC)$/.test(thrown.severity)) this.#broken = true;
      throw failure(thrown, `The connection to ${this.#label} was lost`);
    } finally {
      this.#running -= 1;
    }
  }
}

interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
  readonly constraint?: string;
}

function isOfServer(thrown: unknown): thrown is ServerError {
  const { code, severity } = thrown as Partial<ServerError>;
  return typeof code === 'string' && typeof severity === 'string' && /^[0-9A-Z]{5}$/.test(code);
}

/** Details of the server's stay out: they have the data of rows. */
function failure(thrown: unknown, otherwise: string): Error {
  if (thrown instanceof StatusError) return thrown;
  if (isOfServer(thrown))
    return sqlError(thrown.message, { state: thrown.code, constraint: thrown.constraint, cause: thrown });
  const { code, message } = thrown as NodeJS.ErrnoException;
  return new StatusError(Code.UNAVAILABLE, `${otherwise}: ${code ?? message}`, { cause: thrown });
}
