import { type Path, positionOf } from '../wire/yaml/position.ts';
import { type Problem, problem, quote } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';

/** A problem of a node, at this place of its spec. */
export function nodeProblem({ spec, service }: ResolvedNode, reason: string, path: Path = []): Problem {
  return problem(`Cannot load node ${quote(spec.name ?? service)}: ${reason}`, {
    at: positionOf(spec, path),
    node: service,
    id: spec.id,
  });
}

/** The same for what was thrown while the node was made, without its secrets. */
export function faultOf(node: ResolvedNode, thrown: unknown): Problem {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return nodeProblem(node, node.secrets?.redact(message) ?? message);
}
