import type { InPort } from './in-port.ts';
import type { Edge, Node } from './node.ts';
import type { NodeInstance } from './node-context.ts';

/** What is known of a target in another process of the system. */
export interface RemoteState {
  /** Whether it, or what it reaches, keeps state for each process; undefined until somebody knows. */
  readonly perProcess: boolean | undefined;
}

/** Where an edge leads: an in-port of this graph, or elsewhere. */
export type EdgeTarget = InPort | RemoteState;

const declared = new WeakSet<NodeInstance>();

/** Notes that an instance's kind says that its nodes keep state for each process, or act when one ends. */
export function declarePerProcess(instance: NodeInstance): void {
  declared.add(instance);
}

/** Each time that something was learned of a target elsewhere, what was found before may be wrong. */
let lessons = 0;
const found = new WeakMap<Node, { readonly keeps: boolean; readonly lessons: number }>();

export function noteLesson(): void {
  lessons += 1;
}

/**
 * Whether a node, or one that its edges lead to over any number of nodes, keeps state for each process. A target elsewhere of which that is not
 * known counts: one stream for a process that needs none costs little, several calls where one process was meant go wrong.
 */
export function keepsState(node: Node): boolean {
  const known = recall(node);
  if (known !== undefined) return known;
  const seen = new Set<Node>([node]);
  const path: { node: Node; rest: Iterator<Edge> }[] = [{ node, rest: node.allEdges() }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const keeps = isOwn(top.node.instance) || recall(top.node);
    const { done, value: edge } = keeps ? { done: true, value: undefined } : top.rest.next();
    if (keeps || (!done && isElsewhere(edge!) && edge!.target.perProcess !== false)) {
      for (const step of path) found.set(step.node, { keeps: true, lessons });
      return true;
    }
    if (done) path.pop();
    else if (isLocal(edge!) && !seen.has(edge!.target.node)) {
      seen.add(edge!.target.node);
      path.push({ node: edge!.target.node, rest: edge!.target.node.allEdges() });
    }
  }
  for (const one of seen) found.set(one, { keeps: false, lessons });
  return false;
}

function recall(node: Node): boolean | undefined {
  const known = found.get(node);
  return known?.lessons === lessons ? known.keeps : undefined;
}

function isOwn(instance: NodeInstance | undefined): boolean {
  for (let at = instance; at !== undefined; at = at.inner) if (at.perProcess || declared.has(at)) return true;
  return false;
}

type To<T extends EdgeTarget> = Edge & { readonly target: T };

function isLocal(edge: Edge): edge is To<InPort> {
  return edge.target !== undefined && 'node' in edge.target;
}

function isElsewhere(edge: Edge): edge is To<RemoteState> {
  return edge.target !== undefined && !('node' in edge.target);
}
