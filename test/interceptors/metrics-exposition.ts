/** One sample of an export. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** OpenMetrics: the trace that stands behind a bucket. */
  readonly traceId?: string;
}

interface Parsed {
  readonly name: string;
  readonly type: string;
  readonly samples: Sample[];
}

/** An export that was read by the letter of its grammar. */
export class Exposition {
  readonly families = new Map<string, Parsed>();

  /** All samples of a name whose labels include those given. */
  samples(name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] {
    return [...this.families.values()]
      .flatMap((family) => family.samples)
      .filter((sample) => sample.name === name)
      .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value));
  }

  /** The one sample; undefined when there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = this.samples(name, labels);
    if (found.length > 1) throw new Error(`${found.length} samples of ${name} fit ${JSON.stringify(labels)}`);
    return found[0]?.value;
  }

  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.samples(name, labels).reduce((total, { value }) => total + value, 0);
  }
}

const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};
const commentLine = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s;
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s;
const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?=.)|$)/s;
const exemplarEnd = / # \{trace_id="([0-9a-f]{32})"\} [0-9.e-]+$/;
const number = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;

/** Reads the text format 0.0.4, or OpenMetrics 1.0, and throws at whatever their grammar does not allow. */
export function parseExposition(text: string, { openMetrics = false } = {}): Exposition {
  const exposition = new Exposition();
  if (text === '') return exposition;
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const lines = text.slice(0, -1).split('\n');
  if (openMetrics && lines.pop() !== '# EOF') throw new Error('no "# EOF" at the end');
  let family: Parsed | undefined;
  let helped: string | undefined;
  const series = new Set<string>();
  for (const line of lines) {
    const comment = commentLine.exec(line);
    if (comment !== null) {
      const [, what, name, rest] = comment as unknown as [string, string, string, string];
      if (exposition.families.has(name)) throw new Error(`${name} is told of twice`);
      if (what === 'HELP') {
        if (/(?<!\\)(?:\\\\)*\\(?![\\n"])/.test(rest)) throw new Error(`bad escape in help: ${line}`);
        helped = name;
        continue;
      }
      if (helped !== name) throw new Error(`TYPE without its HELP: ${line}`);
      if (suffixes[rest] === undefined) throw new Error(`unknown type: ${line}`);
      family = { name, type: rest, samples: [] };
      exposition.families.set(name, family);
      continue;
    }
    const exemplar = openMetrics && family?.type === 'histogram' ? exemplarEnd.exec(line) : null;
    const match = sampleLine.exec(exemplar === null ? line : line.slice(0, exemplar.index));
    if (match === null || family === undefined) throw new Error(`not a sample: ${JSON.stringify(line)}`);
    const [, name, labels, value] = match as unknown as [string, string, string | undefined, string];
    const allowed = openMetrics && family.type === 'counter' ? ['_total'] : suffixes[family.type]!;
    if (!allowed.some((suffix) => name === `${family!.name}${suffix}`))
      throw new Error(`${name} stands under ${family.type} ${family.name}`);
    if (!number.test(value)) throw new Error(`not a number: ${line}`);
    if (series.has(`${name}{${labels}}`)) throw new Error(`twice: ${line}`);
    series.add(`${name}{${labels}}`);
    family.samples.push({ name, labels: parseLabels(labels ?? ''), value: numberOf(value), traceId: exemplar?.[1] });
  }
  for (const each of exposition.families.values()) check(each);
  return exposition;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const match = label.exec(rest);
    if (match === null) throw new Error(`not labels: ${JSON.stringify(text)}`);
    const [whole, name, value] = match as unknown as [string, string, string];
    if (name in labels) throw new Error(`label ${name} twice: ${text}`);
    labels[name] = value.replace(/\\(.)/gs, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return labels;
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function check({ name, type, samples }: Parsed): void {
  if (samples.length === 0) throw new Error(`${name} has no samples`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} is below zero`);
  if (type !== 'histogram') return;
  const keyOf = ({ labels: { le: _, ...rest } }: Sample): string => JSON.stringify(rest);
  for (const key of new Set(samples.map(keyOf))) {
    const group = samples.filter((sample) => keyOf(sample) === key);
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => numberOf(labels.le!));
    const counts = buckets.map(({ value }) => value);
    const count = group.find((sample) => sample.name === `${name}_count`)?.value;
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== count || count === undefined)
      throw new Error(`${name} has no bucket for all`);
    for (let index = 1; index < buckets.length; index++) {
      if (!(bounds[index]! > bounds[index - 1]!) || counts[index]! < counts[index - 1]!)
        throw new Error(`${name} does not grow from bucket to bucket`);
    }
  }
}
