import { parserOf } from './postgres-values.ts';
import { maxBytes, maxRows, tooLarge } from './result-limits.ts';

/** Reads the values of one connection's results. Once one is too large the driver drops the rest of it, and gives RESOURCE_EXHAUSTED at its end. */
export class BoundedTypes {
  #bytes = 0;

  /** Before each query. */
  restart(): void {
    this.#bytes = 0;
  }

  /** Asked for each column of a result; nulls are not read. */
  getTypeParser(type: number): (text: string) => unknown {
    const parse = parserOf(type);
    let rows = 0;
    return (text) => {
      rows += 1;
      this.#bytes += 8 + text.length;
      if (rows > maxRows || this.#bytes > maxBytes) throw tooLarge();
      return parse(text);
    };
  }
}
