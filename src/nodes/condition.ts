import { compareValues, equalValues, kindOf } from '../wire/value-order.ts';

/** A test of a payload. Throws for a field that is not there, as the language asks. */
export type Condition = (payload: unknown) => boolean;

type Expression = (self: unknown) => unknown;

/**
 * Reads a condition: a small part of CEL (https://cel.dev), so that texts keep their meaning with a full one. `self` is the payload;
 * fields `self.a.b` and `self["a"][0]`, `has(self.a)`, `size(x)`, literals, lists, `== != < <= > >= in`, `&&`, `||`, `!` and parentheses. A
 * SyntaxError says where it is wrong.
 */
export function parseCondition(text: string): Condition {
  const expression = new Parser(text).whole();
  return (payload) => {
    const result = expression(payload);
    if (typeof result !== 'boolean')
      throw new TypeError(`Condition ${JSON.stringify(text)} gave ${kindOf(result)}: wanted a boolean`);
    return result;
  };
}

const token =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(&&|\|\||[=!<>]=|[<>!()[\].,-]))/y;
const maxDepth = 50;
const maxLength = 2_000;

interface Token {
  readonly kind: 'number' | 'string' | 'word' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

class Parser {
  readonly #text: string;
  readonly #tokens: Token[];
  #next = 0;
  #depth = 0;
  /** What `has` must know of a field: whether it is there is asked of what it is in. */
  readonly #fields = new WeakMap<Expression, { outer: Expression; name: string }>();

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  whole(): Expression {
    const expression = this.#or();
    if (this.#peek.kind !== 'end') throw this.#wrong('the end');
    return expression;
  }

  get #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(text: string): boolean {
    const { kind } = this.#peek;
    if (this.#peek.text !== text || kind === 'string') return false;
    this.#next += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#wrong(`"${text}"`);
  }

  #or(): Expression {
    if (++this.#depth > maxDepth) throw this.#wrong(`at most ${maxDepth} levels`);
    let left = this.#and();
    while (this.#take('||')) left = either(left, this.#and(), true);
    this.#depth -= 1;
    return left;
  }

  #and(): Expression {
    let left = this.#relation();
    while (this.#take('&&')) left = either(left, this.#relation(), false);
    return left;
  }

  #relation(): Expression {
    const left = this.#unary();
    for (const [sign, compare] of relations) {
      if (!this.#take(sign)) continue;
      const right = this.#unary();
      return (self) => compare(left(self), right(self));
    }
    return left;
  }

  #unary(): Expression {
    if (this.#take('!')) {
      const inner = this.#unary();
      return (self) => !truth(inner(self), '!');
    }
    return this.#path(this.#primary());
  }

  #primary(): Expression {
    const { kind, text } = this.#peek;
    if (this.#take('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    if (this.#take('[')) return this.#list();
    const negative = this.#take('-');
    if (this.#peek.kind === 'number') {
      const number = Number(this.#tokens[this.#next++]!.text) * (negative ? -1 : 1);
      return () => number;
    }
    if (negative) throw this.#wrong('a number');
    this.#next += 1;
    if (kind === 'string') {
      const value = unquoted(text);
      return () => value;
    }
    if (kind === 'word') {
      const constant = constants.get(text);
      if (constant !== undefined) return () => constant.value;
      if (text === 'self') return (self) => self;
      if (text === 'has' || text === 'size') return this.#function(text);
    }
    this.#next -= 1;
    throw this.#wrong('a value, "self", has(…) or size(…)');
  }

  #function(name: 'has' | 'size'): Expression {
    this.#expect('(');
    const inner = this.#or();
    const last = this.#fields.get(inner);
    if (name === 'has' && last === undefined) throw this.#wrong('a field such as self.a');
    this.#expect(')');
    if (name === 'size') return (self) => sizeOf(inner(self));
    return (self) => isField(last!.outer(self), last!.name);
  }

  #list(): Expression {
    const items: Expression[] = [];
    if (!this.#take(']')) {
      do items.push(this.#or());
      while (this.#take(','));
      this.#expect(']');
    }
    return (self) => items.map((item) => item(self));
  }

  #path(start: Expression): Expression {
    let value = start;
    for (;;) {
      const outer = value;
      if (this.#take('.')) {
        const { kind, text } = this.#peek;
        if (kind !== 'word') throw this.#wrong('the name of a field');
        this.#next += 1;
        value = (self) => field(outer(self), text);
        this.#fields.set(value, { outer, name: text });
      } else if (this.#take('[')) {
        const index = this.#or();
        this.#expect(']');
        value = (self) => field(outer(self), index(self));
      } else return value;
    }
  }

  #wrong(wanted: string): SyntaxError {
    const { kind, text, at } = this.#peek;
    const found = kind === 'end' ? 'it ends' : `"${text}" stands`;
    return new SyntaxError(
      `Cannot read condition ${JSON.stringify(this.#text)}: ${found} at ${at + 1}, wanted ${wanted}`,
    );
  }
}

const constants: ReadonlyMap<string, { value: unknown }> = new Map([
  ['true', { value: true }],
  ['false', { value: false }],
  ['null', { value: null }],
]);

const relations: readonly [string, (a: unknown, b: unknown) => boolean][] = [
  ['==', equalValues],
  ['!=', (a, b) => !equalValues(a, b)],
  ['<=', (a, b) => ordered(a, b) <= 0],
  ['>=', (a, b) => ordered(a, b) >= 0],
  ['<', (a, b) => ordered(a, b) < 0],
  ['>', (a, b) => ordered(a, b) > 0],
  ['in', contains],
];

function either(left: Expression, right: Expression, decisive: boolean): Expression {
  const sign = decisive ? '||' : '&&';
  return (self) => (truth(left(self), sign) === decisive ? decisive : truth(right(self), sign));
}

function truth(value: unknown, sign: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`"${sign}" takes booleans, got ${kindOf(value)}`);
}

function ordered(a: unknown, b: unknown): number {
  const kind = kindOf(a);
  if (kind === kindOf(b) && (kind === 'number' || kind === 'string' || kind === 'bytes' || kind === 'boolean'))
    return compareValues(a, b);
  throw new TypeError(`Cannot order ${kind} and ${kindOf(b)}`);
}

function contains(item: unknown, container: unknown): boolean {
  if (Array.isArray(container)) return container.some((one) => equalValues(one, item));
  if (kindOf(container) === 'object') return Object.hasOwn(container as object, String(item));
  throw new TypeError(`"in" takes a list or an object, got ${kindOf(container)}`);
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (kindOf(value) === 'object') return Object.keys(value as object).length;
  throw new TypeError(`size() takes text, bytes, a list or an object, got ${kindOf(value)}`);
}

function field(value: unknown, name: unknown): unknown {
  const key = typeof name === 'number' ? name : String(name);
  if (isField(value, key)) return (value as Record<string | number, unknown>)[key];
  throw new RangeError(`The payload has no field ${JSON.stringify(key)} where the condition looks for it`);
}

function isField(value: unknown, key: string | number): boolean {
  if (Array.isArray(value)) return typeof key === 'number' && Object.hasOwn(value, key);
  return kindOf(value) === 'object' && Object.hasOwn(value as object, key);
}

function tokensOf(text: string): Token[] {
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

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gs, (_match, letter: string) => escapes[letter] ?? letter);
}
