import { Secrets } from '../nodes/secrets.ts';
import type { GraphHost } from './graph-host.ts';
import { outsideTargets } from './leftovers.ts';
import type { Plan } from './member.ts';
import type { LiveNode } from './wiring.ts';

/** What runs, or did so a moment ago. */
export interface Holders {
  readonly plans: readonly Plan[];
  readonly nodes: readonly LiveNode[];
}

/** What the nodes of a graph hold together: the texts that must not be shown, and connections. Both stay for as long as one of them is there. */
export class Holdings {
  readonly #host: GraphHost;
  /** Nodes that others have replaced and that are not closed yet. */
  readonly #leaving = new Set<LiveNode>();
  #current: Holders = { plans: [], nodes: [] };
  /** Of the update that is under way. */
  #coming: readonly Plan[] | undefined;
  #due = false;

  constructor(host: GraphHost) {
    this.#host = host;
  }

  /** Nodes of these plans are about to be made: until `arrived`, nothing is let go of, since they may hold it already. */
  expect(plans: readonly Plan[]): void {
    this.#coming = plans;
    this.#keepSecrets();
  }

  /** Either they are in place, or they are gone. */
  arrived(current: Holders): void {
    this.#current = current;
    this.#coming = undefined;
    if (!this.#due) return;
    this.release().catch((error: unknown) => this.#host.nodes.logger.error('a connection failed to close', { error }));
  }

  leave(nodes: readonly LiveNode[]): void {
    for (const live of nodes) this.#leaving.add(live);
  }

  left(nodes: readonly LiveNode[]): void {
    for (const live of nodes) this.#leaving.delete(live);
  }

  /** Lets go of what nobody holds any more. */
  async release(): Promise<void> {
    this.#due = this.#coming !== undefined;
    if (this.#due) return;
    this.#keepSecrets();
    const used = outsideTargets([...this.#current.nodes, ...this.#leaving]);
    await this.#host.edgeChannels.keep(used);
    await this.#host.nodeChannels.keep(used);
  }

  #keepSecrets(): void {
    const all = new Set<Secrets | undefined>();
    const { plans, nodes } = this.#current;
    for (const { secrets } of this.#coming ?? []) all.add(secrets);
    for (const { secrets } of plans) all.add(secrets);
    for (const { plan } of nodes) all.add(plan.secrets);
    for (const { plan } of this.#leaving) all.add(plan.secrets);
    const { nodes: host } = this.#host;
    host.secrets = Secrets.union(all, host.secrets);
  }
}
