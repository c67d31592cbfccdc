import { closeInstance } from '../nodes/close-instance.ts';
import type { NodeHost } from '../nodes/node.ts';
import { Choice } from './choice.ts';
import { findComponents } from './components.ts';
import type { Lifecycle } from './lifecycle.ts';
import { idOf, infoOf, type Member, type Plan, type Setup } from './member.ts';
import { faultOf } from './node-problem.ts';
import type { Problem } from './problems.ts';
import type { Turns } from './steps.ts';
import { type LiveNode, type WireOptions, type Wiring, wire } from './wiring.ts';

export interface PreparationInit {
  readonly plans: readonly Plan[];
  readonly problems: readonly Problem[];
  readonly before: Wiring;
  readonly host: NodeHost;
  readonly lifecycle: Lifecycle;
  readonly wiring: Omit<WireOptions, 'target' | 'host'>;
  readonly baseDirOf: (plan: Plan) => string;
  readonly setUp: (setup: Setup) => Promise<Member>;
  readonly isTaken: (service: string) => boolean;
  readonly turns: Turns;
}

/** A graph that is ready to take the place of the one that runs. */
export interface Prepared {
  readonly choice: Choice;
  readonly wiring: Wiring;
  /** What failed on the way. */
  readonly faults: readonly Problem[];
  /** Ends what was made for nothing. */
  discard(all?: boolean): Promise<void>;
}

/** Makes what a graph needs beside what runs already: downstream first, and around whatever fails. */
export async function prepare(init: PreparationInit): Promise<Prepared> {
  const { plans, problems, before, isTaken, turns } = init;
  const running = before.nodes.map(({ plan }) => plan);
  const choice = await turns.take(Choice.among({ plans, problems, running, isTaken }));
  const preparation = new Preparation(init, choice);
  try {
    return await preparation.run();
  } catch (thrown) {
    await preparation.discard(new Set());
    throw thrown;
  }
}

class Preparation {
  readonly #init: PreparationInit;
  readonly #choice: Choice;
  readonly #made = new Map<Plan, Member>();
  /** As they were last linked: where their lives began. */
  readonly #begun = new Map<Member, LiveNode>();
  readonly #faults: Problem[] = [];

  constructor(init: PreparationInit, choice: Choice) {
    this.#init = init;
    this.#choice = choice;
  }

  async run(): Promise<Prepared> {
    for (;;) {
      const members = await this.#makeAll();
      if (members === undefined) continue;
      const wiring = await this.#wire(members);
      if (!(await this.#beginAll(wiring))) continue;
      return {
        choice: this.#choice,
        wiring,
        faults: this.#faults,
        discard: (all = false) => this.discard(all ? new Set() : new Set(members.values())),
      };
    }
  }

  /** The member of each chosen plan, downstream first; undefined when one failed, and the choice is another now. */
  async #makeAll(): Promise<Map<Plan, Member> | undefined> {
    const choice = this.#choice;
    const { turns } = this.#init;
    const members = new Map<Plan, Member>();
    const next = (plan: Plan): Plan[] => plan.targets.flatMap((target) => choice.target(target as Plan) ?? []);
    let failed = false;
    for (const plan of (await turns.take(findComponents(choice.plans, next))).flat()) {
      if (turns.over) await turns.next();
      const id = idOf(plan);
      if (choice.get(id) !== plan) continue;
      try {
        members.set(plan, this.#runningAs(plan) ?? (await this.#make(plan)));
      } catch (thrown) {
        failed = true;
        this.#fail(plan, thrown);
      }
    }
    return failed ? undefined : members;
  }

  /** What runs already and would be the same. */
  #runningAs(plan: Plan): Member | undefined {
    const running = this.#init.before.get(idOf(plan));
    if (running === undefined) return undefined;
    // It runs on as it is.
    if (this.#choice.isOlder(running.id)) return running.member;
    return running.member.fits(this.#setupOf(plan)) ? running.member : undefined;
  }

  async #make(plan: Plan): Promise<Member> {
    let member = this.#made.get(plan);
    if (member === undefined) {
      member = await this.#init.setUp(this.#setupOf(plan));
      this.#made.set(plan, member);
    }
    return member;
  }

  #setupOf(plan: Plan): Setup {
    const { host, baseDirOf } = this.#init;
    return { plan, info: infoOf(plan, this.#choice.linked(plan)), baseDir: baseDirOf(plan), env: host.env };
  }

  #wire(members: ReadonlyMap<Plan, Member>): Promise<Wiring> {
    const { before, host, wiring, turns } = this.#init;
    const chosen = [...members].map(([plan, member]) => ({ plan, member }));
    return turns.take(wire(chosen, before, { ...wiring, host, target: (plan) => this.#choice.target(plan)! }));
  }

  /** Lets the new ones begin; false when one could not, and the choice is another now. */
  async #beginAll(wiring: Wiring): Promise<boolean> {
    let failed = false;
    for (const live of wiring.nodes) {
      const { member, plan, id } = live;
      if (this.#made.get(plan) !== member || this.#begun.has(member) || this.#choice.get(id) !== plan) continue;
      this.#begun.set(member, live);
      try {
        await this.#init.lifecycle.begin(live);
      } catch (thrown) {
        failed = true;
        this.#fail(plan, thrown);
      }
    }
    return !failed;
  }

  #fail(plan: Plan, thrown: unknown): void {
    const fault = faultOf(plan, thrown);
    this.#faults.push(fault);
    this.#choice.fail(idOf(plan), fault.message);
  }

  async discard(kept: ReadonlySet<Member>): Promise<void> {
    for (const member of [...this.#made.values()].reverse()) {
      if (kept.has(member)) continue;
      const live = this.#begun.get(member);
      if (live !== undefined) await this.#init.lifecycle.end(live);
      else await closeUnused(member, this.#init.host);
    }
  }
}

async function closeUnused({ instance, setup }: Member, { logger }: NodeHost): Promise<void> {
  try {
    await closeInstance(instance);
  } catch (error) {
    logger.error('node failed to close', { node: setup.info.service, error });
  }
}
