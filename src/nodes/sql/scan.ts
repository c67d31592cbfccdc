import type { Dialect } from './dialect.ts';

/** Where a value belongs in a statement. */
export interface Placeholder {
  readonly kind: 'question' | 'number' | 'name';
  /** `1` of `$1`, `id` of `:id`; empty for `?`. */
  readonly key: string;
  /** In the text of the statement. */
  readonly start: number;
  readonly end: number;
}

/** One statement of a query text. */
export interface ScannedStatement {
  readonly text: string;
  /** Words outside of parentheses, in small letters. */
  readonly words: readonly string[];
  readonly placeholders: readonly Placeholder[];
  /** The text ends within the body of a routine. */
  readonly open: boolean;
}

const word = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const number = /\d[\w.]*/y;
const numbered = /[$?](\d{1,5})/y;
const cast = /::|:=/y;
/** `??` stands for the operator `?`. */
const question = /\?\??/y;

/** Statements whose bodies have statements of their own. */
const routines: ReadonlySet<string> = new Set(['trigger', 'function', 'procedure']);
/** What may stand before that word. */
const ofCreate: ReadonlySet<string> = new Set(['or', 'replace', 'temp', 'temporary', 'constraint', 'global', 'local']);

/**
 * Splits a query text into statements and finds the places for values, in words alone: what stands in strings, quoted names, comments and dollar
 * quotes is never touched. Takes time linear in the text. Stops when there are more than `most`.
 */
export function scan(text: string, dialect: Dialect, most: number = Number.POSITIVE_INFINITY): ScannedStatement[] {
  const statements: ScannedStatement[] = [];
  let start = 0;
  let at = 0;
  let depth = 0;
  /** How many BEGIN and CASE of a routine's body are open. */
  let body = 0;
  let words: string[] = [];
  let placeholders: Placeholder[] = [];
  const end = (): void => {
    if (words.length > 0 || placeholders.length > 0)
      statements.push({ text: text.slice(start, at), words, placeholders, open: body > 0 });
    words = [];
    placeholders = [];
    depth = body = 0;
    start = at + 1;
  };
  while (at < text.length && statements.length <= most) {
    const char = text[at]!;
    const match = char === '/' ? null : tokenAt(text, at, dialect);
    if (match === null) {
      if (char === '/' && text[at + 1] === '*') {
        at = endOfComment(text, at, dialect.nestedComments);
        continue;
      }
      if (char === '(') depth += 1;
      else if (char === ')') depth -= 1;
      else if (char === ';' && depth <= 0 && body <= 0) end();
      at += 1;
      continue;
    }
    const { kind, text: found, key } = match;
    if (kind === 'word') {
      const small = found.toLowerCase();
      if (depth === 0 && words.length < 100_000) words.push(small);
      if (depth === 0 && isRoutine(words)) body += small === 'begin' || small === 'case' ? 1 : small === 'end' ? -1 : 0;
    } else if (kind !== 'opaque') {
      placeholders.push({ kind, key, start: at - start, end: at - start + found.length });
    }
    at += found.length;
  }
  end();
  return statements;
}

interface Token {
  readonly kind: 'word' | 'opaque' | Placeholder['kind'];
  readonly text: string;
  readonly key: string;
}

/** What begins at a place; null for punctuation. Patterns are tried where they may begin, not everywhere: texts can be long. */
function tokenAt(text: string, at: number, dialect: Dialect): Token | null {
  const char = text[at]!;
  const quoted = /["'$[`-]/.test(char) || ((char === 'e' || char === 'E') && text[at + 1] === "'");
  return (
    (quoted ? take('opaque', dialect.opaque, text, at) : null) ??
    (/[A-Za-z_\u0080-\uffff]/.test(char) ? take('word', word, text, at) : null) ??
    (/[0-9]/.test(char) ? take('opaque', number, text, at) : null) ??
    (char === ':' ? take('opaque', cast, text, at) : null) ??
    (char === '$' || char === '?' ? take('number', numbered, text, at) : null) ??
    (/[:@$#]/.test(char) ? take('name', dialect.named, text, at) : null) ??
    (char === '?' ? asQuestion(take('question', question, text, at)) : null)
  );
}

function take(kind: Token['kind'], pattern: RegExp, text: string, at: number): Token | null {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match === null ? null : { kind, text: match[0], key: (kind === 'opaque' ? undefined : match[1]) ?? '' };
}

/** A doubled one says so by its key. */
function asQuestion(token: Token | null): Token | null {
  return token === null || token.text === '?' ? token : { ...token, key: '?' };
}

function isRoutine(words: readonly string[]): boolean {
  if (words[0] !== 'create') return false;
  return routines.has(words.slice(1, 5).find((each) => !ofCreate.has(each)) ?? '');
}

function endOfComment(text: string, start: number, nested: boolean): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start + 2;
  let open = 1;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    if (match[0] === '*/') open -= 1;
    else if (nested) open += 1;
    if (open === 0) return match.index + 2;
  }
  return text.length;
}
