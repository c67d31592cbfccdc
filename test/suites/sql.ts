import { Code, connect, createServer, ErrorInfo, findDetail, type StatusError, silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, type NodeKind, nodeOfError, type Reply, source } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { decodeValue, encodeValue } from '../../src/wire/value.ts';
import { deferred, runGraph, to } from '../graph/run-graph.ts';
import { addressOf } from '../nodes/kinds/http-servers.ts';
import { type Placed, place, placements } from './placements.ts';

/** A database for the suite: what a spec says of it. */
export interface SqlDatabase {
  readonly driver: string;
  readonly source: string;
  /** A query that takes far longer than any test. */
  readonly endless: string;
}

const poll = { timeout: 10_000, interval: 10 };

/** Sends a list of queries to `out`, one after the other, and gives their replies. `['go on', query]` gives an error as text; `'fail'` fails. */
const script: NodeKind = defineKind({
  kind: 'script',
  outputs: ['out'],
  setup: () => ({
    async process({ payload }, context): Promise<Reply> {
      const replies: unknown[] = [];
      for (const step of payload as unknown[]) {
        if (step === 'fail') throw new Error('failed on purpose');
        const goesOn = Array.isArray(step) && step[0] === 'go on';
        const { reply } = await context.send('out', goesOn ? (step as unknown[])[1] : step);
        if (reply instanceof Error && !goesOn) return reply;
        replies.push(reply instanceof Error ? reply.message : reply);
      }
      return replies;
    },
  }),
});

/** Asks its out-ports one after the other; the first error ends it. */
const inTurn: NodeKind = defineKind({
  kind: 'inTurn',
  outputs: ['out[*]'],
  setup: () => ({
    async process(_, context): Promise<Reply> {
      const replies: unknown[] = [];
      for (const port of ['out[0]', 'out[1]']) {
        const { reply } = await context.send(port, null);
        if (reply instanceof Error) return reply;
        replies.push(reply);
      }
      return replies;
    },
  }),
});

/** A graph `run` → `db`, and an empty table `item(id, name)`. What `fields` say holds for `db` alone, whose database is open by then. */
async function opened(
  { driver, source }: SqlDatabase,
  placement: 'local' | 'remote' = 'local',
  fields: object = {},
): Promise<Placed> {
  const placed = await place(
    placement,
    [
      { kind: 'script', name: 'run', ports: to({ out: 'db' }) },
      { kind: 'sql', name: 'db', driver, source, ...fields },
      { kind: 'sql', name: 'prepare', driver, source },
    ],
    { far: ['db', 'prepare'], kinds: [script] },
  );
  await placed.call(
    'prepare',
    `drop table if exists child; drop table if exists item;
     create table item (id integer primary key, name text)`,
  );
  return placed;
}

/** The reasons that an error's details give. */
const reasonsOf = ({ details }: StatusError): unknown[] =>
  details.map((detail) => findDetail([detail], ErrorInfo)?.reason);

async function failureOf(promise: Promise<unknown>): Promise<StatusError> {
  return await promise.then(
    (value) => Promise.reject(new Error(`it gave ${JSON.stringify(value)}`)),
    (error: StatusError) => error,
  );
}

const ids = async ({ call }: Placed): Promise<unknown> =>
  ((await call('db', 'select id from item order by id')) as { id: number }[]).map(({ id }) => id);

