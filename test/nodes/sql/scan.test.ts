import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { postgresDialect, sqliteDialect } from '../../../src/nodes/sql/dialect.ts';
import { bindAll, statementsOf } from '../../../src/nodes/sql/query.ts';
import { scan } from '../../../src/nodes/sql/scan.ts';

const translate = (text: string, args: unknown[] | Record<string, unknown>, dialect = postgresDialect) =>
  bindAll(statementsOf(text, dialect), args, dialect).map(({ text, values }) => [text.trim(), values]);
const split = (text: string, dialect = postgresDialect): string[] => scan(text, dialect).map(({ text }) => text.trim());

describe('scan', () => {
  test('a name becomes one parameter wherever it stands, and casts, slices and assignments stay', () => {
    expect(translate("select :a::text, :b, :a, x[1:2], 'it''s :a', f(n := :b)", { a: 1, b: 2 })).toEqual([
      ["select $1::text, $2, $1, x[1:2], 'it''s :a', f(n := $2)", [1, 2]],
    ]);
    expect(translate('select :a, :b, :a', { a: 1, b: 2 }, sqliteDialect)).toEqual([['select ?1, ?2, ?1', [1, 2]]]);
  });

  test('"?" counts up, "??" is the operator "?", and beside "$1" it is one by itself', () => {
    expect(translate('select a ?? ?, b = ?', ['k', 2])).toEqual([['select a ? $1, b = $2', ['k', 2]]]);
    expect(translate('select a ? $1', ['k'])).toEqual([['select a ? $1', ['k']]]);
    expect(translate('select $2, $1', [1, 2], sqliteDialect)).toEqual([['select ?2, ?1', [1, 2]]]);
  });

  test('PostgreSQL: dollar quotes, escape strings and comments in comments are opaque', () => {
    expect(
      translate("select $x$ :a ; $$ ? $x$, $$ :a $$, E'\\' :a ', /* /* :a */ ; */ a$1, :a -- ; :a\n", { a: 1 }),
    ).toEqual([["select $x$ :a ; $$ ? $x$, $$ :a $$, E'\\' :a ', /* /* :a */ ; */ a$1, $1 -- ; :a", [1]]]);
  });

  test('SQLite: brackets and backticks quote names', () => {
    expect(translate('select [a:b?], `c:d?`, :a', { a: 1 }, sqliteDialect)).toEqual([
      ['select [a:b?], `c:d?`, ?1', [1]],
    ]);
  });

  test('statements are split at semicolons, but not those of a body', () => {
    const trigger =
      "create trigger t after insert on a begin update b set c = case when 1 then ';' end; delete from d; end";
    expect(split(`select 1;; ${trigger}; select (2);`, sqliteDialect)).toEqual(['select 1', trigger, 'select (2)']);
    const fn = 'create or replace function f() returns int begin atomic select 1; select 2; end';
    expect(split(`${fn}; select 1`)).toEqual([fn, 'select 1']);
    expect(split('do $$ begin commit; end $$; select 1')).toEqual(['do $$ begin commit; end $$', 'select 1']);
  });

  test('only what is made a trigger has a body: a name like it swallows nothing', () => {
    const table = 'create table function (begin int)';
    expect(split(`${table}; insert into t values (99)`, sqliteDialect)).toEqual([table, 'insert into t values (99)']);
    const trigger = 'create temp trigger t after insert on a when (case new.b when 1 then 2 end) begin select 1; end';
    expect(split(`${trigger}; select 2`, sqliteDialect)).toEqual([trigger, 'select 2']);
  });

  test('SQLite: what would be lost behind the first statement is refused', () => {
    for (const text of [
      'create trigger t after insert on begin begin select 1; end; insert into t values (1)',
      'delete from t\0 where id = 1',
    ])
      expect(() => statementsOf(text, sqliteDialect)).toThrow(/Cannot query: (wanted an END|the text has a zero)/);
  });

  test('a text of very many statements is refused, and not read to its end', () => {
    expect(statementsOf('select 1;'.repeat(1_000), sqliteDialect)).toHaveLength(1_000);
    expect(() => statementsOf('select 1;'.repeat(1_001), sqliteDialect)).toThrow('more than 1000 statements');
    expect(scan('a;'.repeat(1_000_000), sqliteDialect, 10).length).toBeLessThan(13);
  });

  test('SQLite: no place is left without a value, which would be null', () => {
    const refused: [string, unknown[] | Record<string, unknown> | undefined][] = [
      ['delete from t where (:id is null or id = :id)', undefined],
      ['select :a', []],
      ['select ?', undefined],
      ['select ?', {}],
      ['select ?, :b', [1]],
      ['select :b, ?', { b: 1 }],
      ['select ?1, ?', [1]],
      ['select ??', [1]],
      ['select @a', []],
      ['select $a', { b: 1 }],
      ['select #a', undefined],
      ['select :1', undefined],
      ['select 1; select :a', {}],
    ];

    for (const [text, args] of refused)
      expect(() => bindAll(statementsOf(text, sqliteDialect), args, sqliteDialect), text).toThrow('Cannot query');
    expect(translate('select @a, $b, :c', { a: 1, b: 2, c: 3 }, sqliteDialect)).toEqual([
      ['select ?1, ?2, ?3', [1, 2, 3]],
    ]);
  });

  test('what is not ended goes to the end of the text', () => {
    for (const text of ["select ':a", 'select ":a', 'select /* :a', 'select $$ :a', "select E'\\", '-- :a'])
      expect(scan(text, postgresDialect).flatMap(({ placeholders }) => placeholders)).toEqual([]);
  });

  const piece = fc.oneof(
    fc.constantFrom(
      "'",
      '"',
      '$$',
      '$a$',
      '/*',
      '*/',
      '--',
      '\n',
      ';',
      ':',
      '::',
      ':n',
      '?',
      '$1',
      'E',
      '\\',
      '(',
      ')',
      '[',
      ']',
      '`',
    ),
    fc.string({ maxLength: 3 }),
  );
  const anyText = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

  test('no text makes a value part of it, and what is no placeholder stays as it was', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(postgresDialect, sqliteDialect), (text, dialect) => {
        const statements = scan(text, dialect);
        const marks = statements.flatMap(({ placeholders }) => placeholders.filter(({ kind }) => kind === 'name'));
        const args = Object.fromEntries(marks.map(({ key }) => [key, 'VALUE']));

        const other = statements.some(({ placeholders }) => placeholders.some(({ kind }) => kind !== 'name'));
        const run = () => bindAll(statements, args, dialect);
        if (other && dialect === sqliteDialect) return void expect(run).toThrow('there is no argument');
        const written = run();

        written.forEach(({ text: now, values }, index) => {
          expect(now).not.toContain('VALUE');
          expect(new Set(values).size).toBeLessThanOrEqual(1);
          let restored = now;
          const { text: before, placeholders } = statements[index]!;
          if (placeholders.every(({ kind }) => kind !== 'name')) expect(restored).toBe(before);
          restored = before;
          expect(text).toContain(restored);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('a quoted value ends where the engine ends it: a literal of any text is opaque', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const literal = `'${value.replaceAll("'", "''")}'`;

        expect(translate(`select ${literal}, :a`, { a: 1 })).toEqual([[`select ${literal}, $1`, [1]]]);
      }),
    );
  });

  test('a text of a million characters takes no time to speak of', () => {
    for (const filler of ["'", '"', '$', '(', ':', '?', '/*', 'x ', "''", '$a', '[', ';'])
      scan(`select ${filler.repeat(1_000_000 / filler.length)}`, postgresDialect);
  });
});
