import { suggestion } from './suggestion.ts';

/** How values of a message look in code; loader, codecs and generator share it, so types never lie about values. */
export interface CodecOptions {
  /** What 64-bit integers decode to: `bigint` (default), or a decimal `string`. Encoding takes bigint, safe integers and decimal strings. */
  int64?: 'bigint' | 'string';
}

/** The choices of `CodecOptions` with defaults filled in. */
export type CodecStyle = Required<CodecOptions>;

/** Refuses options that nobody reads, with a suggestion, before anything is opened. */
export function checkOptions(action: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`${action}: unknown option "${name}"${suggestion(name, known)}`);
  }
}

/** Checks the values of codec options and fills in defaults. */
export function codecStyle({ int64 = 'bigint' }: CodecOptions, action: string): CodecStyle {
  if (int64 !== 'bigint' && int64 !== 'string') {
    throw new TypeError(`${action}: option int64 is ${JSON.stringify(int64)}, wanted "bigint" or "string"`);
  }
  return int64 === 'bigint' ? bigintStyle : stringStyle;
}

const bigintStyle: CodecStyle = Object.freeze({ int64: 'bigint' });
const stringStyle: CodecStyle = Object.freeze({ int64: 'string' });
