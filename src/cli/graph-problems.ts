import { dirname } from 'node:path';
import { loadPortTypes } from '../graph/port-types.ts';
import { positionOf } from '../graph/position.ts';
import type { Problem } from '../graph/problems.ts';
import { resolveGraph } from '../graph/resolve.ts';
import type { NodeSpec } from '../graph/spec.ts';
import { kinds } from '../nodes/kinds.ts';
import type { SpecOptions } from './spec-files.ts';

/** What is wrong with nodes as they stand together, types of edges included. Nothing of the graph is run. */
export async function graphProblems(specs: readonly NodeSpec[], { env: environment }: SpecOptions): Promise<Problem[]> {
  const { nodes, problems } = resolveGraph(specs, { kinds, environment });
  const types = await loadPortTypes(nodes, ({ spec }) => folderOf(spec));
  const typed = types.compatible && resolveGraph(specs, { kinds, environment, compatible: types.compatible });
  return [...(typed?.problems ?? problems), ...types.problems];
}

function folderOf(spec: NodeSpec): string {
  const file = positionOf(spec)?.file ?? '<stdin>';
  return file.startsWith('<') ? process.cwd() : dirname(file);
}
