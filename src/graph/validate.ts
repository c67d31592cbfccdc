import type { KindInfo } from '../nodes/kind-info.ts';
import type { Problem } from './problems.ts';
import { type ResolveOptions, resolveGraph } from './resolve.ts';
import type { NodeSpec } from './spec.ts';

/** Everything wrong with a graph, in one list, by file and line. Without errors in it the graph can be served. */
export function validateGraph<K extends KindInfo>(
  specs: readonly NodeSpec[],
  options: ResolveOptions<K>,
): readonly Problem[] {
  return resolveGraph(specs, options).problems;
}

/** Whether there is an error among problems, and not warnings alone. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error');
}
