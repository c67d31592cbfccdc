/** One word, number, string or sign of a proto file. */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'sign' | 'end';
  /** As written; of strings the content, one byte a character. */
  readonly text: string;
  readonly line: number;
  /** The comment block directly above. */
  readonly doc: string | undefined;
  /** A comment behind it on the same line. */
  trailing?: string;
}

/** What is wrong with a proto file, and where. */
export class ProtoSyntaxError extends Error {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;

  constructor(file: string, line: number, text: string) {
    super(`Cannot read "${file}", line ${line}: ${text}`);
    this.file = file;
    this.line = line;
  }
}

// A comment or text that does not end is no sign: each of many would be read to the end of the file.
const pattern =
  /([ \t\r\f\v]+)|(\n)|(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|([A-Za-z_]\w*)|(0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|((?!\/\*)[^\s\w"'])/y;

/** All tokens of a proto file, the last one of kind `end`. */
export function tokenize(source: string, file: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let comment: { text: string; lastLine: number } | undefined;
  pattern.lastIndex = source.startsWith('\ufeff') ? 1 : 0;
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(source);
    if (match === null)
      throw new ProtoSyntaxError(file, line, `cannot make sense of ${JSON.stringify(source.slice(at, at + 12))}`);
    const [text, space, newline, remark, word, number, string] = match;
    if (space !== undefined) continue;
    if (newline !== undefined) {
      line++;
      continue;
    }
    if (remark !== undefined) {
      const previous = tokens.at(-1);
      const first = line;
      line += remark.split('\n').length - 1;
      if (previous?.line === first) previous.trailing = textOf(remark);
      else if (comment !== undefined && comment.lastLine + 1 === first && remark.startsWith('//')) {
        comment = { text: `${comment.text}\n${textOf(remark)}`, lastLine: line };
      } else comment = { text: textOf(remark), lastLine: line };
      continue;
    }
    const doc = comment !== undefined && comment.lastLine + 1 >= line ? comment.text : undefined;
    comment = undefined;
    const kind =
      word !== undefined ? 'word' : number !== undefined ? 'number' : string !== undefined ? 'string' : 'sign';
    tokens.push({ kind, text: string === undefined ? text : contentOf(string), line, doc });
  }
  tokens.push({ kind: 'end', text: 'end of file', line, doc: undefined });
  return tokens;
}

function textOf(comment: string): string {
  const lines = comment.startsWith('//') ? [comment.slice(2)] : comment.slice(2, -2).split('\n');
  return lines
    .map((line) =>
      line
        .replace(/^[ \t]*\*?/, '')
        .replace(/^ /, '')
        .trimEnd(),
    )
    .join('\n')
    .trim();
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** The content of a string literal, one byte a character, since escapes may make any bytes. */
function contentOf(literal: string): string {
  const bytes = Buffer.from(literal.slice(1, -1), 'utf8').toString('latin1');
  return bytes.replace(
    /\\(?:[xX]([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g,
    (_, hex, octal, short, long, sign) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      const point = short ?? long;
      if (point !== undefined)
        return Buffer.from(String.fromCodePoint(Math.min(Number.parseInt(point, 16), 0x10ffff)), 'utf8').toString(
          'latin1',
        );
      return escapes[sign] ?? sign;
    },
  );
}
