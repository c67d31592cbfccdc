import { Code, type Logger, type StatusError, silentLogger } from 'flowrpc';
import { defineKind } from 'flowrpc/nodes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runGraph, to } from '../graph/run-graph.ts';
import { sqlSuite } from '../suites/sql.ts';
import { hasPostgres, Postgres } from './postgres.ts';

const endless = 'select pg_sleep(1000)';
const poll = { timeout: 20_000, interval: 20 };

describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await Postgres.start();
  });
  afterAll(() => server?.stop());

  sqlSuite('PostgreSQL', async () => ({ driver: 'postgres', source: server.url, endless }));

  const db = (fields: object = {}): object => ({
    kind: 'sql',
    name: 'db',
    driver: 'postgres',
    source: server.url,
    ...fields,
  });
  const failureOf = (promise: Promise<unknown>): Promise<StatusError> =>
    promise.then(
      (value) => Promise.reject(new Error(`it gave ${JSON.stringify(value)}`)),
      (error: StatusError) => error,
    );
  /** Sends each query to `out`; what a function gives is waited for. */
  const steps = (queries: readonly unknown[]) =>
    defineKind({
      kind: 'steps',
      outputs: ['out'],
      setup: () => ({
        async process(_packet, context) {
          let last: unknown;
          for (const query of queries) {
            if (typeof query === 'function') await query();
            else ({ reply: last } = await context.send('out', query));
            if (last instanceof Error) return last;
          }
          return last;
        },
      }),
    });
  const running = (sql: object, queries: readonly unknown[], options = {}) =>
    runGraph([{ kind: 'steps', name: 'run', ports: to({ out: 'db' }) }, sql], [steps(queries)], options);

  test('sql: values of each type come as values', async () => {
    const graph = await runGraph([db()]);

    const reply = await graph.call(
      'db',
      `select 1::int2 as small, 9007199254740991::int8 as safe, 9007199254740993::int8 as large, 1.50::numeric as money,
       0.5::float8 as float, true as yes, 'text' as text, null as nothing, '\\x00ff'::bytea as bytes,
       '{"a":[1,null]}'::jsonb as json, '2026-11-21 18:00:00.5+02'::timestamptz at time zone 'UTC' as local,
       '2026-11-21'::date as day, array[1,2,null]::int4[] as list, array['a "b" \\c', 'NULL', '{x}', null] as texts,
       array[[1,2],[3,4]]::int8[] as deep, '{}'::text[] as empty, '[0:1]={7,8}'::int4[] as moved`,
    );

    expect(reply).toEqual([
      {
        small: 1,
        safe: 9007199254740991,
        large: 9007199254740993n,
        money: '1.50',
        float: 0.5,
        yes: true,
        text: 'text',
        nothing: null,
        bytes: new Uint8Array([0, 255]),
        json: { a: [1, null] },
        local: '2026-11-21T16:00:00.5',
        day: '2026-11-21',
        list: [1, 2, null],
        texts: ['a "b" \\c', 'NULL', '{x}', null],
        deep: [
          [1, 2],
          [3, 4],
        ],
        empty: [],
        moved: [7, 8],
      },
    ]);
    const [{ at }] = (await graph.call('db', "select '2026-11-21 18:00:00+00'::timestamptz as at")) as [{ at: string }];
    expect(new Date(at).toISOString()).toBe('2026-11-21T18:00:00.000Z');
  });

  test('sql: arguments of each type arrive as they are', async () => {
    const graph = await runGraph([db()]);

    const reply = await graph.call('db', [
      `select :list::int4[] as list, :texts::text[] as texts, :json::jsonb as json, :large::int8 as large, :bytes::bytea as bytes,
       :nothing::text as nothing, :yes::bool as yes, '{"k":1}'::jsonb ? 'k' as has, (array[1,2,3])[1:2] as slice, $tag$ :no $$ $tag$ as quoted`,
      {
        list: [1, null],
        texts: ['"', '\\', 'NULL', ''],
        json: { a: [1, 9007199254740993n] },
        large: 9007199254740993n,
        bytes: new Uint8Array([1, 0]),
        nothing: null,
        yes: true,
      },
    ]);

    expect(reply).toEqual([
      {
        list: [1, null],
        texts: ['"', '\\', 'NULL', ''],
        json: { a: [1, 9007199254740992] },
        large: 9007199254740993n,
        bytes: new Uint8Array([1, 0]),
        nothing: null,
        yes: true,
        has: true,
        slice: [1, 2],
        quoted: ' :no $$ ',
      },
    ]);
    expect(await graph.call('db', [`select '{"k":1}'::jsonb ?? ? as has`, ['k']])).toEqual([{ has: true }]);
  });

  test('sql: a cancelled query is stopped in the server, and its connection replaced', async () => {
    const graph = await runGraph([db({ pool: { max: 1 } })]);
    const watch = await runGraph([db()]);
    const asleep =
      "select count(*) as n from pg_stat_activity where query like '%pg_sleep(999)%' and state = 'active' and pid <> pg_backend_pid()";
    const cancel = new AbortController();
    const call = failureOf(graph.call('db', 'select pg_sleep(999)', { signal: cancel.signal }));
    await expect.poll(() => watch.call('db', asleep), poll).toEqual([{ n: 1 }]);

    cancel.abort();

    expect((await call).code).toBe(Code.CANCELLED);
    await expect.poll(() => watch.call('db', asleep), poll).toEqual([{ n: 0 }]);
    expect(await graph.call('db', 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('sql: calls that are cancelled at any moment leave no transaction open, and the pool whole', async () => {
    const graph = await running(db({ pool: { max: 3 }, source: `${server.url}?application_name=storm` }), [
      'create temp table if not exists mine (n int)',
      'insert into mine values (1)',
      'select pg_sleep(0.02)',
      'select count(*) as n from mine',
    ]);
    const watch = await runGraph([db()]);
    const busy = "select count(*) as n from pg_stat_activity where application_name = 'storm' and state <> 'idle'";

    const ended = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) => graph.call('run', null, { timeoutMs: 1 + ((n * 37) % 300) })),
    );

    expect(ended.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
    await expect.poll(() => watch.call('db', busy), poll).toEqual([{ n: 0 }]);
    expect(graph.processes.size).toBe(0);
    expect(await Promise.all([1, 2, 3, 4].map(() => graph.call('run', null)))).toEqual(
      [1, 2, 3, 4].map(() => [{ n: 1 }]),
    );
  });

  test('sql: a connection comes back clean: settings, temporary tables and locks of a process are gone', async () => {
    const graph = await runGraph([db({ pool: { max: 1 } })]);
    await graph.call('db', 'set search_path to pg_catalog; create temp table mine (n int); select pg_advisory_lock(7)');

    const reply = await graph.call(
      'db',
      "select current_setting('search_path') as path, to_regclass('mine') as mine, (select count(*) from pg_locks where locktype = 'advisory') as locks, pg_backend_pid() as pid",
    );

    expect(reply).toMatchObject([{ path: '"$user", public', mine: null, locks: 0 }]);
  });

  test('sql: a serialization failure is ABORTED', async () => {
    const setup = await runGraph([db()]);
    await setup.call(
      'db',
      'drop table if exists counter; create table counter (n int); insert into counter values (0)',
    );
    const other = (): Promise<unknown> => setup.call('db', 'update counter set n = n + 1');
    const graph = await running(db({ isolation: 'serializable' }), [
      'select n from counter',
      other,
      'update counter set n = n + 10',
    ]);

    expect((await failureOf(graph.call('run', null))).code).toBe(Code.ABORTED);
    expect(await setup.call('db', 'select n from counter')).toEqual([{ n: 1 }]);
  });

  test('sql: a server that is killed in a transaction: the process fails, and the next one connects anew', async () => {
    const graph = await running(db(), ['select 1 as n', () => server.kill().then(() => server.up()), 'select 2 as n']);

    const error = await failureOf(graph.call('run', null));

    expect([Code.UNAVAILABLE, Code.ABORTED]).toContain(error.code);
    await expect.poll(() => graph.call('db', 'select 3 as n').catch(String), poll).toEqual([{ n: 3 }]);
  });

  test('sql: a server that is killed after the last query: the failed commit reaches the caller', async () => {
    const graph = await running(db(), ['select 1 as n', () => server.kill().then(() => server.up())]);

    expect([Code.UNKNOWN, Code.UNAVAILABLE]).toContain((await failureOf(graph.call('run', null))).code);
    await expect.poll(() => graph.call('db', 'select 3 as n').catch(String), poll).toEqual([{ n: 3 }]);
  });

  test('sql: errors and the log never show the password', async () => {
    const logged: unknown[] = [];
    const log = (...line: unknown[]): void => void logged.push(line);
    const logger: Logger = { ...silentLogger, debug: log, info: log, warn: log, error: log };
    const wrong = server.url.replace('app:opensesame', 'app:wrongsesame').replace('4711', '9999');
    const absent = server.url.replace(`:${server.port}/`, ':1/');
    const graph = await runGraph(
      [db({ source: wrong }), db({ name: 'absent', source: absent }), db({ name: 'nobase', source: `${server.url}x` })],
      [],
      { logger },
    );
    const errors = await Promise.all(['db', 'absent', 'nobase'].map((name) => failureOf(graph.call(name, 'select 1'))));

    expect(errors.map(({ code }) => code)).toEqual([
      Code.FAILED_PRECONDITION,
      Code.UNAVAILABLE,
      Code.FAILED_PRECONDITION,
    ]);
    expect(JSON.stringify([errors.map(({ message }) => message), logged])).not.toMatch(/sesame/);
  });

  test('sql: close() leaves no connection', async () => {
    const graph = await runGraph([db({ source: `${server.url}?application_name=closing` })]);
    const watch = await runGraph([db()]);
    const open = "select count(*) as n from pg_stat_activity where application_name = 'closing'";
    await Promise.all([1, 2, 3].map(() => graph.call('db', 'select 1')));

    await graph.close();

    await expect.poll(() => watch.call('db', open), poll).toEqual([{ n: 0 }]);
  });
});
