import type { Counter, Gauge, Histogram } from './prometheus-series.ts';
import type { Summary } from './prometheus-summary.ts';

export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary';
export type AnySeries = Counter | Gauge | Histogram | Summary;

/** What stands in every label of the one series that takes all that a full family has no room for. */
export const overflowLabel = 'other';

/** All series of one name. Bounded: what comes after the last one shares one whose labels are all `other`. */
export class Family<S extends AnySeries = AnySeries> {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly #make: () => S;
  readonly #maxSeries: number;
  /** By label values; the text of the labels is made here, once, and not at each export. */
  readonly #series = new Map<string, { readonly labels: string; readonly series: S }>();

  constructor({ name, type, help, labelNames, maxSeries }: FamilyInit, make: () => S) {
    this.name = name;
    this.type = type;
    this.help = help;
    this.labelNames = labelNames;
    this.#maxSeries = maxSeries;
    this.#make = make;
  }

  /** The series of these label values, in the order of the family's label names. Keep it: looking it up builds strings. */
  labels(...values: readonly string[]): S {
    if (values.length !== this.labelNames.length)
      throw new TypeError(
        `Cannot find a series of "${this.name}" by ${values.length} labels: wanted ${this.labelNames.join(', ') || 'none'}`,
      );
    // Halves of a character would all become the same one in UTF-8.
    const whole = values.map((value) => value.toWellFormed());
    const found = this.#series.get(keyOf(whole));
    if (found !== undefined) return found.series;
    const full = this.#series.size >= this.#maxSeries;
    return this.#add(full ? values.map(() => overflowLabel) : whole);
  }

  /** Label text, such as `code="OK",kind="unary"`, and series, in the order in which they came up. */
  entries(): Iterable<{ readonly labels: string; readonly series: S }> {
    return this.#series.values();
  }

  get size(): number {
    return this.#series.size;
  }

  #add(values: readonly string[]): S {
    const key = keyOf(values);
    let entry = this.#series.get(key);
    if (entry === undefined) {
      const labels = this.labelNames.map((name, index) => `${name}="${escapeLabel(values[index]!)}"`).join(',');
      entry = { labels, series: this.#make() };
      this.#series.set(key, entry);
    }
    return entry.series;
  }
}

export interface FamilyInit {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly maxSeries: number;
}

function keyOf(values: readonly string[]): string {
  // Lengths first, so that no choice of values can look like another.
  return values.length === 1 ? values[0]! : `${values.map(({ length }) => length).join()}:${values.join('')}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
