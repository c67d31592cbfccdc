import { NodeSlot } from '../nodes/node-slot.ts';
import type { Server } from '../server/server.ts';
import { idOf, type Plan } from './member.ts';
import type { Served } from './served.ts';
import type { Steps } from './steps.ts';
import type { LiveNode, Wiring } from './wiring.ts';

/** A node in the place of another, or of none. */
interface Replacement {
  readonly live: LiveNode;
  readonly old: LiveNode | undefined;
}

/** What is different between two wirings, for whoever comes from outside. */
export interface Swap {
  readonly fresh: readonly Replacement[];
  /** Whose services nobody has any more. */
  readonly gone: readonly LiveNode[];
  /** Whose services are there for the first time, or are others than before under the same name. */
  readonly served: readonly { readonly live: LiveNode; readonly old: Served | undefined }[];
}

/** Finds out what is to be done, in steps. Services are added in the given order. */
export function* swapOf(before: Wiring, after: Wiring, order: readonly Plan[]): Steps<Swap> {
  const fresh: Replacement[] = [];
  for (const live of after.nodes) {
    const old = before.get(live.id);
    if (old?.node !== live.node) fresh.push({ live, old });
    yield;
  }
  const gone: LiveNode[] = [];
  for (const live of before.nodes) {
    if (live.plan.block === undefined && after.service(live.plan.service) === undefined) gone.push(live);
    yield;
  }
  const served: { live: LiveNode; old: Served | undefined }[] = [];
  for (const plan of order) {
    yield;
    const live = plan.block === undefined ? after.get(idOf(plan)) : undefined;
    if (live === undefined) continue;
    const old = before.service(live.plan.service)?.served;
    if (old !== live.served) served.push({ live, old });
  }
  return { fresh, gone, served };
}

/** Puts one wiring in the place of another, for whoever comes from now on: in one turn, so that nobody meets a part of it. */
export function swap({ fresh, gone, served }: Swap, server: Server | undefined): void {
  for (const replacement of fresh) handOver(replacement);
  for (const { live } of fresh) {
    const { node, member } = live;
    live.served.slot.node = node;
    if (member.entry === undefined) member.entry = new NodeSlot(node);
    else member.entry.node = node;
  }
  if (server !== undefined) publish({ gone, served }, server);
}

/** Has a server serve what is there now instead of what was. */
export function publish({ gone, served }: Omit<Swap, 'fresh'>, server: Server): void {
  for (const live of gone) server.remove(live.served.module.service);
  for (const { live, old } of served) serve(live, old, server);
}

function handOver({ old, live: { member, node, plan } }: Replacement): void {
  if (old === undefined || old.member === member || old.plan.kind?.kind !== plan.kind?.kind) return;
  try {
    member.instance.handover?.(old.member.instance);
  } catch (error) {
    node.log.error('node failed to take over from the one before it', { error });
  }
}

function serve({ served, node }: LiveNode, old: Served | undefined, server: Server): void {
  const { service, handlers, options } = served.module;
  try {
    if (old === undefined) server.add(served.module);
    else server.replace(service, handlers, options);
  } catch (error) {
    node.log.error('node cannot be served', { error });
  }
}
