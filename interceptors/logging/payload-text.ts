/**
 * Any value as JSON text of at most `maxLength` characters; what was cut ends in `…`. Bytes are told by their number, since
 * they may hold anything; bigints are decimal strings. Costs no more than what it prints, and never throws.
 */
export function payloadText(value: unknown, maxLength: number): string {
  const printer = new Printer(maxLength);
  try {
    printer.print(value);
  } catch {
    // A getter or a revoked proxy may throw; what was printed so far is still worth reading.
    printer.add('"<unreadable>"');
  }
  return printer.text;
}

/** How deep values are followed: beyond it, as in a value that contains itself, `"<deeper>"` stands. */
const maxDepth = 32;

class Printer {
  #text = '';
  readonly #maxLength: number;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get text(): string {
    return this.full ? `${this.#text.slice(0, this.#maxLength - 1)}…`.toWellFormed() : this.#text;
  }

  get full(): boolean {
    return this.#text.length > this.#maxLength;
  }

  add(text: string): void {
    if (!this.full) this.#text += text;
  }

  print(value: unknown, depth = 0): void {
    if (typeof value === 'string') this.#string(value);
    else if (typeof value === 'number') this.add(Number.isFinite(value) ? String(value) : `"${value}"`);
    else if (typeof value === 'bigint') this.add(`"${value}"`);
    else if (typeof value === 'boolean' || value === null) this.add(String(value));
    else if (typeof value !== 'object') this.add(`"<${typeof value}>"`);
    else if (value instanceof Uint8Array) this.add(`"<${value.byteLength} bytes>"`);
    else if (depth === maxDepth) this.add('"<deeper>"');
    else if (value instanceof Error) this.#string(`${value.name}: ${value.message}`);
    else if (Array.isArray(value)) this.#list(value, depth + 1);
    else this.#object(value, depth + 1);
  }

  /** No more of a text is escaped than can be shown. */
  #string(value: string): void {
    this.add(JSON.stringify(value.length > this.#maxLength ? value.slice(0, this.#maxLength) : value));
  }

  #list(list: readonly unknown[], depth: number): void {
    this.add('[');
    for (let i = 0; i < list.length && !this.full; i++) {
      if (i > 0) this.add(',');
      this.print(list[i], depth);
    }
    this.add(']');
  }

  #object(value: object, depth: number): void {
    this.add('{');
    let first = true;
    for (const name in value) {
      if (this.full) break;
      if (!Object.hasOwn(value, name)) continue;
      const item = (value as Readonly<Record<string, unknown>>)[name];
      if (item === undefined) continue;
      this.add(first ? '' : ',');
      first = false;
      this.#string(name);
      this.add(':');
      this.print(item, depth);
    }
    this.add('}');
  }
}
