/** Text or a number that stands in a program, as the inputs that would be compared with it. */
export interface Literal {
  /** Where it stands in the source. */
  readonly at: number;
  readonly words: readonly Buffer[];
}

const maxWordBytes = 48;
/** Names that the compiler gives back to functions. */
const names = /__name\([^,()]*, ?"[^"]*"\)/g;
const literal = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\b0x[\da-f_]+n?\b|\b\d[\d_]*n?\b/gi;
const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', 0: '\0' };

/** Texts and numbers in JavaScript, in their order. Long texts are messages, which nobody compares with. */
export function literalsIn(source: string): Literal[] {
  const own = source.replace(names, (text) => ' '.repeat(text.length));
  return [...own.matchAll(literal)].flatMap(({ index, 0: text }) => {
    const words = /^\d/.test(text) ? numberWords(text) : textWords(text);
    return words.length === 0 ? [] : [{ at: index, words }];
  });
}

function textWords(text: string): Buffer[] {
  return text
    .slice(1, -1)
    .split(/\$\{[^}]*\}/)
    .map((piece) => Buffer.from(unescaped(piece)))
    .filter(({ length }) => length > 0 && length <= maxWordBytes);
}

/** In digits, in one, two, four bytes either way round, and as a varint. */
function numberWords(text: string): Buffer[] {
  const number = Number(text.replaceAll('_', '').replace(/n$/, ''));
  if (!Number.isSafeInteger(number) || number < 8) return [];
  const words = [Buffer.from(String(number)), varint(number)];
  for (const bytes of [1, 2, 4].filter((size) => number < 256 ** size)) {
    const word = Buffer.alloc(bytes);
    word.writeUIntBE(number, 0, bytes);
    words.push(word);
    if (bytes > 1) words.push(Buffer.from(word).reverse());
  }
  return words;
}

/** A number as protobuf writes it. */
export function varint(number: number): Buffer {
  const bytes: number[] = [];
  let left = number;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Buffer.from([...bytes, left]);
}

function unescaped(text: string): string {
  return text.replace(/\\(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]+)\}|(.))/gis, (_, two, four, any, one: string) => {
    const hex = (two ?? four ?? any) as string | undefined;
    return hex === undefined ? (named[one] ?? one) : String.fromCodePoint(Number.parseInt(hex, 16));
  });
}
