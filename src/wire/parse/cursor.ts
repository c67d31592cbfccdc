import { ProtoSyntaxError, type Token, tokenize } from './token.ts';

/** Of a name with dots. */
const maxParts = 100;

/** Walks over the tokens of one proto file and says what it wanted when something else stands there. */
export class Cursor {
  readonly file: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string, file: string) {
    this.file = file;
    this.#tokens = tokenize(source, file);
  }

  get next(): Token {
    return this.#tokens[this.#at]!;
  }

  /** The token that was taken last. */
  get last(): Token {
    return this.#tokens[Math.max(0, this.#at - 1)]!;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  /** True when the sign or word stands next and no further than `ahead` tokens away. */
  sees(text: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token !== undefined && token.text === text && token.kind !== 'string';
  }

  /** Takes a sign or word if it stands next. */
  skip(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#at++;
    return true;
  }

  expect(text: string, where: string): Token {
    if (this.sees(text)) return this.take();
    return this.fail(`wanted "${text}" ${where}, got ${shownToken(this.next)}`);
  }

  word(what: string): string {
    if (this.next.kind === 'word') return this.take().text;
    return this.fail(`wanted ${what}, got ${shownToken(this.next)}`);
  }

  /** A name with dots, a leading one included. */
  path(what: string): string {
    let text = this.skip('.') ? '.' : '';
    text += this.word(what);
    for (let parts = 2; this.skip('.'); parts++) {
      // What a name stands for is looked for in each scope around it.
      if (parts > maxParts) return this.fail(`${what} has more than ${maxParts} parts`);
      text += `.${this.word(what)}`;
    }
    return text;
  }

  /** One or more string literals in a row, one byte a character. */
  string(what: string): string {
    if (this.next.kind !== 'string') return this.fail(`wanted ${what} in quotes, got ${shownToken(this.next)}`);
    let text = '';
    while (this.next.kind === 'string') text += this.take().text;
    return text;
  }

  integer(what: string): number {
    const line = this.next.line;
    const sign = this.skip('-') ? -1 : 1;
    const { kind, text } = this.next;
    const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
    if (kind !== 'number' || !Number.isInteger(value))
      return this.fail(`wanted ${what}, got ${shownToken(this.next)}`, line);
    this.take();
    return sign * value;
  }

  fail(text: string, line = this.next.line): never {
    throw new ProtoSyntaxError(this.file, line, text);
  }
}

function shownToken({ kind, text }: Token): string {
  return kind === 'end' ? 'the end of the file' : JSON.stringify(text);
}
