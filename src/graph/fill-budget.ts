/** How much templates put in: characters of texts and keys, and values. */
export interface FillSize {
  readonly characters: number;
  readonly values: number;
}

/** What the templates of one spec may put in, those of all nodes inside of it together. */
const fillLimits: FillSize = { characters: 16 * 1_048_576, values: 250_000 };

/** Completes "Cannot load node …: " for one with more. */
export const tooMuchFilled = `templates put in more than ${fillLimits.characters} characters or ${fillLimits.values} values, in all nodes inside together`;

export const nothingFilled: FillSize = { characters: 0, values: 0 };

/** Keeps charts within charts from multiplying what they pass on: counts what templates put in, shared parts as often as they stand. */
export class FillBudget {
  readonly #max: FillSize;
  #characters = 0;
  #values = 0;

  constructor(max: FillSize = fillLimits) {
    this.#max = max;
  }

  get used(): FillSize {
    return { characters: this.#characters, values: this.#values };
  }

  /** What was put in since then. */
  since({ characters, values }: FillSize): FillSize {
    return { characters: this.#characters - characters, values: this.#values - values };
  }

  /** Counts what was measured before; false, and nothing is counted, when that is too much. */
  add({ characters, values }: FillSize): boolean {
    if (this.#characters + characters > this.#max.characters || this.#values + values > this.#max.values) return false;
    this.#characters += characters;
    this.#values += values;
    return true;
  }

  /** Counts a value that a template puts in; false, and nothing is counted, when that is too much. */
  take(value: unknown): boolean {
    let characters = 0;
    let values = 0;
    const open: unknown[] = [value];
    while (open.length > 0) {
      const part = open.pop();
      values += 1;
      if (typeof part === 'string') characters += part.length;
      else if (Array.isArray(part)) for (const item of part) open.push(item);
      else if (typeof part === 'object' && part !== null) {
        for (const [key, item] of Object.entries(part)) {
          characters += key.length;
          open.push(item);
        }
      }
      if (this.#characters + characters > this.#max.characters || this.#values + values > this.#max.values)
        return false;
    }
    return this.add({ characters, values });
  }
}
