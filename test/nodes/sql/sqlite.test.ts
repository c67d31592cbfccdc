import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { Code, type StatusError } from 'flowrpc';
import { defineKind } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { loadModule } from '../../../src/nodes/sql/load-module.ts';
import { runGraph, to } from '../../graph/run-graph.ts';
import { temporaryFolder } from '../../stores/temporary-folder.ts';

const db = (source: string, fields: object = {}): object => ({
  kind: 'sql',
  name: 'db',
  driver: 'sqlite',
  source,
  ...fields,
});
const failureOf = (promise: Promise<unknown>): Promise<StatusError> =>
  promise.then(
    (value) => Promise.reject(new Error(`it gave ${JSON.stringify(value)}`)),
    (error: StatusError) => error,
  );
/** As if a process had claimed a file. */
async function markOf(source: string, pid: number | undefined): Promise<void> {
  await mkdir(`${source}.owner`);
  await writeFile(join(`${source}.owner`, `1@${pid}@${hostname()}`), '');
}

/** A process of its own that claims files; those that it got, once all such processes have tried. */
async function claiming(files: readonly string[]): Promise<string[]> {
  const program = fileURLToPath(new URL('claiming.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@flowrpc/source', program, ...files]);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => child.once('exit', resolve));
  return Buffer.concat(chunks).toString().split('\n').filter(Boolean);
}

const file = async (): Promise<string> => join(await temporaryFolder(), 'shop.db');

/** Writes ids one after the other, and gives those that were free; one that is taken fails it unless that is handled. */
const writingKind = () =>
  defineKind({
    kind: 'writing',
    outputs: ['out'],
    setup: () => ({
      async process({ payload }, context) {
        const { steps, fails, writer } = payload as {
          steps: { id: number; handled: boolean }[];
          fails: boolean;
          writer: number;
        };
        const written: number[] = [];
        for (const { id, handled } of steps) {
          const { reply } = await context.send('out', ['insert into t values (?, ?)', [id, writer]]);
          if (!(reply instanceof Error)) written.push(id);
          else if (!handled) return reply;
        }
        return fails ? new Error('failed on purpose') : written;
      },
    }),
  });

