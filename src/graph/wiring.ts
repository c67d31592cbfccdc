import { isDeepStrictEqual } from 'node:util';
import type { NodeKind } from '../nodes/kind.ts';
import { type Edge, Node, type NodeHost } from '../nodes/node.ts';
import type { EntryOptions } from '../nodes/node-entry.ts';
import { NodeSlot } from '../nodes/node-slot.ts';
import { findCyclicNodes } from './components.ts';
import { edgeOf, type LinkOptions } from './link-edges.ts';
import { idOf, type Member, type Plan } from './member.ts';
import type { Link } from './resolved.ts';
import { Served, sameFiles } from './served.ts';
import type { Steps } from './steps.ts';
import { upstreamOf } from './upstream.ts';

/** An edge with what it was made from. */
export interface WiredEdge {
  readonly link: Link<NodeKind>;
  /** The node it leads to; undefined outside this graph. */
  readonly to: string | undefined;
  readonly edge: Edge;
}

/** A node of the graph that runs, as it is linked. */
export interface LiveNode {
  readonly id: string;
  readonly plan: Plan;
  readonly member: Member;
  readonly node: Node;
  readonly served: Served;
  readonly edges: readonly WiredEdge[];
}

/** A node that is to run. */
export interface Chosen {
  readonly plan: Plan;
  readonly member: Member;
}

export interface WireOptions extends Omit<LinkOptions, 'from' | 'types' | 'to' | 'baseDir'> {
  readonly host: NodeHost;
  readonly entry: EntryOptions;
  /** The node that an edge to a plan leads to. */
  readonly target: (plan: Plan) => Plan;
}

/** The nodes that run and how they are linked. Never changed: whoever began in it goes on in it while another takes its place. */
export class Wiring {
  /** Whatever a node leads to comes before it, as far as there are no cycles. */
  readonly nodes: readonly LiveNode[];
  readonly #byId: ReadonlyMap<string, LiveNode>;
  readonly #byService: ReadonlyMap<string, LiveNode>;

  constructor(nodes: readonly LiveNode[]) {
    this.nodes = nodes;
    this.#byId = new Map(nodes.map((live) => [live.id, live]));
    this.#byService = new Map(nodes.map((live) => [live.plan.service, live]));
  }

  get(id: string): LiveNode | undefined {
    return this.#byId.get(id);
  }

  /** The node that is a service, or stands inside of a block under that path. */
  service(name: string): LiveNode | undefined {
    return this.#byService.get(name);
  }
}

/**
 * Links nodes. Those that are linked as before to nodes that are the same as before are taken over; all others get new edges around the instance
 * that they have. In steps; nothing of what runs is touched.
 */
export function* wire(chosen: readonly Chosen[], before: Wiring, options: WireOptions): Steps<Wiring> {
  const ids = new Map<string, Chosen>();
  const targets = new Map<string, readonly (string | undefined)[]>();
  for (const one of chosen) {
    const id = idOf(one.plan);
    ids.set(id, one);
    targets.set(
      id,
      one.plan.links.map((link) => targetId(link, options)),
    );
    yield;
  }
  const changed = yield* changedNodes(chosen, targets, before);
  const live = new Map<string, LiveNode>();
  const open: { one: LiveNode; edges: WiredEdge[] }[] = [];
  for (const [id, { plan, member }] of ids) {
    yield;
    const old = before.get(id);
    if (old !== undefined && !changed.has(id)) {
      live.set(id, old.plan === plan ? old : { ...old, plan });
      continue;
    }
    const node = new Node(member.setup.info, member.instance, options.host);
    const edges: WiredEdge[] = [];
    const one = { id, plan, member, node, served: servedBy(node, member, before, options), edges };
    live.set(id, one);
    open.push({ one, edges });
  }
  for (const { one, edges } of open) {
    yield;
    const old = before.get(one.id);
    for (const [index, link] of one.plan.links.entries()) {
      const to = targets.get(one.id)![index];
      const edge = outsideEdge(link, one, old) ?? edgeOf(link, linkOptions(one, to, live, options));
      edges.push({ link, to, edge });
      one.node.link(link.port, edge);
    }
  }
  const inside = (id: string): string[] => targets.get(id)!.flatMap((to) => to ?? []);
  for (const id of yield* findCyclicNodes(ids.keys(), inside)) live.get(id)!.node.cyclic = true;
  return new Wiring([...live.values()]);
}

/** Nodes that cannot be taken over, and whatever leads to one of them. */
function* changedNodes(
  chosen: readonly Chosen[],
  targets: ReadonlyMap<string, readonly (string | undefined)[]>,
  before: Wiring,
): Steps<Set<string>> {
  const changed = new Set<string>();
  const sources = new Map<string, string[]>();
  for (const { plan, member } of chosen) {
    yield;
    const id = idOf(plan);
    const leads = targets.get(id)!;
    for (const to of leads) {
      if (to === undefined) continue;
      const known = sources.get(to);
      if (known === undefined) sources.set(to, [id]);
      else known.push(id);
    }
    if (!isLinkedAs(before.get(id), { plan, member }, leads)) changed.add(id);
  }
  for (const id of upstreamOf(changed, sources)) changed.add(id);
  return changed;
}

function isLinkedAs(
  old: LiveNode | undefined,
  { plan, member }: Chosen,
  targets: readonly (string | undefined)[],
): boolean {
  if (old === undefined || old.member !== member || old.edges.length !== plan.links.length) return false;
  return old.edges.every(({ link, to }, index) => targets[index] === to && sameLink(link, plan.links[index]!));
}

function sameLink(before: Link, after: Link): boolean {
  if (before === after) return true;
  const { port, to, target } = before;
  return port === after.port && to === after.to && isDeepStrictEqual(target, after.target);
}

/** An edge out of this graph that the node had before: connections and what was found out over them are kept. */
function outsideEdge(link: Link, { member }: LiveNode, old: LiveNode | undefined): Edge | undefined {
  if (link.node !== undefined || old === undefined) return undefined;
  const { info, baseDir } = member.setup;
  if (old.member.setup.info.service !== info.service || old.member.setup.baseDir !== baseDir) return undefined;
  if (!sameOutType(old.member, member, link.port)) return undefined;
  return old.edges.find(({ link: other }) => other.node === undefined && sameLink(other, link))?.edge;
}

/** The edge converts between this type and that of its target. */
function sameOutType({ types: before }: Member, { types }: Member, port: string): boolean {
  if (before === types) return true;
  const typeOf = ({ kind, fields }: Member['types']): unknown => kind.portType?.(port, 'out', fields) ?? {};
  return isDeepStrictEqual(typeOf(before), typeOf(types)) && sameFiles(before.files, types.files);
}

function servedBy(node: Node, member: Member, before: Wiring, { entry }: WireOptions): Served {
  const served = before.service(node.info.service)?.served;
  return served?.fits(node.info, member.types) ? served : new Served(new NodeSlot(node), member.types, entry);
}

function targetId({ node }: Link<NodeKind>, { target }: WireOptions): string | undefined {
  return node === undefined ? undefined : idOf(target(node));
}

function linkOptions(
  { node, member }: LiveNode,
  to: string | undefined,
  live: ReadonlyMap<string, LiveNode>,
  { channels, interceptors, onRemote }: WireOptions,
): LinkOptions {
  return {
    from: node.info.service,
    types: member.types,
    to: to === undefined ? undefined : live.get(to),
    channels,
    interceptors,
    baseDir: member.setup.baseDir,
    onRemote,
  };
}
