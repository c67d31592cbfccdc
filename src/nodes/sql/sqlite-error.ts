import type { StatusError } from '../../core/status-error.ts';
import { sqlError } from './sql-error.ts';

/** SQLSTATEs by what the engine's messages begin with: it tells no more. */
const states: readonly (readonly [RegExp, string])[] = [
  [/^UNIQUE constraint failed/i, '23505'],
  [/^FOREIGN KEY constraint failed/i, '23503'],
  [/^NOT NULL constraint failed/i, '23502'],
  [/^CHECK constraint failed/i, '23514'],
  [/constraint failed/i, '23000'],
  [/database (?:table )?is locked/i, '55P03'],
  [/readonly database/i, '25006'],
  [/is full$/i, '53100'],
  [/datatype mismatch|out of range|too big/i, '22000'],
  [/syntax error|incomplete input|unrecognized token/i, '42601'],
  [/^no such table/i, '42P01'],
  [/^no such column|has no column named/i, '42703'],
  [/^no such function/i, '42883'],
  [/already exists/i, '42P07'],
  [/malformed|not a database/i, 'XX001'],
  [/unable to open|could not open/i, '58030'],
  [/^(?:disk )?I\/O error/i, '58030'],
];

/** An error of SQLite as a status, with the SQLSTATE that PostgreSQL has for such a thing. */
export function sqliteError(message: string): StatusError {
  const state = states.find(([pattern]) => pattern.test(message))?.[1] ?? 'HV000';
  return sqlError(message, { state });
}
