import { formatPath } from '../wire/yaml/position.ts';
import type { Parts, PartsOptions } from './block.ts';
import type { Chart } from './charts.ts';
import { type Composition, compositionOf } from './composition.ts';
import { type EnvValue, readEnv } from './env.ts';
import { filledFields } from './fields.ts';
import { didYouMean, listed, quote } from './problems.ts';
import { Reads } from './reads.ts';
import type { Report } from './rules.ts';
import { nothing as noScope, within } from './scope.ts';
import { commonFields, type NodeSpec, ownFields } from './spec.ts';
import { lookup, type Resolve } from './template.ts';

const nothing: Composition = { specs: [], inbounds: {}, outbounds: {}, faults: [] };

/** The parts of a node whose kind is a chart: the chart's specs, in which the chart's env is made of the node's own fields. */
export function instanceParts(spec: NodeSpec, chart: Chart, { around, report, ...from }: PartsOptions): Parts {
  const own = { ...from, namespace: spec.namespace };
  const reads = new Reads();
  const refused: Parts = { composition: nothing, scope: noScope, reads };
  const label = `chart ${quote(chart.spec.name)}`;
  if (chart.faulty) {
    report(`its ${label} has problems`, ['kind'], 'correct the chart');
    return refused;
  }
  const env = spec.env === undefined ? new Map<string, EnvValue>() : readEnv(spec.env, own, report);
  for (const entry of env.values()) reads.add(entry.reads);
  const used = (_key: string, value: EnvValue): void => reads.add(value.reads);
  const filled = filledFields(spec, { scope: within(around, env), used, budget: from.budget }, report);
  for (const key of Object.keys(ownFields(spec))) {
    const known = chart.fields;
    if (known === undefined || known.has(key)) continue;
    const advice = (): string => {
      const has = known.size === 0 ? 'reads no fields' : `reads ${listed([...known])}`;
      return didYouMean(key, [...commonFields, ...known]) ?? `${label} ${has}`;
    };
    report(`unknown field ${quote(key)}`, [key], advice);
  }
  if (filled === undefined) return refused;
  const { fields } = filled;
  const anonymous = (entry: Reads, fault: Report): Resolve => {
    // What the node's own fields were made of is in whatever is made of them.
    entry.add(reads);
    return (steps, path) => {
      const value = lookup(fields, steps);
      if (value === undefined) fault(`missing field ${quote(formatPath(steps))}`, path);
      return value;
    };
  };
  const inChart: Report = (reason, _path, suggestion, waitsFor) =>
    report(reason, [], suggestion ?? `${label} reads it`, waitsFor);
  const scope = readEnv(chart.spec.env ?? {}, { ...own, anonymous }, inChart);
  const all = new Reads();
  for (const one of [{ reads }, ...scope.values()]) all.add(one.reads);
  return { composition: compositionOf(chart.spec), scope: within(noScope, scope), reads: all };
}
