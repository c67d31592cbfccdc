import { dirname } from 'node:path';
import { checkOptions } from '../core/options.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { kinds as builtInKinds } from '../nodes/kinds.ts';
import type { GraphOptions } from './graph.ts';
import { loadPortTypes } from './port-types.ts';
import { positionOf } from './position.ts';
import { type Problem, sortProblems } from './problems.ts';
import { resolveGraph } from './resolve.ts';
import type { ResolvedNode } from './resolved.ts';

/** What of `GraphOptions` says how a graph is read. */
export type CheckOptions = Pick<GraphOptions, 'specs' | 'problems' | 'kinds' | 'environment' | 'baseDir'>;

/** Everything that can be found wrong with a graph without making a node, types of edges included: what `createGraph` would refuse it for. */
export async function checkGraph(options: CheckOptions): Promise<readonly Problem[]> {
  checkOptions('checkGraph', options, ['specs', 'problems', 'kinds', 'environment', 'baseDir']);
  return (await planGraph(options)).problems;
}

/** The nodes of a graph with everything about them looked up. */
export async function planGraph(
  options: CheckOptions,
): Promise<{ plans: readonly ResolvedNode<NodeKind>[]; problems: Problem[] }> {
  const { specs, kinds = builtInKinds, environment, problems = [] } = options;
  const first = resolveGraph(specs, { kinds, environment });
  const { compatible, problems: faults } = await loadPortTypes(first.nodes, (plan) => baseDirOf(plan, options));
  // Types come from fields, so they are known only after the first look.
  const resolved = compatible === undefined ? first : resolveGraph(specs, { kinds, environment, compatible });
  return { plans: resolved.nodes, problems: sortProblems([...problems, ...resolved.problems, ...faults]) };
}

/** Where relative paths in a node's spec start from. */
export function baseDirOf({ spec }: ResolvedNode, { baseDir }: Pick<CheckOptions, 'baseDir'>): string {
  if (baseDir !== undefined) return baseDir;
  const file = positionOf(spec)?.file;
  return file === undefined || file.startsWith('<') ? process.cwd() : dirname(file);
}
