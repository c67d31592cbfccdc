import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { Dialect } from './dialect.ts';
import { type Placeholder, type ScannedStatement, scan } from './scan.ts';

/** Values for the places in a query: by position, or by name. */
export type SqlArguments = readonly unknown[] | Readonly<Record<string, unknown>>;

/** A statement as an engine takes it. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Words outside of parentheses, in small letters. */
  readonly words: readonly string[];
}

/** The transaction is the process's: none of these is a query's to say. */
const ofTransactions: ReadonlySet<string> = new Set([
  'begin',
  'commit',
  'rollback',
  'abort',
  'end',
  'start',
  'savepoint',
  'release',
]);
/** They would let a query read and write other files of this machine or the server's, or wait for bytes that nobody sends. */
const ofFiles: ReadonlySet<string> = new Set(['attach', 'copy', 'detach', 'vacuum']);
const harmlessPragmas: ReadonlySet<string> = new Set([
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'foreign_key_list',
  'foreign_key_check',
  'integrity_check',
  'quick_check',
]);

const maxStatements = 1_000;
const wanted = 'wanted a query text, or [text, list of arguments or mapping of names to arguments]';

/** The text and the arguments of a payload. INVALID_ARGUMENT for any other shape. */
export function queryOf(payload: unknown): { text: string; args: SqlArguments | undefined } {
  if (typeof payload === 'string') return { text: payload, args: undefined };
  if (!Array.isArray(payload)) throw invalid(`Cannot query with ${shapeOf(payload)}: ${wanted}`);
  const [text, args, ...more] = payload as unknown[];
  if (typeof text !== 'string' || more.length > 0)
    throw invalid(
      typeof text === 'string'
        ? `Cannot query with a list of ${payload.length}: ${wanted}`
        : `Cannot query with a list that begins with ${shapeOf(text)}: ${wanted}`,
    );
  return { text, args: argumentsOf(args) };
}

/** The arguments of a query that the spec has. */
export function argumentsOf(value: unknown): SqlArguments | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object' && !(value instanceof Uint8Array) && !(value instanceof Error))
    return value as SqlArguments;
  throw invalid(`Cannot query with ${shapeOf(value)} for arguments: wanted a list, or a mapping of names`);
}

/** The statements of a text, each of which may run in a process's transaction. INVALID_ARGUMENT otherwise. */
export function statementsOf(text: string, dialect: Dialect): ScannedStatement[] {
  // Engines would end it there.
  if (text.includes('\0')) throw invalid('Cannot query: the text has a zero character');
  const statements = scan(text, dialect, maxStatements);
  if (statements.length > maxStatements)
    throw invalid(`Cannot query with more than ${maxStatements} statements at a time`);
  if (statements.length === 0) throw invalid('Cannot query: the text has no statement');
  for (const { words, open } of statements) {
    // What stands behind it would be lost: SQLite runs the first statement of a text.
    if (open && dialect.name === 'sqlite') throw invalid('Cannot query: wanted an END for each BEGIN and CASE');
    const [first = '', second = ''] = words;
    if (ofTransactions.has(first) || (first === 'prepare' && second === 'transaction'))
      throw invalid(`Cannot run ${first.toUpperCase()}: the transaction is the process's, and ends with it`);
    if (ofFiles.has(first) || (dialect.name === 'sqlite' && first === 'pragma' && !harmlessPragmas.has(second)))
      throw invalid(`Cannot run ${first.toUpperCase()} in a query`);
  }
  return statements;
}

/** The statements with their values. A list of values is for one statement alone. */
export function bindAll(
  statements: readonly ScannedStatement[],
  args: SqlArguments | undefined,
  dialect: Dialect,
): Statement[] {
  if (Array.isArray(args) && statements.length > 1)
    throw invalid(`Cannot query with a list of arguments for ${statements.length} statements: wanted one statement`);
  return statements.map((statement) => bind(statement, args, dialect));
}

/** Puts the values in their places: as parameters of the statement, never as text. INVALID_ARGUMENT when they do not fit. */
function bind(statement: ScannedStatement, args: SqlArguments | undefined, dialect: Dialect): Statement {
  if (args === undefined)
    return { text: replace(statement, dialect, () => undefined), values: [], words: statement.words };
  return Array.isArray(args)
    ? byPosition(statement, args, dialect)
    : byName(statement, args as Readonly<Record<string, unknown>>, dialect);
}

function byPosition(statement: ScannedStatement, args: readonly unknown[], dialect: Dialect): Statement {
  const { words, placeholders } = statement;
  const numbered = placeholders.filter(({ kind }) => kind === 'number');
  const marks = placeholders.filter(({ kind, key }) => kind === 'question' && key === '');
  // With both, `?` is an operator.
  const count = numbered.length > 0 ? Math.max(...numbered.map(({ key }) => Number(key))) : marks.length;
  if (count !== args.length)
    throw invalid(`Cannot query with ${args.length} arguments: the text has places for ${count}`);
  let next = 0;
  const text = replace(statement, dialect, ({ kind, key }) => {
    if (kind === 'number') return dialect.placeholder(Number(key));
    if (kind === 'name' || numbered.length > 0) return undefined;
    if (key === '?') return dialect.nullPlaces ? undefined : '?';
    next += 1;
    return dialect.placeholder(next);
  });
  return { text, values: args, words };
}

function byName(statement: ScannedStatement, args: Readonly<Record<string, unknown>>, dialect: Dialect): Statement {
  const positions = new Map<string, number>();
  const values: unknown[] = [];
  const text = replace(statement, dialect, ({ kind, key }) => {
    if (kind !== 'name') return undefined;
    if (!Object.hasOwn(args, key))
      throw invalid(`Cannot query: the text names ":${key}", which is not among the arguments`);
    let position = positions.get(key);
    if (position === undefined) {
      values.push(args[key]);
      positions.set(key, (position = values.length));
    }
    return dialect.placeholder(position);
  });
  return { text, values, words: statement.words };
}

/** What `by` says nothing of stays as it is, where that is no place without a value to the engine. */
function replace(
  { text, placeholders }: ScannedStatement,
  { nullPlaces }: Dialect,
  by: (place: Placeholder) => string | undefined,
): string {
  let written = '';
  let from = 0;
  for (const place of placeholders) {
    const replacement = by(place);
    if (replacement === undefined) {
      if (!nullPlaces) continue;
      const shown = JSON.stringify(text.slice(place.start, place.end));
      throw invalid(`Cannot query: there is no argument for ${shown} in the text`);
    }
    written += text.slice(from, place.start) + replacement;
    from = place.end;
  }
  return written + text.slice(from);
}

/** What came, without what it says. */
function shapeOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Error) return 'an Error';
  if (value instanceof Uint8Array) return 'bytes';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

export function invalid(message: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, message);
}
