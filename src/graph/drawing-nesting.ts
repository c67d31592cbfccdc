import type { DrawnNode } from './drawing.ts';

/** Nodes by the block that they are inside of; undefined for those of the graph itself. */
export function byBlock(nodes: readonly DrawnNode[]): ReadonlyMap<string | undefined, readonly DrawnNode[]> {
  const inside = new Map<string | undefined, DrawnNode[]>();
  for (const node of nodes) {
    const known = inside.get(node.inside);
    if (known === undefined) inside.set(node.inside, [node]);
    else known.push(node);
  }
  return inside;
}
