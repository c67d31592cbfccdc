/** Of a text that was cut, at least so much of its beginning is known by what follows: `…`, `...`, or the end. */
const shortestCut = 8;
const cutGrammar = /(?:["'`]?(?:…|\.\.\.)|["'`]?$)/y;

/** Texts that begin alike, in order, so that the one that stands somewhere is found by halving. */
export class NeedleGroup {
  /** In how many characters they begin alike. */
  static readonly startLength = 6;
  readonly #needles: readonly string[];
  /** For each of them the longest other one that it begins with, by index; -1 for none. */
  readonly #within: readonly number[];
  readonly #longest: number;

  constructor(needles: Iterable<string>) {
    this.#needles = [...needles].sort((a, b) => (a < b ? -1 : 1));
    this.#longest = this.#needles.reduce((longest, { length }) => Math.max(longest, length), 0);
    const open: number[] = [];
    this.#within = this.#needles.map((needle, index) => {
      while (open.length > 0 && !needle.startsWith(this.#needles[open.at(-1)!]!)) open.pop();
      const within = open.at(-1) ?? -1;
      open.push(index);
      return within;
    });
  }

  /** How long the longest needle is that stands here, or the beginning of one that was cut; 0 for none. */
  lengthAt(text: string, at: number): number {
    const rest = text.slice(at, at + this.#longest);
    const next = this.#after(rest);
    // Whatever lies between a needle and a text that begins with it begins with it, too.
    let found = next - 1;
    while (found >= 0 && !rest.startsWith(this.#needles[found]!)) found = this.#within[found]!;
    const whole = found < 0 ? 0 : this.#needles[found]!.length;
    return Math.max(whole, cutLength(text, at, this.#needles[next - 1]), cutLength(text, at, this.#needles[next]));
  }

  /** Index of the first needle that comes after a text. */
  #after(text: string): number {
    let low = 0;
    let high = this.#needles.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#needles[middle]! > text) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** How much of a needle stands here, when the text shows that it was cut there. */
function cutLength(text: string, at: number, needle = ''): number {
  let length = 0;
  while (length < needle.length && text[at + length] === needle[length]) length++;
  if (length < shortestCut) return 0;
  cutGrammar.lastIndex = at + length;
  return cutGrammar.test(text) ? length : 0;
}
