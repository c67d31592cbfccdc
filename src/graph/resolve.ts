import type { KindInfo, KindLookup } from '../nodes/kind-info.ts';
import { Charts, chartKind } from './charts.ts';
import { findCycles } from './cycles.ts';
import type { Draft } from './draft.ts';
import { EdgeBudget } from './edge-budget.ts';
import { Expander } from './expander.ts';
import { type Compatible, linkNode, type TargetIndex } from './link.ts';
import { NodeIndex } from './node-index.ts';
import { type Problem, sortProblems } from './problems.ts';
import type { Environment } from './reads.ts';
import { Reporter } from './reporter.ts';
import type { Earlier } from './resolution.ts';
import type { ResolvedNode } from './resolved.ts';
import type { NodeSpec } from './spec.ts';
import { allSteps, type Steps } from './steps.ts';
import { type StoredValue, Values } from './values.ts';

export interface ResolveOptions<K extends KindInfo = KindInfo> {
  kinds: KindLookup<K>;
  /** What env entries without id and name read. */
  environment?: Environment;
  /** What env entries with id or name read. */
  values?: readonly StoredValue[];
  /** Why messages of type `from` cannot be read as `to`; undefined when they can. */
  compatible?: Compatible;
  /** Nodes of an earlier graph: what has not changed since is not looked up again, and keeps its `resolution`. */
  previous?: readonly Earlier<K>[];
}

export interface ResolvedGraph<K extends KindInfo = KindInfo> {
  /** Those inside of a block come after it. Charts are none. */
  readonly nodes: readonly ResolvedNode<K>[];
  readonly problems: readonly Problem[];
}

/** Looks up kinds, fields, ports and targets of all nodes together, and reports every problem there is, by file and line. */
export function resolveGraph<K extends KindInfo>(
  specs: readonly NodeSpec[],
  options: ResolveOptions<K>,
): ResolvedGraph<K> {
  return allSteps(resolving(specs, options));
}

/** The same, in steps. */
export function* resolving<K extends KindInfo>(
  specs: readonly NodeSpec[],
  { kinds, environment = {}, values = [], compatible, previous = [] }: ResolveOptions<K>,
): Steps<ResolvedGraph<K>> {
  const reporter = new Reporter();
  const isChart = ({ kind }: NodeSpec): boolean => kind === chartKind && kinds.get(kind) === undefined;
  const charts = new Charts(specs.filter(isChart), kinds, reporter);
  const sources = { environment, values: new Values(values) };
  const edges = new EdgeBudget();
  const expander = new Expander({ kinds, charts, sources, reporter, previous, edges });
  const outer: Draft<K>[] = [];
  for (const spec of specs) {
    if (!isChart(spec)) outer.push(expander.add(spec));
    yield;
  }
  const index = new NodeIndex<K>((spec, ...fault) => reporter.on(spec)(...fault));
  for (const node of outer) {
    index.add(node);
    yield;
  }

  const link = (node: Draft<K>, among: TargetIndex<K>): void => {
    for (const inner of node.inside?.nodes ?? []) link(inner, node.inside!.index);
    const { spec } = node;
    if (spec.ports !== undefined) linkNode(node, among, { report: reporter.on(spec), compatible, edges });
  };
  for (const node of outer) {
    link(node, index.in(node.spec.namespace));
    yield;
  }

  for (const { node, port, trail } of yield* findCycles(expander.drafts)) {
    reporter.on(node.spec, 'warning')(`it is part of a cycle, ${trail}`, ['ports', port]);
  }
  return { nodes: expander.drafts, problems: sortProblems(reporter.problems) };
}
