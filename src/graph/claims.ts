import type { NodeKind } from '../nodes/kind.ts';
import { faultOf, nodeProblem } from './node-problem.ts';
import { type Problem, quote } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';

/**
 * Nodes that claim what another node of the graph has, such as a port to listen on. The first has it, of those that nothing else is wrong
 * with: one that cannot run keeps no other from running.
 */
export function claimProblems(nodes: readonly ResolvedNode<NodeKind>[], known: readonly Problem[]): Problem[] {
  const faulty = new Set(known.map(({ id, severity }) => (severity === 'error' ? id : undefined)));
  const owners = new Map<string, ResolvedNode>();
  const problems: Problem[] = [];
  for (const node of nodes) {
    const { kind, fields } = node;
    if (kind?.claims === undefined || typeof fields !== 'object' || fields === null) continue;
    if (faulty.has(node.spec.id)) continue;
    try {
      for (const claim of kind.claims(fields)) {
        const owner = owners.get(claim);
        if (owner === undefined) owners.set(claim, node);
        else problems.push(taken(node, claim, owner));
      }
    } catch (thrown) {
      problems.push(faultOf(node, thrown));
    }
  }
  return problems;
}

function taken(node: ResolvedNode, claim: string, { spec, service }: ResolvedNode): Problem {
  return nodeProblem(node, `${node.secrets?.redact(claim) ?? claim} is that of node ${quote(spec.name ?? service)}`);
}
