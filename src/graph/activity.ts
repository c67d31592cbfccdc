import { nodeLabel } from '../nodes/names.ts';
import { type Problem, quote } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';

/**
 * Why nodes cannot run, by node: what is wrong with them, or that an edge leads to one that cannot. A node without an entry can.
 */
export function inactiveNodes(nodes: readonly ResolvedNode[], problems: readonly Problem[]): Map<ResolvedNode, string> {
  const reasons = new Map<ResolvedNode, string>();
  const faults = new Map<string, string>();
  for (const { severity, id, message } of problems) {
    if (severity === 'error' && id !== undefined && !faults.has(id)) faults.set(id, message);
  }
  const sources = new Map<ResolvedNode, ResolvedNode[]>();
  for (const node of nodes) {
    const fault = faults.get(node.spec.id);
    if (fault !== undefined || node.kind === undefined) reasons.set(node, fault ?? `Unknown kind ${quote(node.spec.kind)}`);
    for (const { node: target } of node.links) {
      if (target !== undefined) sources.set(target, [...(sources.get(target) ?? []), node]);
    }
  }
  const waiting = [...reasons.keys()];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const source of sources.get(node) ?? []) {
      if (reasons.has(source)) continue;
      reasons.set(source, `Waits for ${quote(nodeLabel(node.spec))}, which is inactive: ${reasons.get(node)}`.slice(0, 500));
      waiting.push(source);
    }
  }
  return reasons;
}