describe('sql with SQLite', () => {
  test('values of each type come and go as values; lists and mappings are JSON', async () => {
    const graph = await runGraph([db(':memory:')]);
    const bytes = new Uint8Array([0, 255]);

    expect(
      await graph.call('db', [
        'select :n as n, :large as large, :float as float, :text as text, :bytes as bytes, :nothing as absent, :yes as yes, :json as json, json_extract(:json, :path) as inner_text',
        {
          n: 1,
          large: 9007199254740993n,
          float: 0.5,
          text: 'Ä',
          bytes,
          nothing: null,
          yes: true,
          json: { a: ['x', 2n] },
          path: '$.a[0]',
        },
      ]),
    ).toEqual([
      {
        n: 1,
        large: 9007199254740993n,
        float: 0.5,
        text: 'Ä',
        bytes,
        absent: null,
        yes: 1,
        json: '{"a":["x",2]}',
        inner_text: 'x',
      },
    ]);
    expect((await failureOf(graph.call('db', ['select ?', ['a\0b']]))).code).toBe(Code.INVALID_ARGUMENT);
    expect((await failureOf(graph.call('db', ['select ?', [2n ** 64n]]))).code).toBe(Code.INVALID_ARGUMENT);
  });

  test('a file is there for the next graph', async () => {
    const source = await file();
    const first = await runGraph([db(source)]);
    await first.call('db', "create table t (n text); insert into t values ('kept')");
    await first.close();

    const second = await runGraph([db(`file:${source}?mode=rwc`)]);

    expect(await second.call('db', 'select * from t')).toEqual([{ n: 'kept' }]);
    await second.close();
    expect([existsSync(`${source}.owner`), existsSync(`${source}.lock`)]).toEqual([false, false]);
  });

  test('nodes of one graph share the database in memory, another graph has its own', async () => {
    const graph = await runGraph([
      db(':memory:'),
      db('file::memory:?cache=shared', { name: 'same' }),
      db(':memory:', { name: 'other' }),
    ]);
    const apart = await runGraph([db(':memory:')]);

    await graph.call('db', 'create table t (n int)');

    expect(await graph.call('other', 'select * from t')).toEqual([]);
    expect((await failureOf(apart.call('db', 'select * from t'))).code).toBe(Code.INVALID_ARGUMENT);
  });

  test('a result of too many rows, or too many bytes, is refused before it is held', async () => {
    const graph = await runGraph([db(':memory:')]);
    const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n)';

    for (const columns of ['i', 'zeroblob(5000000) as b', 'hex(zeroblob(2000000)) as t']) {
      const error = await failureOf(graph.call('db', `${endless} select ${columns} from n`));
      expect([error.code, error.message]).toEqual([Code.RESOURCE_EXHAUSTED, expect.stringContaining('LIMIT')]);
    }
    expect(await graph.call('db', `${endless} select i from n limit 100000`)).toHaveLength(100_000);
  });

  test('a statement in memory that was cancelled has five seconds to end: what is there stays', async () => {
    const graph = await runGraph([db(':memory:')]);
    await graph.call('db', 'create table t (n int); insert into t values (7)');
    const slow =
      'with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000) select count(*) from n';

    const error = await failureOf(graph.call('db', `insert into t values (8); ${slow}`, { timeoutMs: 50 }));

    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(await graph.call('db', 'select n from t')).toEqual([{ n: 7 }]);
  });

  test('what is in the database is what processes that ended well wrote, however they come together', async () => {
    const writing = writingKind();
    const graph = await runGraph(
      [{ kind: 'writing', name: 'run', ports: to({ out: 'db' }) }, db(':memory:')],
      [writing],
    );
    const step = fc.record({ id: fc.integer({ min: 0, max: 9 }), handled: fc.boolean() });
    const processes = fc.array(fc.record({ steps: fc.array(step, { maxLength: 4 }), fails: fc.boolean() }), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(processes, async (all) => {
        await graph.call('db', 'drop table if exists t; create table t (id integer primary key, writer integer)');

        const ended = await Promise.all(
          all.map((process, writer) =>
            graph.call('run', { ...process, writer }).then(
              (ids) => ids as number[],
              () => [],
            ),
          ),
        );

        const rows = (await graph.call('db', 'select * from t order by id')) as { id: number; writer: number }[];
        const expected = ended.flatMap((ids, writer) => ids.map((id) => ({ id, writer })));
        expect(rows).toEqual(expected.sort((a, b) => a.id - b.id));
      }),
      { interruptAfterTimeLimit: 3_000 },
    );
  });

  test('a query reads and writes no other file', async () => {
    const graph = await runGraph([db(':memory:')]);

    for (const text of ["attach 'x.db' as x", "vacuum into 'x.db'", 'pragma writable_schema = on', 'detach x'])
      expect((await failureOf(graph.call('db', text))).message).toContain('in a query');
    expect(await graph.call('db', 'pragma foreign_key_check')).toEqual([]);
  });

  test('a statement without end keeps nobody else waiting, and its thread is ended when it was cancelled', async () => {
    const source = await file();
    const graph = await runGraph([db(source), { kind: 'snippet', name: 'hi', language: 'text', code: 'hi' }]);
    await graph.call('db', 'create table t (n int)');
    const endless =
      'insert into t with recursive n(i) as (select 1 union all select i + 1 from n) select i from n where i < 0';
    const call = failureOf(graph.call('db', endless, { timeoutMs: 500 }));

    expect(await graph.call('hi', null)).toBe('hi');
    expect((await call).code).toBe(Code.DEADLINE_EXCEEDED);
    expect(await graph.call('db', 'select count(*) as n from t')).toEqual([{ n: 0 }]);
  });

  test('a process that was killed in a transaction leaves a file that the next one can use', async () => {
    const source = await file();
    const graph = await runGraph([db(source)]);
    await graph.call('db', 'create table t (n int)');
    await graph.close();
    const program = `
      const { Database } = require('node-sqlite3-wasm');
      const database = new Database(process.argv[1]);
      database.exec('begin; insert into t values (9)');
      console.log('open');
      setInterval(() => {}, 1000);`;
    const killed = spawn(process.execPath, ['-e', program, source]);
    const ended = new Promise((resolve) => killed.once('exit', resolve));
    await new Promise((resolve) => killed.stdout.once('data', resolve));
    await markOf(source, killed.pid);
    killed.kill('SIGKILL');
    await ended;
    expect(existsSync(`${source}.lock`)).toBe(true);

    const next = await runGraph([db(source)]);

    expect(await next.call('db', 'insert into t values (1)')).toEqual({ rowsAffected: 1 });
    expect(await next.call('db', 'select n from t')).toEqual([{ n: 1 }]);
  });

  test('a file that another process has is refused', async () => {
    const source = await file();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      await markOf(source, other.pid);
      const graph = await runGraph([db(source)]);

      const error = await failureOf(graph.call('db', 'select 1'));

      expect([error.code, error.message]).toEqual([
        Code.FAILED_PRECONDITION,
        'FAILED_PRECONDITION: Cannot open SQLite database "shop.db": another process has it',
      ]);
    } finally {
      other.kill('SIGKILL');
    }
  });

  test('of processes that start at once one gets a file, after a crash as well', async () => {
    const folder = await temporaryFolder();
    const files = Array.from({ length: 12 }, (_, index) => join(folder, `${index}.db`));
    const crashed = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => crashed.once('exit', resolve));
    for (const path of files.slice(6)) await markOf(path, crashed.pid);

    const starting = [1, 2, 3].map(() => claiming(files));
    const owned = await Promise.all(starting);

    expect(owned.flat().sort()).toEqual([...files].sort());
  });

  test('what is no database, and a folder that is not there, are errors of the query', async () => {
    const source = await file();
    await writeFile(source, 'not a database, but text that is long enough to be read as a header of one'.repeat(20));
    const graph = await runGraph([db(source), db(join(source, 'no', 'folder.db'), { name: 'absent' })]);

    expect((await failureOf(graph.call('db', 'select * from sqlite_master'))).code).toBe(Code.DATA_LOSS);
    expect((await failureOf(graph.call('absent', 'select 1'))).message).toMatch(/ENOTDIR|ENOENT|open/);
  });

  test('an engine that is not installed is an error that says how to', async () => {
    const absent = 'no-such-engine';
    const error = await loadModule('pg', () => import(absent)).catch((thrown: Error) => thrown);

    expect((error as Error).message).toBe('Cannot load module "pg", which kind "sql" needs: npm install pg');
  });

  test('wrong fields are problems with their name, and never show the source', async () => {
    const problem = (fields: object): Promise<string> =>
      runGraph([{ kind: 'sql', name: 'db', ...fields }]).then(String, ({ message }: Error) => message);
    const secret = 'postgres://app:sesame@:port:/x';

    expect(await problem({ driver: 'mysql', source: 'x' })).toContain('field "driver": wanted one of postgres');
    expect(await problem({ driver: 'postgres' })).toContain('field "source", wanted the address of a database');
    expect(await problem({ driver: 'sqlite', isolation: 'best' })).toContain(
      'field "isolation": wanted one of default',
    );
    expect(await problem({ driver: 'sqlite', pool: { max: 3 } })).toContain('an SQLite database has one connection');
    expect(await problem({ driver: 'sqlite', pool: { size: 3 } })).toContain('field "pool"');
    expect(await problem({ driver: 'sqlite', query: 'commit' })).toContain('field "query": Cannot run COMMIT');
    expect(await problem({ driver: 'postgres', source: secret })).not.toContain('sesame');
    expect(await problem({ driver: 'postgres', source: secret })).toContain(
      'field "source": the source is not understood',
    );
    // As Go's database/sql numbers them.
    expect(await problem({ driver: 'sqlite3', isolation: 6 })).toBe('[object Object]');
  });
});
