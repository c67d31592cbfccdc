import { isDeepStrictEqual } from 'node:util';
import type { Channel } from '../client/connect.ts';
import type { RemoteMethod } from '../nodes/remote-method.ts';
import { startSource } from '../nodes/start-source.ts';
import { describeLive } from './describe-nodes.ts';
import type { GraphChange, GraphOptions, GraphUpdate } from './graph.ts';
import { GraphError } from './graph-error.ts';
import type { GraphHost } from './graph-host.ts';
import { emptyState, type GraphState } from './graph-state.ts';
import { type Guard, Guarding } from './guard.ts';
import { Holdings } from './holdings.ts';
import { Lifecycle } from './lifecycle.ts';
import { lookAhead } from './look-ahead.ts';
import { idOf, setUp } from './member.ts';
import { Outgoing } from './outgoing.ts';
import { baseDirOf } from './plan-graph.ts';
import { type PlannedUpdate, planUpdate } from './plan-update.ts';
import { type Prepared, prepare } from './preparation.ts';
import { sortProblems } from './problems.ts';
import { settledWithin } from './settled-within.ts';
import { Turns } from './steps.ts';
import { swap } from './swap.ts';
import { transitionFrom } from './transition.ts';
import { hasErrors } from './validate.ts';
import type { Wiring } from './wiring.ts';

/** How long an update waits for word of targets outside. */
const lookMs = 500;
/** How long an update waits for those who are told that a node is active. */
const activeMs = 5_000;
/** How long a source may take to stop before the one that takes its place begins. */
const sourceStopMs = 5_000;

/** Turns a graph into the next one: plans it, makes what it needs, puts it in the place of the one before, and ends what nobody needs. */
export class Engine {
  readonly #options: GraphOptions;
  readonly #host: GraphHost;
  readonly #lifecycle: Lifecycle;
  readonly #holdings: Holdings;
  readonly #outgoing: Outgoing;
  #values: GraphUpdate['values'];
  #guard: Guard | undefined;
  /** The guard, and whom it was asked about last. */
  #guarded: Guarding | undefined;
  #state = emptyState;
  #closed = false;

