/** A word of a condition. */
export interface Token {
  readonly kind: 'number' | 'string' | 'word' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const token =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(&&|\|\||[=!<>]=|[<>!()[\].,-]))/y;
const maxLength = 2_000;

/** The words of a condition, the end among them. A SyntaxError for what is none. */
export function tokensOf(text: string): Token[] {
  if (text.length > maxLength)
    throw new SyntaxError(`Cannot read a condition of ${text.length} characters: wanted at most ${maxLength}`);
  const tokens: Token[] = [];
  token.lastIndex = 0;
  const end = text.trimEnd().length;
  while (token.lastIndex < end) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null)
      throw new SyntaxError(
        `Cannot read condition ${JSON.stringify(text)}: "${text.slice(at).trim().charAt(0)}" at ${at + 1} is not understood`,
      );
    const kind = (['number', 'string', 'word', 'sign'] as const)[
      match.slice(1).findIndex((group) => group !== undefined)
    ]!;
    const found = match[0].trimStart();
    tokens.push({ kind, text: found, at: token.lastIndex - found.length });
  }
  tokens.push({ kind: 'end', text: '', at: end });
  return tokens;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** The text that a quoted literal stands for. */
export function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gs, (_match, letter: string) => escapes[letter] ?? letter);
}
