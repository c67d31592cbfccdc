import { nodeLabel } from '../nodes/names.ts';
import type { PortTarget } from './edge.ts';
import { type Problem, quote } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';

const longestReason = 500;

/** Why nodes cannot run, by node: what is wrong with them, or that an edge leads to one that cannot. A node without an entry can. */
export function inactiveNodes(nodes: readonly ResolvedNode[], problems: readonly Problem[]): Map<ResolvedNode, string> {
  const reasons = new Map<ResolvedNode, string>();
  const faults = new Map<string, string>();
  for (const { severity, id, message } of problems) {
    if (severity === 'error' && id !== undefined && !faults.has(id)) faults.set(id, message);
  }
  for (const node of nodes) {
    const fault = faults.get(node.spec.id);
    if (fault !== undefined) reasons.set(node, fault);
  }
  const sources = sourcesOf(nodes);
  const waiting = [...reasons.keys()];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const source of sources.get(node) ?? []) {
      if (reasons.has(source)) continue;
      const reason = `Waits for ${quote(nodeLabel(node.spec))}, which is inactive: ${reasons.get(node)}`;
      reasons.set(source, reason.slice(0, longestReason));
      waiting.push(source);
    }
  }
  return reasons;
}

/** Who has an edge to a node. Asked of the specs, since edges to a node without known ports are not among the links. */
function sourcesOf(nodes: readonly ResolvedNode[]): Map<ResolvedNode, ResolvedNode[]> {
  const byId = new Map(nodes.map((node) => [node.spec.id.toLowerCase(), node]));
  const byName = new Map(nodes.map((node) => [`${node.spec.namespace}/${node.spec.name}`, node]));
  const find = ({ id, name, target }: PortTarget, namespace: string): ResolvedNode | undefined => {
    if (target !== undefined) return undefined;
    return id === undefined ? byName.get(`${namespace}/${name}`) : byId.get(id.toLowerCase());
  };
  const sources = new Map<ResolvedNode, ResolvedNode[]>();
  for (const node of nodes) {
    for (const target of Object.values(node.spec.ports ?? {}).flat()) {
      const found = find(target, node.spec.namespace);
      if (found === undefined) continue;
      const known = sources.get(found);
      if (known === undefined) sources.set(found, [node]);
      else known.push(node);
    }
  }
  return sources;
}
