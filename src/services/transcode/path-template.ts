/** A part of a path between slashes: a text, `*` for any one, or `**` for all that are left. */
export type Segment = { readonly text: string } | '*' | '**';

/** The segments that a field is filled from. */
export interface Variable {
  /** `book.name` */
  readonly field: string;
  /** First segment, and the one behind the last; `Infinity` when it takes all that are left. */
  readonly start: number;
  readonly end: number;
  /** May hold more than one segment: an encoded slash stays encoded then. */
  readonly multiple: boolean;
}

/** A path template of `google/api/http.proto`, parsed. */
export interface PathTemplate {
  readonly text: string;
  readonly segments: readonly Segment[];
  readonly variables: readonly Variable[];
  /** What stands behind the last colon; empty for none. */
  readonly verb: string;
}

const identifier = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/;
const literal = /^[\w\-.~!$&'()+,;@%]+/;

/** Parses a template. An Error that quotes it and says what is wrong where. */
export function parseTemplate(text: string): PathTemplate {
  return new TemplateParser(text).parse();
}

class TemplateParser {
  readonly #text: string;
  readonly #segments: Segment[] = [];
  readonly #variables: Variable[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): PathTemplate {
    this.#expect('/');
    // `/` alone is a path as well.
    if (this.#at < this.#text.length && this.#peek !== ':') this.#list(true);
    let verb = '';
    if (this.#take(':')) verb = this.#match(literal, 'a verb');
    if (this.#at < this.#text.length) this.#fail('"/", ":" or the end');
    const rest = this.#segments.indexOf('**');
    if (rest >= 0 && rest < this.#segments.length - 1) this.#fail('"**" as the last segment');
    return { text: this.#text, segments: this.#segments, variables: this.#variables, verb };
  }

  get #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #list(variables: boolean): void {
    do {
      if (this.#take('**')) this.#segments.push('**');
      else if (this.#take('*')) this.#segments.push('*');
      else if (variables && this.#take('{')) this.#variable();
      else this.#segments.push({ text: decode(this.#match(literal, variables ? 'a segment' : 'a plain segment')) });
    } while (this.#take('/'));
  }

  #variable(): void {
    const start = this.#segments.length;
    const field = this.#match(identifier, 'a field');
    if (this.#variables.some((other) => other.field === field)) this.#fail('each field once');
    if (this.#take('=')) this.#list(false);
    else this.#segments.push('*');
    this.#expect('}');
    const open = this.#segments.at(-1) === '**';
    const end = open ? Number.POSITIVE_INFINITY : this.#segments.length;
    this.#variables.push({ field, start, end, multiple: open || end - start > 1 });
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(`"${text}"`);
  }

  #match(pattern: RegExp, wanted: string): string {
    const found = pattern.exec(this.#text.slice(this.#at))?.[0];
    if (found === undefined) return this.#fail(wanted);
    this.#at += found.length;
    return found;
  }

  #fail(wanted: string): never {
    throw new Error(`Cannot read path template "${this.#text}": wanted ${wanted} at ${this.#at + 1}`);
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`Cannot read path template: "${text}" is no percent-encoding`);
  }
}
