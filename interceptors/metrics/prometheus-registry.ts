import { checkOptions } from 'flowrpc';
import { settled } from '../calls/harmless.ts';
import { type AnySeries, Family, type FamilyType } from './prometheus-family.ts';
import { Counter, Gauge, Histogram } from './prometheus-series.ts';
import { Summary } from './prometheus-summary.ts';
import { formatFamilies, type TextFormat } from './prometheus-text.ts';

export interface FamilyOptions {
  /** One line for people. */
  help: string;
  /** Names of the labels, in the order in which `labels()` takes their values. */
  labels?: readonly string[];
}

export interface HistogramOptions extends FamilyOptions {
  /** Upper bounds, growing, without +Inf. */
  bounds: readonly number[];
}

export interface SummaryOptions extends FamilyOptions {
  /** Shares from 0 to 1, such as 0.99. */
  quantiles: readonly number[];
}

export interface RegistryOptions {
  /** The most series of one name; all further ones share one whose labels are all `other`. */
  maxSeries?: number;
  /** How far back quantiles look. */
  windowMs?: number;
  /** In how many steps what is older than that is forgotten. */
  windowSlices?: number;
}

/**
 * Metrics of this process, for Prometheus. A name that is there already gives the family that is there when it was made alike, and
 * is a TypeError otherwise.
 */
export interface Registry {
  /** The name ends in `_total`. */
  counter(name: string, options: FamilyOptions): Family<Counter>;
  gauge(name: string, options: FamilyOptions): Family<Gauge>;
  histogram(name: string, options: HistogramOptions): Family<Histogram>;
  /** Quantiles over the registry's window, at most 5 % off; sum and count of all time. */
  summary(name: string, options: SummaryOptions): Family<Summary>;
  /** Calls `update` before each export, for what is cheaper to look up than to keep. Gives back what ends that. */
  beforeExport(update: () => void): () => void;
  /** All metrics as text, taken at one moment. Default format: `prometheus`. */
  text(format?: TextFormat): string;
}

/** Makes an empty registry: give it to `metrics()`, and to `metricsServer()` to have it scraped. */
export function createRegistry({
  maxSeries = 2_000,
  windowMs = 60_000,
  windowSlices = 6,
  ...rest
}: RegistryOptions = {}): Registry {
  checkOptions('createRegistry', rest, ['maxSeries', 'windowMs', 'windowSlices']);
  checkWhole({ maxSeries, windowMs, windowSlices });
  return new FamilyRegistry({ maxSeries, windowMs, windowSlices });
}

class FamilyRegistry implements Registry {
  readonly #options: Required<RegistryOptions>;
  readonly #families = new Map<string, { readonly shape: string; readonly family: Family }>();
  readonly #updates = new Set<() => void>();

  constructor(options: Required<RegistryOptions>) {
    this.#options = options;
  }

  counter(name: string, { help, labels = [], ...rest }: FamilyOptions): Family<Counter> {
    checkOptions('registry.counter', rest, ['help', 'labels']);
    if (!name.endsWith('_total'))
      throw new TypeError(`Cannot make a counter named "${name}": wanted a name ending in _total`);
    return this.#family(name, 'counter', help, labels, [], () => new Counter());
  }

  gauge(name: string, { help, labels = [], ...rest }: FamilyOptions): Family<Gauge> {
    checkOptions('registry.gauge', rest, ['help', 'labels']);
    return this.#family(name, 'gauge', help, labels, [], () => new Gauge());
  }

  histogram(name: string, { help, labels = [], bounds, ...rest }: HistogramOptions): Family<Histogram> {
    checkOptions('registry.histogram', rest, ['help', 'labels', 'bounds']);
    if (
      bounds.length === 0 ||
      bounds.some((bound, index) => !Number.isFinite(bound) || bound <= (bounds[index - 1] ?? -Infinity))
    )
      throw new RangeError(`Cannot make histogram "${name}" with bounds ${bounds.join(', ')}: wanted growing numbers`);
    const own = [...bounds];
    return this.#family(name, 'histogram', help, labels, own, () => new Histogram(own));
  }

  summary(name: string, { help, labels = [], quantiles, ...rest }: SummaryOptions): Family<Summary> {
    checkOptions('registry.summary', rest, ['help', 'labels', 'quantiles']);
    if (quantiles.some((quantile) => !(quantile >= 0 && quantile <= 1)))
      throw new RangeError(
        `Cannot make summary "${name}" with quantiles ${quantiles.join(', ')}: wanted shares from 0 to 1`,
      );
    const own = [...quantiles];
    const { windowMs, windowSlices } = this.#options;
    const window = { windowMs, slices: windowSlices, now: () => performance.now() };
    return this.#family(name, 'summary', help, labels, own, () => new Summary(own, window));
  }

  beforeExport(update: () => void): () => void {
    // A function of its own for each, so that the same update asked for twice is ended twice.
    const own = (): void => void settled('beforeExport', update());
    this.#updates.add(own);
    return () => this.#updates.delete(own);
  }

  text(format: TextFormat = 'prometheus'): string {
    if (format !== 'prometheus' && format !== 'openmetrics')
      throw new TypeError(`Cannot export metrics as "${String(format)}": wanted "prometheus" or "openmetrics"`);
    for (const update of this.#updates) update();
    return formatFamilies(
      [...this.#families.values()].map(({ family }) => family),
      format,
    );
  }

  #family<S extends AnySeries>(
    name: string,
    type: FamilyType,
    help: string,
    labelNames: readonly string[],
    numbers: readonly number[],
    make: () => S,
  ): Family<S> {
    const shape = JSON.stringify([type, labelNames, numbers]);
    const known = this.#families.get(name);
    if (known !== undefined) {
      if (known.shape === shape) return known.family as Family<S>;
      throw new TypeError(
        `Cannot make ${type} "${name}": the registry has a ${known.family.type} of that name, made otherwise`,
      );
    }
    checkNames(name, type, labelNames);
    const { maxSeries } = this.#options;
    const family = new Family<S>({ name, type, help, labelNames: [...labelNames], maxSeries }, make);
    this.#families.set(name, { shape, family });
    return family;
  }
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Labels that the format sets itself. */
const reserved: Partial<Record<FamilyType, string>> = { histogram: 'le', summary: 'quantile' };

function checkNames(name: string, type: FamilyType, labels: readonly string[]): void {
  if (!metricName.test(name))
    throw new TypeError(`Cannot make a ${type} named "${name}": wanted letters, digits, "_" and ":", no digit first`);
  for (const label of labels) {
    if (labelName.test(label) && label !== reserved[type]) continue;
    throw new TypeError(
      `Cannot give ${type} "${name}" a label "${label}": wanted letters, digits and "_", none of Prometheus's own`,
    );
  }
  if (new Set(labels).size < labels.length)
    throw new TypeError(`Cannot give ${type} "${name}" one label twice: ${labels.join(', ')}`);
}

function checkWhole(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`Cannot make a registry with ${name} ${String(value)}: wanted a whole number, 1 or more`);
  }
}