/** What every engine of kind `sql` does. */
export function sqlSuite(name: string, database: () => Promise<SqlDatabase>): void {
  describe(`sql: ${name}`, () => {
    test('#103 a query with positional arguments, by "?" and by "$1", and with named ones', async () => {
      const { call } = await opened(await database());

      const replies = await call('run', [
        ['insert into item values (?, ?)', [1, 'Ada']],
        ['insert into item values ($2, $1)', ['Bo', 2]],
        ['insert into item (id, name) values (:id, :name)', { name: "O'Neil; drop table item", id: 3, more: true }],
        ['select name from item where id = :id or id = :other or id = :id order by id', { id: 1, other: 3 }],
        'select count(*) as n from item',
      ]);

      expect(replies).toEqual([
        { rowsAffected: 1 },
        { rowsAffected: 1 },
        { rowsAffected: 1 },
        [{ name: 'Ada' }, { name: "O'Neil; drop table item" }],
        [{ n: 3 }],
      ]);
    });

    test('what looks like a placeholder in strings, quoted names and comments is none', async () => {
      const { call } = await opened(await database());

      const reply = await call('db', [
        `select ':id ? $1 ''' as "a:id?", cast(:id as text) as b -- :no ? $2
         /* ? :none $3 */`,
        { id: 'x' },
      ]);

      expect(reply).toEqual([{ 'a:id?': ":id ? $1 '", b: 'x' }]);
    });

    test('rows are mappings in which null stays, and no rows are an empty list', async () => {
      const { call } = await opened(await database());
      await call('db', ['insert into item values (?, ?)', [1, null]]);

      expect(await call('db', 'select * from item')).toEqual([{ id: 1, name: null }]);
      expect(await call('db', 'select * from item where id = 7')).toEqual([]);
      expect(await call('db', ['update item set name = ? where id > ?', ['x', 5]])).toEqual({ rowsAffected: 0 });
      expect(await call('db', "update item set name = 'y' returning id, name")).toEqual([{ id: 1, name: 'y' }]);
    });

    test('arguments that do not fit are refused with what came and what was wanted', async () => {
      const { call } = await opened(await database());
      const refused = async (payload: unknown): Promise<string> => {
        const { code, message } = await failureOf(call('db', payload));
        expect(code).toBe(Code.INVALID_ARGUMENT);
        return message;
      };

      expect(await refused(7)).toContain('Cannot query with a number: wanted a query text');
      expect(await refused({ text: 'select 1' })).toContain('with a mapping');
      expect(await refused([])).toContain('a list that begins with undefined');
      expect(await refused(['select 1', 'x'])).toContain('with a string for arguments');
      expect(await refused(['select ?', [1, 2]])).toContain('with 2 arguments: the text has places for 1');
      expect(await refused(['select :a', { b: 1 }])).toContain('":a", which is not among the arguments');
      expect(await refused(['select :constructor', {}])).toContain('":constructor"');
      expect(await refused('  -- nothing\n')).toContain('no statement');
      expect(await refused(['select ?; select 2', [1]])).toContain('for 2 statements');
    });

    test('a query has no word in the transaction of its process', async () => {
      const { call } = await opened(await database());

      for (const text of ['commit', '/* x */ Rollback', 'begin', 'select 1; END', 'savepoint a', 'release a'])
        expect((await failureOf(call('db', text))).message).toContain("the transaction is the process's");
      for (const text of ['copy t from stdin', "copy (select 1) to program 'id'", 'select 1; COPY t to stdout'])
        expect(await failureOf(call('db', text))).toMatchObject({
          code: Code.INVALID_ARGUMENT,
          message: expect.stringContaining('COPY in a query'),
        });
    });

    test('a query of several statements gives what the last one gave, and is taken back as a whole', async () => {
      const placed = await opened(await database());

      expect(
        await placed.call('db', "insert into item values (1, ';'); insert into item values (2, null); select 5 as n"),
      ).toEqual([{ n: 5 }]);
      expect(
        await placed.call('run', [
          'select 1 as one',
          ['go on', 'insert into item values (3, null); insert into item values (1, null)'],
        ]),
      ).toHaveLength(2);
      expect(await ids(placed)).toEqual([1, 2]);
    });

    test('errors have the code of what went wrong, the SQLSTATE, and nothing of the source', async () => {
      const db = await database();
      const { call } = await opened(db);
      await call('db', 'create table child (item integer not null references item(id), n integer check (n > 0))');
      await call('db', 'insert into item values (1, null)');

      const codes: Record<string, number> = {};
      for (const text of [
        'insert into item values (1, null)',
        'insert into child values (7, 1)',
        'insert into child values (null, 1)',
        'insert into child values (1, 0)',
        'selec 1',
        'select * from nowhere',
      ]) {
        const error = await failureOf(call('db', text));
        codes[text] = error.code;
        expect(nodeOfError(error)).toBe('default.db');
        expect(reasonsOf(error)).toContain('SQL_ERROR');
        expect(error.message).not.toContain(db.source);
      }

      expect(codes).toEqual({
        'insert into item values (1, null)': Code.ALREADY_EXISTS,
        'insert into child values (7, 1)': Code.FAILED_PRECONDITION,
        'insert into child values (null, 1)': Code.INVALID_ARGUMENT,
        'insert into child values (1, 0)': Code.INVALID_ARGUMENT,
        'selec 1': Code.INVALID_ARGUMENT,
        'select * from nowhere': Code.INVALID_ARGUMENT,
      });
    });

    test('a result of too many rows, or of too many bytes, is refused and taken back alone', async () => {
      const placed = await opened(await database());
      const many = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 100001) select i from n';
      const wide = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 700) select replace('${' '.repeat(1_000)}', ' ', '${'x'.repeat(100)}') as t from n`;

      for (const query of [many, wide])
        expect(await failureOf(placed.call('db', query))).toMatchObject({
          code: Code.RESOURCE_EXHAUSTED,
          message: expect.stringContaining('LIMIT'),
        });
      expect(await placed.call('db', `${many} where i > 1`)).toHaveLength(100_000);
    });

    test('a function that is called as a statement that writes makes no query one', async () => {
      const { call } = await opened(await database());

      expect(await call('db', "with a as (select 'x' as t) select replace(t, 'x', 'y') as t from a")).toEqual([
        { t: 'y' },
      ]);
    });

    test('a query of the spec takes the payload for its arguments', async () => {
      const { driver, source } = await database();
      const query = 'select cast(:id as integer) + 1 as n';
      const { call } = await place('local', [{ kind: 'sql', name: 'db', driver, source, query }], { far: [] });

      expect(await call('db', { id: 4 })).toEqual([{ n: 5 }]);
      expect((await failureOf(call('db', 'drop table item'))).message).toContain('with a string for arguments');
    });

    test('readOnly refuses to write', async () => {
      const { driver, source } = await database();
      const { call } = await place('local', [{ kind: 'sql', name: 'db', driver, source, readOnly: true }], { far: [] });

      expect((await failureOf(call('db', 'create table written (id integer)'))).code).toBe(Code.FAILED_PRECONDITION);
      expect(await call('db', 'select 1 as n')).toEqual([{ n: 1 }]);
    });

    test('readOnly is of its node alone, whichever node of the process asks first', async () => {
      const { driver, source } = await database();
      const sql = { kind: 'sql', driver, source };
      const { call } = await place(
        'local',
        [
          { kind: 'inTurn', name: 'reader-first', ports: to({ 'out[0]': 'looks', 'out[1]': 'writes' }) },
          { kind: 'inTurn', name: 'writer-first', ports: to({ 'out[0]': 'asks', 'out[1]': 'deletes' }) },
          { ...sql, name: 'looks', readOnly: true, query: 'select id from item' },
          { ...sql, name: 'asks', query: 'select id from item' },
          { ...sql, name: 'writes', query: 'insert into item values (1, null)' },
          { ...sql, name: 'deletes', readOnly: true, query: 'delete from item' },
          { ...sql, name: 'db' },
        ],
        { far: [], kinds: [inTurn] },
      );
      await call(
        'db',
        'drop table if exists child; drop table if exists item; create table item (id integer, name text)',
      );

      expect(await call('reader-first', null)).toEqual([[], { rowsAffected: 1 }]);
      expect((await failureOf(call('writer-first', null))).code).toBe(Code.FAILED_PRECONDITION);
      expect(await call('looks', null)).toEqual([{ id: 1 }]);
    });

    test('a query cannot make a transaction of readOnly one that writes', async () => {
      const { driver, source } = await database();
      const { call } = await place('local', [{ kind: 'sql', name: 'db', driver, source, readOnly: true }], { far: [] });

      for (const text of ['set transaction read write', 'set transaction_read_only = off'])
        await failureOf(call('db', `${text}; create table written (id integer)`));

      expect((await failureOf(call('db', 'select * from written'))).code).toBe(Code.INVALID_ARGUMENT);
    });

    describe.each(placements)('%s edges', (placement) => {
      test('#103 all that a process asks is one transaction: committed when it ends well', async () => {
        const placed = await opened(await database(), placement);

        await placed.call('run', ['insert into item values (1, null)', 'insert into item values (2, null)']);

        expect(await ids(placed)).toEqual([1, 2]);
      });

      test('#103 it is rolled back when the process fails', async () => {
        const placed = await opened(await database(), placement);

        const error = await failureOf(placed.call('run', ['insert into item values (1, null)', 'fail']));

        expect(error.message).toContain('failed on purpose');
        await expect.poll(() => ids(placed), poll).toEqual([]);
      });

      test('#103 a commit that fails reaches the caller', async () => {
        const placed = await opened(await database(), placement);
        await placed.call('db', 'create table child (item integer references item(id) deferrable initially deferred)');

        const error = await failureOf(
          placed.call('run', ['insert into item values (1, null)', 'insert into child values (7)']),
        );

        expect([error.code, /foreign key/i.test(error.message)]).toEqual([Code.FAILED_PRECONDITION, true]);
        await expect.poll(() => ids(placed), poll).toEqual([]);
      });

      test('a query that fails is taken back alone: whoever handles its error goes on', async () => {
        const placed = await opened(await database(), placement);

        const replies = await placed.call('run', [
          ['go on', 'insert into nowhere values (1)'],
          'insert into item values (1, null)',
          ['go on', 'insert into item values (1, null)'],
          ['go on', 'insert into item values (1, null)'],
          'insert into item values (2, null)',
        ]);

        expect(replies).toHaveLength(5);
        expect(await ids(placed)).toEqual([1, 2]);
      });

      test('a call that is cancelled rolls back, and the database is free for others at once', async () => {
        const db = await database();
        const placed = await opened(db, placement);
        const cancel = new AbortController();
        const call = failureOf(
          placed.call('run', ['insert into item values (1, null)', db.endless], { signal: cancel.signal }),
        );
        await expect.poll(() => placed.far.processes.size, poll).toBeGreaterThan(0);

        cancel.abort();

        expect((await call).code).toBe(Code.CANCELLED);
        await expect.poll(() => placed.far.processes.size, poll).toBe(0);
        expect(await ids(placed)).toEqual([]);
      });

      test('a call whose deadline passes in a query ends with DEADLINE_EXCEEDED', async () => {
        const db = await database();
        const placed = await opened(db, placement);

        const error = await failureOf(placed.call('run', [db.endless], { timeoutMs: 200 }));

        expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
        expect(await placed.call('db', 'select 1 as n')).toEqual([{ n: 1 }]);
      });
    });

    test('of a cancelled query of several statements, none begins afterwards', async () => {
      const db = await database();
      const placed = await opened(db);
      const slow =
        'with recursive n(i) as (select 1 union all select i + 1 from n where i < 400000) select count(*) from n';

      const error = await failureOf(
        placed.call('run', [`${slow}; insert into item values (1, null)`], { timeoutMs: 60 }),
      );

      expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
      await placed.call('run', [slow]);
      expect(await placed.call('prepare', 'select count(*) as n from item')).toEqual([{ n: 0 }]);
    });

    test('a query that takes longer than `timeout` ends with DEADLINE_EXCEEDED, and its transaction with it', async () => {
      const db = await database();
      const placed = await opened(db, 'local', { timeout: '1s' });

      const error = await failureOf(
        placed.call('run', ['insert into item values (1, null)', ['go on', db.endless], 'select 1']),
      );

      expect([error.code, error.message]).toEqual([Code.ABORTED, expect.stringContaining('longer than 1000 ms')]);
    });

    test('a lost transaction fails the process even if its error was handled', async () => {
      const db = await database();
      const placed = await opened(db, 'local', { timeout: '1s' });

      const error = await failureOf(placed.call('run', ['insert into item values (1, null)', ['go on', db.endless]]));

      expect(error.code).toBe(Code.ABORTED);
    });

    test('a fork has a transaction of its own', async () => {
      const { driver, source } = await database();
      const forked = deferred<unknown>();
      const fork = defineKind({
        kind: 'forking',
        outputs: ['out'],
        setup: () => ({
          async process(_packet, context) {
            await context.send('out', 'insert into item values (1, null)');
            context.process.fork(async (child) => {
              const { reply } = await child.send('out', 'insert into item values (2, null)');
              forked.resolve(reply);
              return new Error('the fork fails');
            });
            return 'done';
          },
        }),
      });
      const placed = await place(
        'local',
        [
          { kind: 'forking', name: 'run', ports: to({ out: 'db' }) },
          { kind: 'sql', name: 'db', driver, source },
        ],
        { far: [], kinds: [fork] },
      );
      await placed.call('db', 'drop table if exists child; drop table if exists item');
      await placed.call('db', 'create table item (id integer primary key, name text)');

      expect(await placed.call('run', null)).toBe('done');

      expect(await forked.promise).toEqual({ rowsAffected: 1 });
      await expect.poll(() => placed.near.processes.size, poll).toBe(0);
      expect(await ids(placed)).toEqual([1]);
    });

    test('#103 a process that failed although its reply is no error, as an HTTP 404 says, is rolled back', async () => {
      const { driver, source: address } = await database();
      const done = deferred<unknown>();
      const listener = defineKind({
        kind: 'asking',
        inputs: [],
        setup: () =>
          source(async ({ emit }) => {
            const bad = await emit(['insert into item values (1, null)'], { failureOf: () => new Error('404') });
            const good = await emit(['insert into item values (2, null)']);
            done.resolve([bad, good]);
          }),
      });
      const specs = [
        { kind: 'script', name: 'run', ports: to({ out: 'db' }) },
        { kind: 'sql', name: 'db', driver, source: address },
      ];
      const placed = await place('local', [...specs], { far: [], kinds: [script, listener] });
      await placed.call('db', 'drop table if exists child; drop table if exists item');
      await placed.call('db', 'create table item (id integer primary key, name text)');

      const { specs: all } = readSpecs([...specs, { kind: 'asking', name: 'ask', ports: to({ out: 'run' }) }]);
      await placed.near.update({ specs: all });

      expect(await done.promise).toEqual([[{ rowsAffected: 1 }], [{ rowsAffected: 1 }]]);
      expect(await ids(placed)).toEqual([2]);
    });

    test('#103 over HTTP: an answer of 4xx rolls back, and a commit that fails is the answer', async () => {
      const { driver, source } = await database();
      const answer = defineKind({
        kind: 'answer',
        outputs: ['out'],
        setup: () => ({
          async process({ payload }, context): Promise<Reply> {
            const { body } = payload as { body: { queries: string[]; status: number } };
            for (const query of body.queries) {
              const { reply } = await context.send('out', query);
              if (reply instanceof Error) return reply;
            }
            return { status: body.status, body: 'done' };
          },
        }),
      });
      const graph = await runGraph(
        [
          { kind: 'listener', name: 'web', protocol: 'http', port: 0, host: '127.0.0.1', ports: to({ out: 'answer' }) },
          { kind: 'answer', name: 'answer', ports: to({ out: 'db' }) },
          { kind: 'sql', name: 'db', driver, source },
        ],
        [answer],
      );
      await graph.call(
        'db',
        `drop table if exists child; drop table if exists item; create table item (id integer primary key);
         create table child (item integer references item(id) deferrable initially deferred)`,
      );
      const ask = async (queries: string[], status: number): Promise<number> => {
        const response = await fetch(`http://${addressOf(graph, 'web')}/`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ queries, status }),
        });
        await response.text();
        return response.status;
      };

      expect(await ask(['insert into item values (1)'], 404)).toBe(404);
      expect(await ask(['insert into item values (2)'], 503)).toBe(503);
      expect(await ask(['insert into item values (3)'], 201)).toBe(201);
      expect(await ask(['insert into item values (4)', 'insert into child values (9)'], 200)).toBeGreaterThanOrEqual(
        400,
      );
      expect(await graph.call('db', 'select id from item')).toEqual([{ id: 3 }]);
    });

    test('#103 a commit that fails is the status that a caller over gRPC gets', async () => {
      const { driver, source } = await database();
      const server = createServer({ logger: silentLogger }).add(reflection());
      const { specs } = readSpecs([
        { kind: 'script', name: 'run', ports: to({ out: 'db' }) },
        { kind: 'sql', name: 'db', driver, source },
      ]);
      const graph = await createGraph({ specs, server, kinds: createKinds(script), logger: silentLogger });
      onTestFinished(() => graph.close({ graceMs: 0 }));
      const { address } = await server.listen('127.0.0.1:0');
      onTestFinished(async () => void (await server.close({ graceMs: 0 })));
      const channel = connect(address);
      onTestFinished(() => channel.close());
      const ask = async (payload: unknown[]): Promise<unknown> =>
        decodeValue(await channel.call('/default.run/In', encodeValue(payload)));

      await ask([
        'drop table if exists child',
        'drop table if exists item',
        'create table item (id integer primary key)',
        'create table child (item integer references item(id) deferrable initially deferred)',
      ]);

      expect((await failureOf(ask(['insert into child values (7)']))).code).toBe(Code.FAILED_PRECONDITION);
      expect(await ask(['select count(*) as n from child'])).toEqual([[{ n: 0 }]]);
    });

    test('waiters are served in order, bounded in number, and leave when they are cancelled', async () => {
      const { driver, source } = await database();
      const hold = deferred();
      const held = deferred();
      const holding = defineKind({
        kind: 'holding',
        outputs: ['out'],
        setup: () => ({
          async process(_packet, context) {
            await context.send('out', 'select 1 as n');
            held.resolve();
            return await hold.promise.then(() => 'held');
          },
        }),
      });
      const { call } = await place(
        'local',
        [
          { kind: 'holding', name: 'hold', ports: to({ out: 'db' }) },
          { kind: 'sql', name: 'db', driver, source, pool: { max: 1, waiting: 2 } },
        ],
        { far: [], kinds: [holding] },
      );
      const holder = call('hold', null);
      await held.promise;
      const order: number[] = [];
      const cancel = new AbortController();
      const first = failureOf(call('db', 'select 1 as n', { signal: cancel.signal }));
      const second = call('db', 'select 2 as n').then(() => order.push(2));

      expect((await failureOf(call('db', 'select 3 as n'))).code).toBe(Code.RESOURCE_EXHAUSTED);
      cancel.abort();
      expect((await first).code).toBe(Code.CANCELLED);
      const third = call('db', 'select 3 as n').then(() => order.push(3));
      hold.resolve();
      await Promise.all([holder, second, third]);

      expect(order).toEqual([2, 3]);
    });

    test('processes that come together lose no update, and leave no connection in use', async () => {
      const placed = await opened(await database());
      await placed.call('db', 'insert into item values (0, null)');
      const add = 'insert into item select max(id) + 1, null from item';

      const ended = await Promise.allSettled(
        Array.from({ length: 40 }, () => placed.call('run', ['update item set name = null where id = 0', add])),
      );

      expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
      expect(await placed.call('db', 'select count(*) as n from item')).toEqual([{ n: 41 }]);
    });
  });
}
