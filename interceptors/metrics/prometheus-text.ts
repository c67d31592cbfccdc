import type { AnySeries, Family } from './prometheus-family.ts';
import { type Exemplar, Histogram } from './prometheus-series.ts';
import { Summary } from './prometheus-summary.ts';

/** `prometheus`: text format 0.0.4. `openmetrics`: OpenMetrics 1.0.0. */
export type TextFormat = 'prometheus' | 'openmetrics';

/** Families as text. Those without a series are left out. */
export function formatFamilies(families: Iterable<Family>, format: TextFormat): string {
  const open = format === 'openmetrics';
  const lines: string[] = [];
  for (const family of families) {
    if (family.size === 0) continue;
    const { type } = family;
    // OpenMetrics names a counter without the suffix that its samples have.
    const name = open && type === 'counter' ? family.name.slice(0, -'_total'.length) : family.name;
    lines.push(`# HELP ${name} ${escapeHelp(family.help, open)}`, `# TYPE ${name} ${type}`);
    for (const { labels, series } of family.entries()) addSamples(lines, family.name, labels, series, open);
  }
  if (open) lines.push('# EOF');
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function addSamples(lines: string[], name: string, labels: string, series: AnySeries, open: boolean): void {
  const braces = labels === '' ? '' : `{${labels}}`;
  const before = labels === '' ? '' : `${labels},`;
  if (series instanceof Histogram) {
    let total = 0;
    series.counts.forEach((count, index) => {
      total += count;
      const bound = series.bounds[index] ?? Number.POSITIVE_INFINITY;
      const exemplar = open ? exemplarText(series.exemplars?.[index]) : '';
      lines.push(`${name}_bucket{${before}le="${floatText(bound, open)}"} ${total}${exemplar}`);
    });
    lines.push(`${name}_sum${braces} ${numberText(series.sum)}`, `${name}_count${braces} ${total}`);
    return;
  }
  if (series instanceof Summary) {
    const values = series.values();
    series.quantiles.forEach((quantile, index) => {
      lines.push(`${name}{${before}quantile="${floatText(quantile, open)}"} ${numberText(values[index]!)}`);
    });
    lines.push(`${name}_sum${braces} ${numberText(series.sum)}`, `${name}_count${braces} ${series.count}`);
    return;
  }
  lines.push(`${name}${braces} ${numberText(series.value)}`);
}

function exemplarText(exemplar: Exemplar | undefined): string {
  return exemplar === undefined ? '' : ` # {trace_id="${exemplar.traceId}"} ${numberText(exemplar.value)}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/** OpenMetrics wants bounds and quantiles to look like floats: `1.0`. */
function floatText(value: number, open: boolean): string {
  const text = numberText(value);
  return open && /^\d+$/.test(text) ? `${text}.0` : text;
}

function escapeHelp(text: string, open: boolean): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return open ? escaped.replaceAll('"', '\\"') : escaped;
}
