import type { Node } from '../nodes/node.ts';
import type { GraphNode } from './graph.ts';
import type { GraphState } from './graph-state.ts';
import { idOf, type Plan } from './member.ts';
import type { Steps } from './steps.ts';
import type { LiveNode } from './wiring.ts';

/** What of a node that runs may be different from one update to the next. */
type Changing = Pick<GraphNode, 'revision' | 'refused' | 'refusedRevision'>;

// Most nodes are the same after an update, and so is what is said of them.
const described = new WeakMap<Node, GraphNode>();

/** The nodes of a graph as others see them: in the order of the specs. Made in steps. */
export function* describeNodes({
  plans,
  wiring,
  reasons,
  newest,
  revisions,
}: Omit<GraphState, 'directory'>): Steps<GraphNode[]> {
  const nodes: GraphNode[] = [];
  for (const plan of plans) {
    yield;
    if (plan.block !== undefined) continue;
    const id = idOf(plan);
    const live = wiring.get(id);
    const reason = reasons.get(id);
    nodes.push(
      live === undefined
        ? inactive(plan, { revision: newest.get(id), reason })
        : active(live, {
            revision: revisions.get(id),
            refused: reason,
            refusedRevision: reason === undefined ? undefined : newest.get(id),
          }),
    );
  }
  return nodes;
}

/** A node that runs, or is about to. */
export function describeLive({ plan, node }: LiveNode): GraphNode {
  return { ...identityOf(plan), status: 'active', inputs: node.info.inputs, instance: node.instance };
}

function inactive(
  plan: Plan,
  { revision, reason }: { revision: number | undefined; reason: string | undefined },
): GraphNode {
  return {
    ...identityOf(plan),
    status: 'inactive',
    ...(reason !== undefined && { reason }),
    ...(revision !== undefined && { revision }),
    inputs: [],
  };
}

function active(
  live: LiveNode,
  { revision, refused, refusedRevision }: { [K in keyof Changing]: Changing[K] | undefined },
): GraphNode {
  const known = described.get(live.node);
  if (
    known !== undefined &&
    known.revision === revision &&
    known.refused === refused &&
    known.refusedRevision === refusedRevision
  )
    return known;
  const node: GraphNode = {
    ...describeLive(live),
    ...(revision !== undefined && { revision }),
    ...(refused !== undefined && { refused }),
    ...(refusedRevision !== undefined && { refusedRevision }),
  };
  described.set(live.node, node);
  return node;
}

function identityOf({ spec, service }: Plan): Pick<GraphNode, 'id' | 'kind' | 'namespace' | 'name' | 'service'> {
  const { id, kind, namespace, name } = spec;
  return { id, kind, namespace, ...(name !== undefined && { name }), service };
}
