import { type Directive, invalid, readFormat, type Verb } from './directives.ts';

const verbs = 'vdisqxobcefgt';

/** What a format found in a text. */
export type Scanned =
  | { readonly values: readonly unknown[]; readonly used: number }
  /** The text ends where more of it may change what is found. */
  | 'more'
  /** The text is over before the last value; `values` were found. */
  | { readonly ended: number };

/** The parts of a format for scanning. */
export function readScanFormat(format: string): Directive[] {
  return readFormat(format, verbs);
}

/**
 * Finds values in a text, as C does: white space in the format stands for any of it, none included; other text for itself; `%d` `%i` whole number, `%x` `%o` `%b` in
 * other bases, `%f` `%e` `%g` number, `%s` word, `%q` quoted text, `%t` boolean, `%c` character (or as many as the width says), `%v` number, boolean or word. White space
 * before a value is skipped, but not before `%c`. A width is the most characters taken; `%*d` throws its value away. Throws INVALID_ARGUMENT for a text that does not fit.
 */
export function scanText(directives: readonly Directive[], text: string, ended: boolean): Scanned {
  const values: unknown[] = [];
  let at = 0;
  for (const [index, directive] of directives.entries()) {
    const last = index === directives.length - 1;
    if (typeof directive === 'string') {
      const matched = matchText(directive, text, at, ended, last);
      if (typeof matched !== 'number') return matched === 'more' ? 'more' : { ended: values.length };
      at = matched;
      continue;
    }
    const start = directive.verb === 'c' ? at : skipSpace(text, at);
    if (start >= text.length) return ended ? { ended: values.length } : 'more';
    const token = tokenAt(directive, text, start);
    if (token.open && !ended) return 'more';
    if (directive.width !== '*') values.push(scannedValue(directive, token.text));
    at = start + token.text.length;
  }
  return { values, used: at };
}

function matchText(
  wanted: string,
  text: string,
  from: number,
  ended: boolean,
  last: boolean,
): number | 'more' | 'ended' {
  let at = from;
  for (const part of wanted.match(/\s+|\S+/g) ?? []) {
    if (/^\s/.test(part)) {
      at = skipSpace(text, at);
      // Nobody types more only so that it is seen where the white space ends.
      if (at >= text.length && !ended && !last) return 'more';
      continue;
    }
    const there = text.slice(at, at + part.length);
    if (there === part) at += part.length;
    else if (part.startsWith(there)) return ended ? 'ended' : 'more';
    else throw invalid(`Cannot scan ${JSON.stringify(there)}: the format wants ${JSON.stringify(part)} there`);
  }
  return at;
}

/** What a verb may take, and whether more could follow. */
function tokenAt({ verb, width }: Verb, text: string, start: number): { text: string; open: boolean } {
  const most = typeof width === 'number' && width > 0 ? width : Number.POSITIVE_INFINITY;
  if (verb === 'c') {
    const wanted = most === Number.POSITIVE_INFINITY ? 1 : most;
    const taken = [...text.slice(start, start + 2 * wanted)].slice(0, wanted);
    return { text: taken.join(''), open: taken.length < wanted };
  }
  const pattern = tokens[verb] ?? word;
  pattern.lastIndex = start;
  // No further than the width: each of many narrow verbs would read all that is left.
  const within = text.slice(0, start + most);
  const found = pattern.exec(within)?.[0] || (wordAt(within, start) ?? '');
  const taken = found.slice(0, most);
  const closed = verb === 'q' && found.length > 1 && found.endsWith('"') && !/(?<!\\)(?:\\\\)*\\"$/.test(found);
  return { text: taken, open: start + taken.length >= text.length && taken.length < most && !closed };
}

function wordAt(text: string, start: number): string | undefined {
  word.lastIndex = start;
  return word.exec(text)?.[0];
}

const word = /\S+/y;
const whole = /[-+]?\d*/y;
const decimal = /[-+]?[\d.]*(?:(?<=[\d.])[eE][-+]?\d*)?/y;

/** What the characters of a value may be; where none fits, the word there is what does not. */
const tokens: Readonly<Record<string, RegExp>> = {
  d: whole,
  i: whole,
  x: /[-+]?(?:0[xX]?)?[\da-fA-F]*/y,
  o: /[-+]?(?:0o?)?[0-7]*/y,
  b: /[-+]?(?:0b?)?[01]*/y,
  e: decimal,
  f: decimal,
  g: decimal,
  t: /[a-z]*/y,
  q: /"(?:[^"\\]|\\.)*"?/sy,
};

const bases: Readonly<Record<string, readonly [prefix: string, digits: RegExp, wanted: string]>> = {
  d: ['', /^[-+]?\d+$/, 'a whole number'],
  i: ['', /^[-+]?\d+$/, 'a whole number'],
  x: ['0x', /^[-+]?(?:0[xX])?[\da-fA-F]+$/, 'a hexadecimal number'],
  o: ['0o', /^[-+]?(?:0o)?[0-7]+$/, 'an octal number'],
  b: ['0b', /^[-+]?(?:0b)?[01]+$/, 'a binary number'],
};

function scannedValue({ verb }: Verb, text: string): unknown {
  const base = bases[verb];
  if (base !== undefined) {
    const [prefix, digits, wanted] = base;
    if (!digits.test(text)) throw unfit(text, verb, wanted);
    return wholeNumber(text, prefix);
  }
  switch (verb) {
    case 'e':
    case 'f':
    case 'g':
      if (!isDecimal(text)) throw unfit(text, verb, 'a number');
      return Number(text);
    case 't':
      if (text !== 'true' && text !== 'false') throw unfit(text, verb, 'true or false');
      return text === 'true';
    case 'q':
      return unquoted(text);
    case 'v':
      if (text === 'true' || text === 'false') return text === 'true';
      return /^[-+]?\d+$/.test(text) ? wholeNumber(text, '') : isDecimal(text) ? Number(text) : text;
    default:
      return text;
  }
}

/** Reading more takes time that grows with the square of it. */
const maxDigits = 1_000;

function wholeNumber(text: string, prefix: string): number | bigint {
  if (text.length > maxDigits) throw invalid(`Cannot scan a number of more than ${maxDigits} digits`);
  const digits = text.replace(/^[-+]/, '').replace(/^0[xXob]/, '');
  const found = BigInt(`${prefix}${digits}`);
  const number = text.startsWith('-') ? -found : found;
  return number >= Number.MIN_SAFE_INTEGER && number <= Number.MAX_SAFE_INTEGER ? Number(number) : number;
}

function isDecimal(text: string): boolean {
  // Digits match in one way alone, or a long text takes for ever.
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(text);
}

function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
  } catch {
    // It is said below.
  }
  throw unfit(text, 'q', 'text in double quotes');
}

const space = /\s*/y;

function skipSpace(text: string, from: number): number {
  space.lastIndex = from;
  return from + (space.exec(text)?.[0].length ?? 0);
}

function unfit(text: string, verb: string, wanted: string): Error {
  return invalid(`Cannot scan ${JSON.stringify(text.slice(0, 100))} with "%${verb}": wanted ${wanted}`);
}
