import { Activation } from '../activation.ts';
import type { NodeContext } from '../node-context.ts';

/** Somebody who asks, so that others may wait for the reply. */
export interface Leader {
  readonly context: NodeContext;
  /** Whom those wait for that it asked. */
  readonly awaits: Set<Awaited>;
}

/** One who is waited for, once for each who waits. */
interface Awaited {
  readonly leader: Leader;
}

/** Those who ask just now, by the packet they ask for. */
const leaders = new WeakMap<NodeContext, Leader>();

/** Those who asked whoever is about to wait, in all caches: none of them has a reply before it has one. */
export class FlightPath {
  readonly #before = new Set<Leader>();

  /** `open`: those who ask the same cache, for what comes back to it from another process. */
  constructor(context: NodeContext, open: Iterable<Leader>) {
    if (!(context instanceof Activation)) return;
    for (let at: Activation | undefined = context; at !== undefined; at = at.from) {
      const leader = leaders.get(at);
      if (leader !== undefined) this.#before.add(leader);
    }
    if (context.run.hops === 0) return;
    for (const leader of open) if (isFurtherUp(leader.context, context)) this.#before.add(leader);
  }

  /** Says that somebody asks; forgotten with its context. */
  static lead(leader: Leader): void {
    leaders.set(leader.context, leader);
  }

  /** Whether one who asks has no reply before whoever is about to wait has one. */
  isAwaitedBy(leader: Leader): boolean {
    if (this.#before.size === 0) return false;
    const chain = new Set([leader]);
    for (const each of chain) {
      if (this.#before.has(each)) return true;
      for (const awaited of each.awaits) chain.add(awaited.leader);
    }
    return false;
  }

  /** Waits for one who asks, so that others can tell. */
  async during<T>(leader: Leader, wait: () => Promise<T>): Promise<T> {
    const awaited = { leader };
    for (const each of this.#before) each.awaits.add(awaited);
    try {
      return await wait();
    } finally {
      for (const each of this.#before) each.awaits.delete(awaited);
    }
  }
}

/** Whether a packet can have come from another one by edges between processes: they are of one process, and it has a longer way behind. */
function isFurtherUp(leader: NodeContext, context: Activation): boolean {
  return leader instanceof Activation && leader.run.hops < context.run.hops && leader.owner.id === context.owner.id;
}
