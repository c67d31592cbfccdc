import { nodeLabel } from '../nodes/names.ts';
import { quote } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';
import type { Steps } from './steps.ts';

/** A way from a node back to itself. */
export interface Cycle {
  /** The node whose edge closes the cycle, and the out-port of that edge as the spec writes it or its full name. */
  readonly node: ResolvedNode;
  readonly port: string;
  /** `"a" → "b" → "a"` */
  readonly trail: string;
}

const longestTrail = 12;

/** Finds cycles among linked nodes, in steps: all nodes that close one are named, each once. */
export function* findCycles(nodes: readonly ResolvedNode[]): Steps<Cycle[]> {
  const cycles: Cycle[] = [];
  const done = new Set<ResolvedNode>();
  for (const start of nodes) {
    // A stack of our own: a chain of edges may be longer than the call stack is deep.
    const trail: { node: ResolvedNode; next: number; closed: boolean }[] = [];
    const depth = new Map<ResolvedNode, number>();
    const enter = (node: ResolvedNode): void => {
      depth.set(node, trail.length);
      trail.push({ node, next: 0, closed: false });
    };
    if (!done.has(start)) enter(start);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      yield;
      const link = top.node.links[top.next++];
      if (link === undefined) {
        done.add(top.node);
        depth.delete(top.node);
        trail.pop();
      } else if (link.node !== undefined && !done.has(link.node)) {
        const back = depth.get(link.node);
        if (back === undefined) enter(link.node);
        else if (!top.closed) {
          top.closed = true;
          cycles.push({
            node: top.node,
            port: link.port,
            trail: formatTrail(trail.slice(back).map(({ node }) => node)),
          });
        }
      }
    }
  }
  return cycles;
}

function formatTrail(nodes: readonly ResolvedNode[]): string {
  const names = [...nodes, nodes[0]!].map(({ spec }) => quote(nodeLabel(spec)));
  const half = longestTrail / 2;
  const shown =
    names.length <= longestTrail
      ? names
      : [...names.slice(0, half), `${names.length - longestTrail} more`, ...names.slice(-half)];
  return shown.join(' → ');
}
