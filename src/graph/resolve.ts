import { inputsOf, type KindInfo, type KindLookup, outputsOf } from '../nodes/kind-info.ts';
import { clashingPorts, nodeLabel, serviceName } from '../nodes/names.ts';
import { findCycles } from './cycles.ts';
import type { Environment } from './env.ts';
import { resolveFields } from './fields.ts';
import { type Compatible, linkNode } from './link.ts';
import { NodeIndex } from './node-index.ts';
import { positionOf } from './position.ts';
import { didYouMean, type Problem, problem, quote, sortProblems } from './problems.ts';
import type { Link, ResolvedNode } from './resolved.ts';
import type { Report } from './rules.ts';
import type { NodeSpec } from './spec.ts';

export interface ResolveOptions<K extends KindInfo = KindInfo> {
  kinds: KindLookup<K>;
  /** What anonymous env entries read. */
  environment?: Environment;
  /** Why messages of type `from` cannot be read as `to`; undefined when they can. */
  compatible?: Compatible;
}

export interface ResolvedGraph<K extends KindInfo = KindInfo> {
  readonly nodes: readonly ResolvedNode<K>[];
  readonly problems: readonly Problem[];
}

/** Looks up kinds, fields, ports and targets of all nodes together, and reports every problem there is, by file and line. */
export function resolveGraph<K extends KindInfo>(
  specs: readonly NodeSpec[],
  { kinds, environment = {}, compatible }: ResolveOptions<K>,
): ResolvedGraph<K> {
  const problems: Problem[] = [];
  const reporterOf =
    (spec: NodeSpec, severity: Problem['severity'] = 'error'): Report =>
    (reason, path, suggestion) => {
      const action = severity === 'error' ? 'Cannot load node' : 'Node';
      const message = `${action} ${quote(nodeLabel(spec))}: ${reason}`;
      problems.push(
        problem(message, { at: positionOf(spec, path), node: serviceName(spec), id: spec.id, suggestion, severity }),
      );
    };

  const drafts = specs.map((spec) => draftOf(spec, kinds, environment, reporterOf(spec)));
  const index = new NodeIndex(drafts, (spec, ...fault) => reporterOf(spec)(...fault));
  for (const node of drafts) {
    node.links.push(
      ...linkNode(node, index, { report: reporterOf(node.spec), warn: reporterOf(node.spec, 'warning'), compatible }),
    );
  }
  for (const { node, port, trail } of findCycles(drafts)) {
    reporterOf(node.spec, 'warning')(`it is part of a cycle, ${trail}`, ['ports', port]);
  }
  return { nodes: drafts, problems: sortProblems(problems) };
}

type Draft<K extends KindInfo> = ResolvedNode<K> & { readonly links: Link<K>[] };

function draftOf<K extends KindInfo>(
  spec: NodeSpec,
  kinds: KindLookup<K>,
  environment: Environment,
  report: Report,
): Draft<K> {
  const kind = kinds.get(spec.kind);
  const unknown = {
    spec,
    service: serviceName(spec),
    kind,
    fields: undefined,
    inputs: undefined,
    outputs: undefined,
    links: [],
  };
  if (kind === undefined) {
    report(
      `unknown kind ${quote(spec.kind)}`,
      ['kind'],
      didYouMean(spec.kind, kinds.keys()) ?? 'register it or correct it',
    );
    return unknown;
  }
  const resolved = resolveFields(spec, kind, environment, report);
  const fields = resolved?.fields;
  const known = (ports: KindInfo['inputs']): boolean => resolved !== undefined || typeof ports !== 'function';
  const inputs = known(kind.inputs) ? inputsOf(kind, fields) : undefined;
  const outputs = known(kind.outputs) ? outputsOf(kind, fields) : undefined;
  const clash = clashingPorts(inputs ?? []);
  if (clash !== undefined) {
    report(
      `in-ports ${quote(clash.first)} and ${quote(clash.second)} are both the method ${quote(clash.method)}`,
      [],
      'rename one of them',
    );
  }
  return { ...unknown, fields, inputs, outputs };
}
