import type { NodeHost } from '../nodes/node.ts';
import type { Server } from '../server/server.ts';
import type { Holdings } from './holdings.ts';
import type { Leftovers } from './leftovers.ts';
import type { Lifecycle } from './lifecycle.ts';
import { Retirements } from './retirement.ts';
import type { Served } from './served.ts';
import type { Wiring } from './wiring.ts';

export interface OutgoingInit {
  readonly host: NodeHost;
  readonly server: Server | undefined;
  readonly lifecycle: Lifecycle;
  readonly holdings: Holdings;
  /** How long processes may go on in what was replaced. */
  readonly graceMs: number;
}

/** What goes out of a graph: it is ended once nobody needs it. */
export class Outgoing {
  readonly #init: OutgoingInit;
  readonly #retirements: Retirements;

  constructor(init: OutgoingInit) {
    this.#init = init;
    this.#retirements = new Retirements(init.host, init.graceMs);
  }

  /** Begins to end what was replaced. Resolves when its sources have stopped. */
  retire(leftovers: Leftovers, after: Wiring): Promise<unknown> {
    const { host, holdings } = this.#init;
    const { unlinked, over, removed, served, since } = leftovers;
    const stopped = Promise.all(over.map(({ member }) => member.source?.stop()));
    holdings.leave(unlinked);
    if (unlinked.length > 0 || served.length > 0)
      this.#retirements.add({
        nodes: unlinked.map(({ node }) => node),
        removed,
        since,
        entered: (graceMs) => this.entered(served, graceMs),
        end: () =>
          this.#end(leftovers).catch((error: unknown) => host.logger.error('a graph failed to end', { error })),
      });
    for (const { member } of after.nodes) member.since = Math.min(member.since, this.#retirements.count);
    return stopped;
  }

  /** Waits for calls that were accepted and may not have reached their node: interceptors are before it. */
  async entered(served: readonly Served[], graceMs: number): Promise<void> {
    const { server } = this.#init;
    const services = server === undefined ? [] : served.map(({ module }) => module.service);
    if (services.length > 0) await server?.drained(services, graceMs);
  }

  /** Waits no longer for processes. Resolves when everything has ended. */
  close(): Promise<void> {
    return this.#retirements.close();
  }

  async #end({ served, over, edges, unlinked }: Leftovers): Promise<void> {
    const { lifecycle, holdings } = this.#init;
    for (const { slot } of served) slot.close();
    for (const live of over) await lifecycle.end(live);
    for (const edge of edges) await edge.close?.();
    holdings.left(unlinked);
    await holdings.release();
  }
}
