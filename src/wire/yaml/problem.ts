import type { Position } from './position.ts';

/** One thing wrong with a text. Plain data: `JSON.stringify` is its form for machines. */
export interface TextProblem {
  /** `warning` does not keep what the text says from being used. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** What to do about it: `did you mean "thumbnail"?`. */
  readonly suggestion?: string;
  /** File, line and column, from 1; left out for what was made in code. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** An error as plain data, absent parts left out. */
export function textProblem(message: string, at?: Position, suggestion?: string): TextProblem {
  return { severity: 'error', message, ...(suggestion !== undefined && { suggestion }), ...at };
}

const longestQuote = 60;

/** A value as it is shown in a message: quoted, on one line, cut when long. */
export function quote(value: unknown): string {
  if (typeof value === 'bigint') return `${value}`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > longestQuote ? `${value.slice(0, longestQuote)}…` : value);
}
