import { key } from '../../core/key.ts';
import { StatusError } from '../../core/status-error.ts';
import { anyByteStream } from '../byte-stream.ts';
import { positiveDuration } from '../duration-field.ts';
import { flag, oneOf, wholeNumber } from '../field-checks.ts';
import { holdStreams } from '../held-streams.ts';
import { defineKind } from '../kind.ts';
import { oneToOne } from '../one-to-one.ts';
import { type Check, fieldsOf, isMapping, optional, text } from '../schema.ts';
import type { Databases } from '../sql/database.ts';
import { dialects } from '../sql/dialect.ts';
import { isolation } from '../sql/isolation.ts';
import { argumentsOf, bindAll, queryOf, statementsOf } from '../sql/query.ts';
import { checkSource, drivers, engineOf, reachOf } from '../sql/source.ts';

interface PoolFields {
  readonly max: number | undefined;
  readonly waiting: number | undefined;
  readonly idle: number | undefined;
}

const pool: Check<PoolFields> = (value) => {
  if (!isMapping(value, ['max', 'waiting', 'idle']))
    throw new Error('wanted a mapping such as { max: 10, waiting: 1000 }');
  return {
    max: optional(wholeNumber(1, 1_000))(value.max),
    waiting: optional(wholeNumber(0, 100_000))(value.waiting),
    idle: optional(positiveDuration)(value.idle),
  };
};

/**
 * Asks a database: the payload is a query text, or [text, arguments]; its rows go to `out`. All that a process asks of a database is one transaction,
 * committed before the process is answered, and rolled back when it fails.
 */
export const sqlKind = defineKind({
  kind: 'sql',
  spec: fieldsOf(
    {
      driver: oneOf(drivers),
      source: optional(text('the address or the file of a database')),
      query: optional(text('the text of a query')),
      isolation: optional(isolation),
      readOnly: optional(flag),
      timeout: optional(positiveDuration),
      pool: optional(pool),
    },
    ({ driver, source, pool }) => {
      const embedded = engineOf(driver) === 'sqlite';
      if (!embedded && source === undefined) return { path: ['source'], message: 'wanted the address of a database' };
      if (embedded && pool?.max !== undefined && pool.max !== 1)
        return { path: ['pool', 'max'], message: 'an SQLite database has one connection' };
      return undefined;
    },
  ),
  fields: ['driver', 'source', 'query', 'isolation', 'readOnly', 'timeout', 'pool'],
  perProcess: true,
  check: ({ driver, source, query }) => {
    const engine = engineOf(driver)!;
    return [
      ...issuesOf('source', () => source !== undefined && checkSource(driver, source)),
      ...issuesOf('query', () => query !== undefined && statementsOf(query, dialects[engine])),
    ];
  },
  async setup({ driver, source = ':memory:', query, isolation = 'default', readOnly = false, timeout, pool }, context) {
    const { shared, outbound, baseDir } = context;
    const { target } = reachOf(driver, source);
    if (target !== undefined) outbound.trust(`postgres://${target}`);
    // Only where a graph has such a node: the engines are not small.
    const { Databases } = await import('../sql/database.ts');
    const databases = shared(databasesKey, () => new Databases());
    const { database, close } = await databases.lease({
      driver: engineOf(driver)!,
      source,
      baseDir,
      lookup: outbound.lookup,
      connectMs: 10_000,
      max: pool?.max ?? 10,
      maxWaiting: pool?.waiting ?? 1_000,
      idleMs: pool?.idle ?? 30_000,
    });
    const { dialect } = database.engine;
    const own = query === undefined ? undefined : statementsOf(query, dialect);
    const options = { isolation, readOnly };
    const node = oneToOne(async (given, { process, signal }) => {
      const payload = anyByteStream() ? await holdStreams(given) : given;
      const { text, args } = own === undefined ? queryOf(payload) : { text: '', args: argumentsOf(payload) };
      const statements = own ?? statementsOf(text, dialect);
      const bound = bindAll(statements, args, dialect);
      return await database
        .transaction(process, options)
        .query(bound, { signal, timeoutMs: timeout ?? 30_000, readOnly });
    });
    return { ...node, close };
  },
});

/** What is wrong with a field, when reading it throws. */
function issuesOf(field: string, read: () => unknown): { message: string; path: string[] }[] {
  try {
    read();
    return [];
  } catch (thrown) {
    return [
      { message: thrown instanceof StatusError ? thrown.statusMessage : (thrown as Error).message, path: [field] },
    ];
  }
}

const databasesKey = key<Databases>('sql databases');
