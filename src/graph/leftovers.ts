import type { Edge, Node } from '../nodes/node.ts';
import type { Member } from './member.ts';
import type { Served } from './served.ts';
import type { Steps } from './steps.ts';
import type { LiveNode, WiredEdge, Wiring } from './wiring.ts';

/** What of a wiring is not in the one that takes its place. */
export interface Leftovers {
  /** Nodes that are linked anew or gone: processes that began in them go on there. */
  readonly unlinked: readonly LiveNode[];
  /** Those of them whose instances nobody has any more; those first that lead to others. */
  readonly over: readonly LiveNode[];
  /** Nodes of those that nothing has replaced. */
  readonly removed: ReadonlySet<Node>;
  /** Edges out of the graph that nobody has any more. */
  readonly edges: readonly Edge[];
  /** The outsides of nodes that nobody comes by any more. */
  readonly served: readonly Served[];
  /** How many retirements there had been when the first of what is over came to be. */
  readonly since: number;
}

/** Found in steps. */
export function* leftoversOf(before: Wiring, after: Wiring): Steps<Leftovers> {
  const nodes = new Set<Node>();
  const members = new Set<Member>();
  const kept = new Set<Edge>();
  const outsides = new Set<Served>();
  for (const { node, member, edges, served } of after.nodes) {
    yield;
    nodes.add(node);
    members.add(member);
    outsides.add(served);
    for (const { edge, to } of edges) if (to === undefined) kept.add(edge);
  }
  const unlinked: LiveNode[] = [];
  const abandoned: Served[] = [];
  for (const live of before.nodes) {
    yield;
    if (!nodes.has(live.node)) unlinked.push(live);
    if (live.plan.block === undefined && !outsides.has(live.served)) abandoned.push(live.served);
  }
  const over = unlinked.filter(({ member }) => !members.has(member)).reverse();
  const isUnused = ({ edge, to }: WiredEdge): boolean => to === undefined && !kept.has(edge);
  const unused = unlinked.filter((live) => live.edges.some(isUnused));
  return {
    unlinked,
    over,
    removed: new Set(unlinked.flatMap(({ id, node }) => (after.get(id) === undefined ? node : []))),
    edges: unused.flatMap((live) => live.edges.filter(isUnused).map(({ edge }) => edge)),
    served: abandoned,
    since: Math.min(...[...over, ...unused].map(({ member }) => member.since)),
  };
}

/** Targets outside of the graph that these nodes and their edges have. */
export function outsideTargets(nodes: Iterable<LiveNode>): Set<string> {
  const targets = new Set<string>();
  for (const { edges, member } of nodes) {
    for (const target of member.targets) targets.add(target);
    for (const { link } of edges) if (link.target.target !== undefined) targets.add(link.target.target);
  }
  return targets;
}
