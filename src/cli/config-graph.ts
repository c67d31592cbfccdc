import { type CheckOptions, planGraph } from '../graph/plan-graph.ts';
import type { Problem } from '../graph/problems.ts';
import type { ResolvedNode } from '../graph/resolved.ts';
import { hasErrors } from '../graph/validate.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { createLanguages } from '../nodes/languages/languages.ts';
import type { Configured } from './configured.ts';

/** What is wrong with a config and with the graph that it serves; how they fit is looked at when neither has errors. */
export async function checkTogether(
  { config, problems }: Pick<Configured, 'config' | 'problems'>,
  graph: CheckOptions,
): Promise<{
  ofConfig: readonly Problem[];
  ofGraph: readonly Problem[];
  plans: readonly ResolvedNode<NodeKind>[];
}> {
  const languages = createLanguages([], { default: config.language });
  const { plans, problems: ofGraph } = await planGraph({ languages, ...graph });
  if (config.interceptors === undefined || hasErrors([...problems, ...ofGraph]))
    return { ofConfig: problems, ofGraph, plans };
  const { reachProblems } = await import('./config-reach.ts');
  return { ofConfig: [...problems, ...reachProblems(config, plans)], ofGraph, plans };
}
