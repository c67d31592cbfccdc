import { NeedleGroup } from './needle-group.ts';

/** Finds any of many texts within another, in one pass over it: its time hardly grows with how many are looked for. */
export class Needles {
  /** Which three neighbouring characters begin a needle; a false yes costs a look, never a fault. */
  readonly #begins = new Uint8Array(65_536);
  readonly #groups: ReadonlyMap<string, NeedleGroup>;

  /** Texts of less than six characters are left out. */
  constructor(needles: Iterable<string>) {
    const byStart = new Map<string, Set<string>>();
    for (const needle of needles) {
      if (needle.length < NeedleGroup.startLength) continue;
      const start = needle.slice(0, NeedleGroup.startLength);
      const known = byStart.get(start);
      if (known === undefined) byStart.set(start, new Set([needle]));
      else known.add(needle);
      this.#begins[slotAt(needle, 0)] = 1;
    }
    this.#groups = new Map([...byStart].map(([start, group]) => [start, new NeedleGroup(group)]));
  }

  /** The text with a mask in place of each needle, the longest where several begin, and of the beginning of a needle that was cut. */
  replace(text: string, mask: string): string {
    let result = '';
    let end = 0;
    for (let at = 0; at + NeedleGroup.startLength <= text.length; ) {
      const length = this.#begins[slotAt(text, at)] === 1 ? this.#lengthAt(text, at) : 0;
      if (length === 0) at++;
      else {
        result += text.slice(end, at) + mask;
        at += length;
        end = at;
      }
    }
    return end === 0 ? text : result + text.slice(end);
  }

  #lengthAt(text: string, at: number): number {
    return this.#groups.get(text.slice(at, at + NeedleGroup.startLength))?.lengthAt(text, at) ?? 0;
  }
}

function slotAt(text: string, at: number): number {
  return (text.charCodeAt(at) * 1_031 + text.charCodeAt(at + 1) * 37 + text.charCodeAt(at + 2)) & 65_535;
}
