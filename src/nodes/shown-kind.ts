import { kindOf } from '../wire/value-order.ts';

const names: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'a boolean',
  number: 'a number',
  string: 'text',
  bytes: 'bytes',
  list: 'a list',
  object: 'a mapping',
  error: 'an error',
};

/** What a value is, in words for messages: `a list`. */
export function shownKind(value: unknown): string {
  try {
    return names[kindOf(value)] ?? typeof value;
  } catch {
    return 'no value';
  }
}
