import { jsonText } from './postgres-values.ts';
import { invalid } from './query.ts';

const writing: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'replace']);
const reading: ReadonlySet<string> = new Set(['select', 'values', 'pragma', 'explain']);

/** Whether a statement has columns, by its words outside of parentheses. */
export function returnsRows(words: readonly string[]): boolean {
  // After WITH the first such word counts: later ones may be functions, as `replace` is.
  const verb = words[0] === 'with' ? words.find((word) => reading.has(word) || writing.has(word)) : words[0];
  if (verb === undefined || reading.has(verb)) return words.length > 0;
  return writing.has(verb) && words.includes('returning');
}

/** A value as the engine takes it: lists and mappings are JSON text. INVALID_ARGUMENT for what is none. */
export function sqliteValue(value: unknown): unknown {
  if (typeof value === 'string') {
    // The engine would cut it there.
    if (value.includes('\0')) throw invalid('Cannot query with a text that has a zero character for an argument');
    return value;
  }
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw invalid('Cannot query with an integer of more than 64 bits');
    return value;
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'object') throw invalid(`Cannot query with a ${typeof value} for an argument`);
  return jsonText(value);
}
