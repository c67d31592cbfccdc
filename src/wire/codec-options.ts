/** How values of a message look in code; loader, codecs and generator share it, so types never lie about values. */
export interface CodecOptions {
  /** What 64-bit integers decode to: `bigint` (default), or a decimal `string`. Encoding takes bigint, safe integers and decimal strings. */
  int64?: 'bigint' | 'string';
}

/** The choices of `CodecOptions` with defaults filled in. */
export type CodecStyle = Required<CodecOptions>;

/** Checks the values of codec options and fills in defaults. */
export function codecStyle({ int64 = 'bigint' }: CodecOptions = {}): CodecStyle {
  if (int64 === 'bigint') return bigintStyle;
  if (int64 === 'string') return stringStyle;
  throw new TypeError(`Cannot use option int64 ${JSON.stringify(int64)}: wanted "bigint" or "string"`);
}

const bigintStyle: CodecStyle = Object.freeze({ int64: 'bigint' });
const stringStyle: CodecStyle = Object.freeze({ int64: 'string' });
