import { dirname } from 'node:path';
import { checkOptions } from '../core/options.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { kinds as builtInKinds } from '../nodes/kinds.ts';
import { positionOf } from '../wire/yaml/position.ts';
import { checkNodes } from './check-nodes.ts';
import { claimProblems } from './claims.ts';
import type { GraphOptions } from './graph.ts';
import { type Guard, Guarding } from './guard.ts';
import { loadPortTypes } from './port-types.ts';
import { type Problem, sortProblems } from './problems.ts';
import { resolving } from './resolve.ts';
import type { ResolvedNode } from './resolved.ts';
import { Turns } from './steps.ts';

/** What of `GraphOptions` says how a graph is read. */
export type CheckOptions = Pick<
  GraphOptions,
  'specs' | 'problems' | 'kinds' | 'languages' | 'environment' | 'values' | 'baseDir'
>;

export interface PlanOptions extends CheckOptions {
  /** The nodes of the graph that this one follows: what has not changed is taken over from them. */
  readonly previous?: readonly ResolvedNode<NodeKind>[];
  /** Nodes that it refuses are not looked into further: no file of theirs is read. */
  readonly guard?: Guard;
  /** How long a kind may take to give the descriptors of a node. Default: 30 s. */
  readonly setupTimeoutMs?: number;
  readonly turns?: Turns;
}

const nobody: ReadonlyMap<ResolvedNode, Problem> = new Map();

/** Everything that can be found wrong with a graph without making a node, types of edges included: what `createGraph` would refuse it for. */
export async function checkGraph(options: CheckOptions): Promise<readonly Problem[]> {
  checkOptions('checkGraph', options, ['specs', 'problems', 'kinds', 'languages', 'environment', 'values', 'baseDir']);
  return (await planGraph(options)).problems;
}

/** The nodes of a graph with everything about them looked up. */
export async function planGraph(
  options: PlanOptions,
): Promise<{ plans: readonly ResolvedNode<NodeKind>[]; problems: Problem[] }> {
  const { specs, kinds = builtInKinds, environment, values, problems = [], previous, guard } = options;
  const { setupTimeoutMs = 30_000, turns = new Turns() } = options;
  const first = await turns.take(resolving(specs, { kinds, environment, values, previous }));
  const guarding = guard && new Guarding(guard, specs, values);
  const refused = guarding === undefined ? nobody : await turns.take(guarding.problems(first.nodes));
  const open = refused.size === 0 ? first.nodes : first.nodes.filter((node) => !refused.has(node));
  const looking = { baseDirOf: (plan: ResolvedNode) => baseDirOf(plan, options), timeoutMs: setupTimeoutMs, turns };
  const { compatible, problems: faults } = await loadPortTypes(open, looking);
  const wrong = await checkNodes(open, { ...looking, languages: options.languages });
  const claimed = claimProblems(open, [...problems, ...first.problems, ...faults, ...wrong]);
  // Types come from fields, so they are known only after the first look.
  const again = { kinds, environment, values, compatible, previous: first.nodes };
  const resolved = compatible === undefined ? first : await turns.take(resolving(specs, again));
  return {
    plans: resolved.nodes,
    problems: sortProblems([...problems, ...resolved.problems, ...refused.values(), ...faults, ...wrong, ...claimed]),
  };
}

/** Where relative paths in a node's spec start from. */
export function baseDirOf({ spec }: ResolvedNode, { baseDir }: Pick<CheckOptions, 'baseDir'>): string {
  if (baseDir !== undefined) return baseDir;
  const file = positionOf(spec)?.file;
  return file === undefined || file.startsWith('<') ? process.cwd() : dirname(file);
}