  constructor(options: GraphOptions, host: GraphHost) {
    this.#options = options;
    this.#host = host;
    this.#values = options.values;
    this.#lifecycle = new Lifecycle({ hooks: options.hooks ?? [], describe: describeLive, stepMs: this.#stepMs });
    this.#holdings = new Holdings(host);
    this.#outgoing = new Outgoing({
      host: host.nodes,
      server: options.server,
      lifecycle: this.#lifecycle,
      holdings: this.#holdings,
      graceMs: options.replaceGraceMs ?? 30_000,
    });
  }

  /** Beside the guards there are. */
  restrict(guard: Guard): void {
    const before = this.#guard;
    this.#guard = before === undefined ? guard : (node) => before(node) ?? guard(node);
    const { edgeChannels, nodeChannels } = this.#host;
    edgeChannels.admit = nodeChannels.admit = (target, address) => this.#guarded?.refusalAt(target, address);
  }

  get #stepMs(): number {
    return this.#options.setupTimeoutMs ?? 30_000;
  }

  get state(): GraphState {
    return this.#state;
  }

  /** With `strict` it throws a GraphError for any problem, and nothing has changed. Undefined when the graph was closed meanwhile. */
  async apply(next: GraphUpdate, { strict = false }: { strict?: boolean } = {}): Promise<GraphChange | undefined> {
    const { nodes } = this.#host;
    const before = [this.#values, nodes.env, this.#guarded] as const;
    if (next.values !== undefined) this.#values = next.values;
    if (next.environment !== undefined && !isDeepStrictEqual(next.environment, nodes.env)) nodes.env = next.environment;
    const turns = new Turns();
    try {
      const planned = await this.#plan(next, turns);
      if (strict && hasErrors(planned.problems)) throw new GraphError(planned.problems);
      this.#holdings.expect(planned.plans);
      const placed = await this.#place(planned, { revisions: next.revisions, strict, turns });
      if (placed === undefined) return undefined;
      await settledWithin(placed.stopped, sourceStopMs);
      if (!this.#closed) await settledWithin(this.#start(this.#state.wiring), activeMs);
      return placed.change;
    } catch (error) {
      if (error instanceof GraphError) [this.#values, nodes.env, this.#guarded] = before;
      throw error;
    } finally {
      this.#arrived();
    }
  }

  /** Nothing is put in place any more, and nobody comes in. Resolves when the sources have stopped. */
  stop(): Promise<unknown> {
    this.#closed = true;
    const { server } = this.#options;
    const { nodes } = this.#state.wiring;
    for (const { plan, served } of nodes) if (plan.block === undefined) server?.remove(served.module.service);
    return Promise.all(nodes.map(({ member }) => member.source?.stop()));
  }

  /** Resolves when calls from outside that had been accepted have ended, or after the grace period. */
  drained(graceMs: number): Promise<void> {
    const outer = this.#state.wiring.nodes.flatMap(({ plan, served }) => (plan.block === undefined ? served : []));
    return this.#outgoing.entered(outer, graceMs);
  }

  /** Ends every node, those first that lead to others. What is not over in time is left to itself. */
  async end(graceMs: number): Promise<void> {
    this.#lifecycle.hurry(Date.now() + graceMs);
    await settledWithin(this.#outgoing.close(), graceMs);
    for (const live of [...this.#state.wiring.nodes].reverse()) await this.#lifecycle.end(live);
  }

  /** Makes what is needed, and puts it in the place of what there is. Undefined when the graph was closed meanwhile. */
  async #place(
    planned: PlannedUpdate,
    { revisions, strict, turns }: { revisions: GraphUpdate['revisions']; strict: boolean; turns: Turns },
  ): Promise<{ change: GraphChange; stopped: Promise<unknown> } | undefined> {
    const remotes: RemoteMethod[] = [];
    const prepared = await this.#prepare(planned, remotes, turns);
    // What edges to other runtimes lead to decides what the nodes before them say of themselves.
    await settledWithin(lookAhead(remotes, this.#host.nodes.logger), lookMs);
    const problems = sortProblems([...planned.problems, ...prepared.faults]);
    if (strict && hasErrors(problems)) {
      await prepared.discard(true);
      throw new GraphError(problems);
    }
    const changed = { planned, prepared, problems, revisions };
    const transition = await turns.take(transitionFrom(this.#state, changed));
    if (this.#closed) {
      await prepared.discard(true);
      return undefined;
    }
    const { after, leftovers, change } = transition;
    this.#state = after;
    swap(transition.swap, this.#options.server);
    this.#host.ownServer.follow(transition.swap, after.wiring);
    const stopped = this.#outgoing.retire(leftovers, after.wiring);
    this.#arrived();
    await prepared.discard();
    return { change, stopped };
  }

  /** What runs is what is there: nobody waits to be made. */
  #arrived(): void {
    const { plans, wiring } = this.#state;
    this.#holdings.arrived({ plans, nodes: wiring.nodes });
  }

  #plan(next: GraphUpdate, turns: Turns): Promise<PlannedUpdate> {
    const { plans, wiring, inUse } = this.#state;
    const { kinds, languages, baseDir } = this.#options;
    const { specs, problems } = next;
    return planUpdate({
      specs,
      problems,
      values: this.#values,
      environment: this.#host.nodes.env,
      kinds,
      languages,
      baseDir,
      guard: this.#guard,
      setupTimeoutMs: this.#stepMs,
      turns,
      inUse,
      // What runs is what a spec that comes back finds again.
      previous: plans.map((plan) => wiring.get(idOf(plan))?.plan ?? plan),
    });
  }

  #prepare({ plans, faults, specs }: PlannedUpdate, remotes: RemoteMethod[], turns: Turns): Promise<Prepared> {
    const { nodes, edgeChannels, nodeChannels } = this.#host;
    const { interceptors = [], exposeErrors, onHop, server } = this.#options;
    const before = this.#state.wiring;
    const guarding = this.#guard && new Guarding(this.#guard, specs, this.#values, plans);
    this.#guarded = guarding;
    return prepare({
      plans,
      problems: faults,
      before,
      host: nodes,
      lifecycle: this.#lifecycle,
      wiring: {
        channels: edgeChannels,
        interceptors,
        entry: { exposeErrors, onHop },
        onRemote: (remote) => remotes.push(remote),
      },
      baseDirOf: (plan) => baseDirOf(plan, this.#options),
      setUp: (setup) => {
        const channel = (target: string): Channel => {
          guarding?.check(setup.plan, target);
          return nodeChannels.get(target);
        };
        const outbound = nodes.outbound?.for(guarding && ((reach) => guarding.refusal(setup.plan, reach)));
        return setUp(setup, nodes, { channel, outbound, timeoutMs: this.#stepMs });
      },
      turns,
      isTaken: (service) => before.service(service) === undefined && server?.services.has(service) === true,
    });
  }

  async #start({ nodes }: Wiring): Promise<void> {
    const fresh = nodes.filter(({ member }) => !member.activated);
    for (const { member } of fresh) member.source = startSource(member.entry!);
    for (const live of fresh) await this.#lifecycle.activate(live);
  }
}
