import { isPromise } from '../core/requests.ts';
import { statusOf } from '../core/status-error.ts';
import { closeInstance } from '../nodes/close-instance.ts';
import { NodeSlot } from '../nodes/node-slot.ts';
import { orCancelled } from '../nodes/or-cancelled.ts';
import { sendOr } from '../nodes/outlet.ts';
import { OwnProcesses } from '../nodes/own-processes.ts';
import { none } from '../nodes/reply.ts';
import type { GraphHook, GraphNode } from './graph.ts';
import { isMoment, type Moment } from './moment.ts';
import type { LiveNode } from './wiring.ts';

/** For processes that tell of a moment. */
const longestTellMs = 30_000;

export interface LifecycleOptions {
  readonly hooks: readonly GraphHook[];
  /** What hooks are shown. */
  readonly describe: (live: LiveNode) => GraphNode;
  /** How long each step may take. */
  readonly stepMs: number;
}

/** Takes nodes through their lives: `init`, load hooks, `active`; at the end `deactive`, unload hooks, `deinit`, close. */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  /** Gives up the steps that are under way. */
  readonly #steps = new Set<() => void>();
  #until = Number.POSITIVE_INFINITY;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** Everything is to be over by then, epoch milliseconds: what takes longer is left to itself. */
  hurry(until: number): void {
    this.#until = until;
    const giveUp = (): void => {
      for (const late of [...this.#steps]) late();
    };
    setTimeout(giveUp, Math.max(0, until - Date.now())).unref();
  }

  /** Before the node is served. Rejects with what keeps it from that; `end` must follow even then. */
  async begin(live: LiveNode): Promise<void> {
    const { member } = live;
    const error = await tell(live, 'init', this.#leftMs);
    if (error !== undefined)
      throw new Error(`its init was answered with an error: ${statusOf(error).message}`, { cause: error });
    member.initialised = true;
    for (const hook of this.#options.hooks) {
      await this.#load(hook, live);
      member.loadedHooks += 1;
    }
  }

  /** Once the node is served. */
  async activate(live: LiveNode): Promise<void> {
    live.member.activated = true;
    const error = await tell(live, 'active', this.#leftMs);
    if (error !== undefined) live.node.log.error('node was told an error as it became active', { error });
  }

  /** Once nobody uses the node any more. What fails or takes too long is logged, and the rest is done. */
  async end(live: LiveNode): Promise<void> {
    const { member, node } = live;
    if (member.activated) await this.#attempt(live, () => tellOrThrow(live, 'deactive', this.#leftMs));
    for (const hook of this.#options.hooks.slice(0, member.loadedHooks).reverse())
      await this.#attempt(live, () => hook.unload?.(this.#options.describe(live)));
    if (member.initialised) await this.#attempt(live, () => tellOrThrow(live, 'deinit', this.#leftMs));
    try {
      await this.#bounded(closeInstance(node.instance), 'close');
    } catch (error) {
      node.log.error('node failed to close', { error });
    }
  }

  get #leftMs(): number {
    return Math.max(1, Math.min(this.#options.stepMs, this.#until - Date.now()));
  }

  async #load(hook: GraphHook, live: LiveNode): Promise<void> {
    const node = this.#options.describe(live);
    const loading = Promise.resolve(hook.load?.(node));
    let late = false;
    const undo = (): void | Promise<void> => (late ? hook.unload?.(node) : undefined);
    loading.then(undo).catch((error: unknown) => {
      if (late) live.node.log.error('node failed to unload', { error });
    });
    try {
      await this.#bounded(loading, 'a load hook');
    } catch (thrown) {
      late = true;
      throw thrown;
    }
  }

  #bounded(step: void | Promise<void>, what: string): Promise<void> {
    const ms = this.#leftMs;
    return new Promise((resolve, reject) => {
      const late = (): void => {
        over();
        reject(new Error(`${what} did not settle within ${Math.round(ms)} ms`));
      };
      const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(late, ms);
      const over = (): void => {
        clearTimeout(timer);
        this.#steps.delete(late);
      };
      this.#steps.add(late);
      Promise.resolve(step).finally(over).then(resolve, reject);
    });
  }

  async #attempt({ node }: LiveNode, step: () => void | Promise<void>): Promise<void> {
    try {
      await this.#bounded(step(), 'what ends it');
    } catch (error) {
      node.log.error('node failed to unload', { error });
    }
  }
}

/** Runs a process whose packet is the node's spec as written, templates and all: no secret leaves this way. */
async function tell({ node, edges, plan }: LiveNode, moment: Moment, timeoutMs: number): Promise<Error | undefined> {
  if (!edges.some(({ link }) => link.port === moment) || !isMoment(moment, plan)) return undefined;
  const processes = new OwnProcesses(new NodeSlot(node), moment, (activation, spec) => {
    const reply = sendOr(activation, moment, spec, none);
    return isPromise(reply) ? orCancelled(activation.call, reply) : reply;
  });
  const reply = await processes.run(plan.spec, { timeoutMs: Math.min(timeoutMs, longestTellMs) });
  return reply instanceof Error ? reply : undefined;
}

async function tellOrThrow(live: LiveNode, moment: Moment, timeoutMs: number): Promise<void> {
  const error = await tell(live, moment, timeoutMs);
  if (error !== undefined) throw error;
}
