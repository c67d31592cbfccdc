import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { sqliteDialect } from './dialect.ts';
import type { Connection, Engine, SqlResult } from './engine.ts';
import { missing } from './load-module.ts';
import type { Statement } from './query.ts';
import { maxBytes, maxRows, tooLarge } from './result-limits.ts';
import { type Claim, claim, unlock } from './sqlite-claim.ts';
import { sqliteError } from './sqlite-error.ts';
import { sqliteProgram } from './sqlite-program.ts';
import { returnsRows, sqliteValue } from './sqlite-values.ts';

export interface SqliteOptions {
  readonly memory: boolean;
  /** Of a file, in full. */
  readonly path: string;
  /** How long a statement waits for another process that has the file. */
  readonly busyMs: number;
}

/** How long a statement that was cancelled may run on until its thread is ended; what is in memory ends with it. */
const stopMs = { file: 500, memory: 5_000 };
const savepoint = 'flowrpc';

interface Step {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly rows?: boolean;
}

type Answer = { readonly id: number } & (
  | { readonly results: readonly unknown[] }
  | { readonly error: string; readonly tooLarge: boolean }
);

/** SQLite in a thread of its own, so that a long statement keeps nobody else waiting. One connection, and every transaction is serializable. */
export function sqliteEngine({ path, memory, busyMs }: SqliteOptions): Engine {
  let module: string;
  try {
    module = createRequire(import.meta.url).resolve('node-sqlite3-wasm');
  } catch (cause) {
    throw missing('node-sqlite3-wasm', cause);
  }
  return {
    dialect: sqliteDialect,
    concurrent: false,
    label: memory ? 'the SQLite database in memory' : `SQLite database "${basename(path)}"`,
    async connect() {
      const claimed = memory ? undefined : await claim(path);
      const workerData = { module, path: memory ? ':memory:' : path, busyMs, maxRows, maxBytes };
      const connection = new SqliteConnection(
        new Worker(sqliteProgram, { eval: true, workerData, execArgv: [] }),
        claimed && { path, claim: claimed },
      );
      try {
        await connection.opened;
        return connection;
      } catch (error) {
        await connection.close();
        throw error;
      }
    },
  };
}

interface ClaimedFile {
  readonly path: string;
  readonly claim: Claim;
}

class SqliteConnection implements Connection {
  readonly #worker: Worker;
  readonly #file: ClaimedFile | undefined;
  /** Resolves when the database is open. */
  readonly opened: Promise<unknown>;
  readonly #asked = new Map<
    number,
    { resolve: (results: readonly unknown[]) => void; reject: (error: Error) => void }
  >();
  #id = 0;
  #broken = false;
  #marked = false;
  /** Goes to the thread with what is asked next: each way there and back takes time. */
  #before: Step[] = [];
  #closing: Promise<void> | undefined;

  constructor(worker: Worker, file: ClaimedFile | undefined) {
    this.#worker = worker;
    this.#file = file;
    worker.on('message', (answer: Answer) => this.#answered(answer));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('its thread has ended')));
    this.opened = this.#expect(0);
  }

  get broken(): boolean {
    return this.#broken;
  }

  async begin(): Promise<void> {
    this.#marked = false;
    this.#before = [{ text: 'BEGIN' }];
  }

  async query({ text, values, words }: Statement, readOnly: boolean): Promise<SqlResult> {
    const rows = returnsRows(words);
    const results = await this.#ask([{ text, values: values.map(sqliteValue), rows }], readOnly);
    return rows ? (results.at(-1) as SqlResult) : { rowsAffected: results.at(-1) as number };
  }

  async mark(): Promise<void> {
    if (this.#marked) this.#before.push({ text: `RELEASE ${savepoint}` });
    this.#before.push({ text: `SAVEPOINT ${savepoint}` });
    this.#marked = true;
  }

  async undo(): Promise<void> {
    await this.#ask([{ text: `ROLLBACK TO ${savepoint}` }]);
  }

  async commit(): Promise<void> {
    await this.#ask([{ text: 'COMMIT' }]);
  }

  async rollback(): Promise<void> {
    await this.#ask([{ text: 'ROLLBACK' }]);
  }

  async abandon(): Promise<void> {
    if (this.#broken) return this.close();
    let timer: NodeJS.Timeout | undefined;
    const stopped = new Promise<void>((resolve) => {
      timer = setTimeout(
        () => {
          // A statement cannot be stopped from outside of its thread.
          this.#fail(new Error('a statement did not end in time'));
          void this.close().then(resolve);
        },
        this.#file === undefined ? stopMs.memory : stopMs.file,
      );
    });
    // Behind the statement that runs; there may be no transaction left.
    const ended = this.rollback().catch(() => {});
    await Promise.race([ended, stopped]);
    clearTimeout(timer);
  }

  async reset(): Promise<void> {}

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const orderly =
      !this.#broken &&
      (await this.#ask([], false, true).then(
        () => true,
        () => false,
      ));
    this.#fail(new Error('it is closed'));
    await this.#worker.terminate();
    if (this.#file === undefined) return;
    const { path, claim } = this.#file;
    if (!orderly) await unlock(path);
    await claim.release();
  }

  #ask(steps: readonly Step[], readOnly = false, close = false): Promise<readonly unknown[]> {
    if (this.#broken) return Promise.reject(lost('it is closed'));
    this.#id += 1;
    this.#worker.postMessage({ id: this.#id, steps: [...this.#before, ...steps], readOnly, close });
    this.#before = [];
    return this.#expect(this.#id);
  }

  #expect(id: number): Promise<readonly unknown[]> {
    // Nothing but what is asked of it keeps this process alive.
    if (this.#asked.size === 0) this.#worker.ref();
    return new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
  }

  #answered(answer: Answer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if (this.#asked.size === 0) this.#worker.unref();
    if ('results' in answer) return asked?.resolve(answer.results);
    asked?.reject(answer.tooLarge ? tooLarge() : sqliteError(answer.error));
  }

  #fail(error: Error): void {
    this.#broken = true;
    for (const { reject } of this.#asked.values()) reject(lost(error.message));
    this.#asked.clear();
  }
}

function lost(why: string): StatusError {
  return new StatusError(Code.UNAVAILABLE, `The SQLite database cannot be asked: ${why}`);
}
