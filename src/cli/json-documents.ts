/** A JSON document of a text, and the line it starts on, from 1. */
export interface JsonDocument {
  readonly value: unknown;
  readonly line: number;
}

export interface JsonDocumentsOptions {
  /** Names the input in errors: `stdin`. */
  source: string;
  /** A longer document is an error. Default 16 Mi characters. */
  maxLength?: number;
}

/**
 * Reads JSON documents one after another as they come in: one a line, indented over many, or with nothing between them.
 * Each is handed over as soon as it is complete. Throws an Error that names source and line.
 */
export async function* jsonDocuments(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { source, maxLength = 16 * 1024 * 1024 }: JsonDocumentsOptions,
): AsyncGenerator<JsonDocument> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const splitter = new Splitter();
  const parse = ({ text, line }: Piece): JsonDocument => {
    try {
      return { value: JSON.parse(text) as unknown, line };
    } catch (error) {
      throw new Error(`Cannot read ${source}, line ${line}: ${(error as Error).message}`, { cause: error });
    }
  };
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (error) {
      throw new Error(`Cannot read ${source}, line ${splitter.line}: it is not UTF-8 text`, { cause: error });
    }
  };
  for await (const chunk of chunks) {
    for (const piece of splitter.push(decode(chunk))) yield parse(piece);
    if (splitter.pending > maxLength) {
      throw new Error(
        `Cannot read ${source}, line ${splitter.line}: the document is longer than ${maxLength} characters`,
      );
    }
  }
  for (const piece of splitter.push(decode())) yield parse(piece);
  const rest = splitter.rest();
  if (rest !== undefined) yield parse(rest);
}

interface Piece {
  readonly text: string;
  readonly line: number;
}

/** Finds where documents end, without judging them: brackets are counted, strings are skipped. */
class Splitter {
  /** Line of the document that is being read. */
  line = 1;
  #text = '';
  #at = 0;
  #state: 'between' | 'container' | 'string' | 'word' = 'between';
  #depth = 0;
  #quoted = false;
  #escaped = false;
  #newlines = 0;

  get pending(): number {
    return this.#text.length;
  }

  *push(chunk: string): Generator<Piece> {
    this.#text += chunk;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]!;
      if (this.#state === 'between') this.#begin(character);
      else if (this.#state === 'word') {
        // A word ends before the next character, which may begin a document.
        if (' \t\r\n{["'.includes(character)) yield this.#take();
        else this.#at += 1;
      } else if (this.#endsAt(character)) yield this.#take();
    }
    if (this.#state === 'between') this.#drop();
  }

  /** What is left at the end of the input: a number at its very end, or a document that was cut off. */
  rest(): Piece | undefined {
    return this.#state === 'between' ? undefined : this.#take();
  }

  #begin(character: string): void {
    if (' \t\r\n'.includes(character)) {
      if (character === '\n') this.line += 1;
      this.#at += 1;
      return;
    }
    this.#drop();
    this.#state = character === '"' ? 'string' : '{['.includes(character) ? 'container' : 'word';
    if (this.#state === 'word') this.#at = 1;
  }

  #endsAt(character: string): boolean {
    this.#at += 1;
    if (character === '\n') this.#newlines += 1;
    if (this.#escaped) this.#escaped = false;
    else if (this.#quoted && character === '\\') this.#escaped = true;
    else if (character === '"') {
      this.#quoted = !this.#quoted;
      return this.#state === 'string' && !this.#quoted;
    } else if (!this.#quoted && '{['.includes(character)) this.#depth += 1;
    else if (!this.#quoted && '}]'.includes(character)) {
      this.#depth -= 1;
      return this.#depth === 0;
    }
    return false;
  }

  #take(): Piece {
    const piece = { text: this.#text.slice(0, this.#at), line: this.line };
    this.#drop();
    this.line += this.#newlines;
    this.#state = 'between';
    this.#depth = this.#newlines = 0;
    this.#quoted = this.#escaped = false;
    return piece;
  }

  #drop(): void {
    this.#text = this.#text.slice(this.#at);
    this.#at = 0;
  }
}
