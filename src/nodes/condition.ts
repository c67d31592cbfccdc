import { kindOf } from '../wire/value-order.ts';
import { type Token, tokensOf, unquoted } from './condition-tokens.ts';
import { constants, field, isField, relations, sizeOf, truth } from './condition-values.ts';

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

const maxDepth = 50;

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

function either(left: Expression, right: Expression, decisive: boolean): Expression {
  const sign = decisive ? '||' : '&&';
  return (self) => (truth(left(self), sign) === decisive ? decisive : truth(right(self), sign));
}
