import type { Cursor } from './cursor.ts';

/** The value of an option as it is written; what it means depends on the option's type. */
export type OptionValue =
  | { readonly string: string }
  | { readonly word: string }
  | { readonly number: string }
  | { readonly list: readonly OptionValue[] }
  | { readonly fields: readonly (readonly [name: string, value: OptionValue])[] };

export interface ParsedOption {
  /** Custom parts in parentheses: `(google.api.http)`, `get`. */
  readonly name: readonly string[];
  readonly value: OptionValue;
  readonly line: number;
}

/** `option name = value;`, with the word already taken. */
export function optionStatement(cursor: Cursor): ParsedOption {
  const option = assignment(cursor);
  cursor.expect(';', `after option "${option.name.join('.')}"`);
  return option;
}

/** `[name = value, …]` behind a field, enum value or range; empty when there is none. */
export function bracketOptions(cursor: Cursor): ParsedOption[] {
  const options: ParsedOption[] = [];
  if (!cursor.skip('[')) return options;
  do options.push(assignment(cursor));
  while (cursor.skip(','));
  cursor.expect(']', 'after options');
  return options;
}

/** As deep as messages nest. */
const maxDepth = 100;

function assignment(cursor: Cursor): ParsedOption {
  const { line } = cursor.next;
  const name: string[] = [];
  do {
    if (cursor.skip('(')) {
      name.push(`(${cursor.path('the name of an option')})`);
      cursor.expect(')', 'after the name of an option');
    } else name.push(cursor.word('the name of an option'));
    if (name.length > maxDepth) cursor.fail(`the name of an option has more than ${maxDepth} parts`);
  } while (cursor.skip('.'));
  cursor.expect('=', `after option "${name.join('.')}"`);
  return { name, value: optionValue(cursor, 0), line };
}

function optionValue(cursor: Cursor, depth: number): OptionValue {
  if (depth > maxDepth) return cursor.fail(`an option is nested deeper than ${maxDepth}`);
  if (cursor.skip('{')) return aggregate(cursor, '}', depth);
  if (cursor.skip('<')) return aggregate(cursor, '>', depth);
  if (cursor.skip('[')) {
    const list: OptionValue[] = [];
    while (!cursor.skip(']')) {
      list.push(optionValue(cursor, depth + 1));
      if (!cursor.sees(']')) cursor.expect(',', 'between values');
    }
    return { list };
  }
  if (cursor.next.kind === 'string') return { string: cursor.string('a value') };
  const sign = cursor.skip('-') ? '-' : '';
  const { kind, text } = cursor.next;
  if (kind === 'number') {
    cursor.take();
    return { number: sign + text };
  }
  const word = cursor.word('a value');
  return sign === '-' ? { number: `-${word}` } : { word };
}

/** Text format: `{ get: "/v1" body: "*" nested { … } }`. */
function aggregate(cursor: Cursor, end: string, depth: number): OptionValue {
  const fields: (readonly [string, OptionValue])[] = [];
  while (!cursor.skip(end)) {
    let name: string;
    if (cursor.skip('[')) {
      name = cursor.path('the name of an extension');
      while (cursor.skip('/')) name += `/${cursor.path('a type')}`;
      cursor.expect(']', 'after the name of an extension');
      name = `[${name}]`;
    } else name = cursor.word('the name of a field');
    if (!cursor.skip(':') && !cursor.sees('{') && !cursor.sees('<')) cursor.expect(':', `after "${name}"`);
    fields.push([name, optionValue(cursor, depth + 1)]);
    if (!cursor.skip(',')) cursor.skip(';');
  }
  return { fields };
}
