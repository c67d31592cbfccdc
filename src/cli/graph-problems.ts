import { dirname } from 'node:path';
import { loadPortTypes } from '../graph/port-types.ts';
import { positionOf } from '../graph/position.ts';
import { type Problem, sortProblems } from '../graph/problems.ts';
import { resolveGraph } from '../graph/resolve.ts';
import type { NodeSpec, ParsedSpecs } from '../graph/spec.ts';
import { kinds } from '../nodes/kinds.ts';
import type { SpecOptions } from './spec-files.ts';

/** All that is wrong with a graph: its texts, and its nodes as they stand together, types of edges included. Nothing of it is run. */
export async function graphProblems(
  { specs, problems: unread }: ParsedSpecs,
  { env: environment }: SpecOptions,
): Promise<Problem[]> {
  const { nodes, problems } = resolveGraph(specs, { kinds, environment });
  const types = await loadPortTypes(nodes, ({ spec }) => folderOf(spec));
  const typed = types.compatible && resolveGraph(specs, { kinds, environment, compatible: types.compatible });
  return sortProblems([...unread, ...(typed?.problems ?? problems), ...types.problems]);
}

function folderOf(spec: NodeSpec): string {
  const file = positionOf(spec)?.file ?? '<stdin>';
  return file.startsWith('<') ? process.cwd() : dirname(file);
}
