import { concretePorts } from '../nodes/make-node.ts';
import { matchPort, nodeLabel } from '../nodes/names.ts';
import { explain, type WaitsFor } from './explain.ts';
import { idOf, type Plan } from './member.ts';
import { quote } from './problems.ts';
import type { Steps } from './steps.ts';
import { type Version, type Versions, type VersionsInit, versionsOf } from './versions.ts';

interface Unit {
  versions: Versions;
  /** Which version is chosen; none is left when it is their number. */
  at: number;
  /** What was wrong with the newest version when it was left. */
  left?: Fault;
  /** Why the newest version could not be made. */
  failed?: string;
  readonly sources: Set<Unit>;
}

/** What is wrong with a version: by itself, or the nodes that it waits for. */
type Fault = string | readonly WaitsFor<Unit>[];

/**
 * Which nodes of a graph run, and in which version. A node runs when nothing is wrong with it and every node that its edges lead to runs. Where the
 * new version of a node cannot, the one that runs now is kept if that still can.
 */
export class Choice {
  readonly #units = new Map<string, Unit>();
  readonly #unitOf = new Map<string, Unit>();
  readonly #byName = new Map<string, string>();
  readonly #linked = new Map<string, Set<string>>();
  readonly #chosen = new Map<string, Plan>();
  /** Why newest versions do not run; undefined until somebody asks again. */
  #reasons: ReadonlyMap<Unit, string> | undefined;

  private constructor() {}

  /** Chooses, in steps. */
  static *among(init: VersionsInit): Steps<Choice> {
    const choice = new Choice();
    yield* choice.#begin(yield* versionsOf(init));
    return choice;
  }

  /** The plans that run. */
  get plans(): Plan[] {
    return [...this.#units.values()].flatMap(({ versions, at }) => versions[at]?.plans ?? []);
  }

  /** The plan by which a node runs; undefined when it does not. */
  get(id: string): Plan | undefined {
    return this.#chosen.get(id);
  }

  /** The node that an edge to this one leads to by now: a node may have been made anew under its name. */
  target(plan: Plan): Plan | undefined {
    return this.#chosen.get(this.#find(plan) ?? '');
  }

  /** In-ports of a node that edges lead to. */
  linked(plan: Plan): readonly string[] {
    return [...(this.#linked.get(idOf(plan)) ?? [])];
  }

  /** Why the newest version of a node does not run; undefined when it does. */
  reason(id: string): string | undefined {
    const unit = this.#unitOf.get(id);
    if (unit === undefined || unit.at === 0) return undefined;
    this.#reasons ??= this.#explained();
    return this.#reasons.get(unit);
  }

  /** Whether a node runs in a version that is not its newest. */
  isOlder(id: string): boolean {
    const unit = this.#unitOf.get(id);
    return unit !== undefined && unit.at > 0 && unit.at < unit.versions.length;
  }

  /** Takes a version out of the choice, and with it all that depend on it. */
  fail(id: string, reason: string): void {
    const unit = this.#unitOf.get(id)!;
    if (unit.at === 0) unit.failed = reason;
    this.#drop(unit, reason);
    const waiting = [unit, ...unit.sources];
    while (this.#settleOne(waiting));
  }

  *#begin(all: ReadonlyMap<string, Versions>): Steps<void> {
    const claimed = new Set<string>();
    for (const [id, versions] of all) {
      const [{ plans, fault }] = versions;
      if (fault === undefined) for (const { service } of plans) claimed.add(service);
      this.#add(id, versions);
      yield;
    }
    for (const unit of this.#units.values()) {
      this.#index(unit, claimed);
      yield;
    }
    const waiting = [...this.#units.values()];
    while (this.#settleOne(waiting)) yield;
  }

  #add(id: string, versions: Versions): void {
    const unit: Unit = { versions, at: 0, sources: new Set() };
    this.#units.set(id, unit);
    for (const { plans } of versions) for (const plan of plans) this.#unitOf.set(idOf(plan), unit);
    for (const { spec } of versions[0].plans) {
      if (spec.name !== undefined) this.#byName.set(`${spec.namespace}/${spec.name}`, spec.id.toLowerCase());
    }
    this.#choose(unit);
  }

  #index(unit: Unit, claimed: ReadonlySet<string>): void {
    const first = unit.versions.find(({ fault }) => fault === undefined) ?? unit.versions[0];
    for (const { node, to } of first.plans.flatMap(({ links }) => links)) {
      const id = node === undefined ? undefined : this.#find(node);
      if (id === undefined) continue;
      const ports = this.#linked.get(id);
      if (ports === undefined) this.#linked.set(id, new Set([to]));
      else ports.add(to);
    }
    for (const plan of unit.versions.flatMap(({ plans }) => plans)) {
      for (const target of plan.targets) this.#unitOf.get(this.#find(target) ?? '')?.sources.add(unit);
    }
    const own = new Set(unit.versions[0].plans.map(({ service }) => service));
    const lost = unit.versions[1]?.plans.find(({ service }) => claimed.has(service) && !own.has(service));
    // Renamed and refused, while another took the name.
    if (lost !== undefined) unit.versions = [unit.versions[0]];
  }

  /** Looks at one of those that may not be able to run; false when none is left. */
  #settleOne(waiting: Unit[]): boolean {
    const unit = waiting.pop();
    if (unit === undefined) return false;
    const version = unit.versions[unit.at];
    const fault = version && this.#fault(version);
    if (fault === undefined) return true;
    this.#drop(unit, fault);
    waiting.push(unit, ...unit.sources);
    return true;
  }

  #fault({ plans, fault }: Version): Fault | undefined {
    if (fault !== undefined) return fault;
    const inactive: WaitsFor<Unit>[] = [];
    for (const target of plans.flatMap(({ targets }) => targets)) {
      const id = this.#find(target);
      const label = nodeLabel(target.spec);
      if (id === undefined) return `Waits for ${quote(label)}, and there is no such node any more`;
      if (!this.#chosen.has(id)) inactive.push({ key: this.#unitOf.get(id)!, label });
    }
    if (inactive.length > 0) return inactive;
    for (const { node, to } of plans.flatMap(({ links }) => links)) {
      const target = node === undefined ? undefined : this.target(node);
      if (target !== undefined && !this.#takes(target, to))
        return `Waits for ${quote(nodeLabel(target.spec))}, which has no in-port ${quote(to)}`;
    }
    return undefined;
  }

  /** Looked at once more, as things stand now: what was found first depends on what ran before. */
  #explained(): ReadonlyMap<Unit, string> {
    const faults = new Map<Unit, Fault>();
    for (const unit of this.#units.values()) {
      const { left, failed, versions } = unit;
      if (left !== undefined) faults.set(unit, failed ?? this.#fault(versions[0]) ?? left);
    }
    return explain(faults);
  }

  #takes(plan: Plan, port: string): boolean {
    return matchPort(concretePorts(plan.inputs ?? [], this.linked(plan)), port) !== undefined;
  }

  #drop(unit: Unit, fault: Fault): void {
    for (const plan of unit.versions[unit.at]?.plans ?? []) this.#chosen.delete(idOf(plan));
    if (unit.at === 0) unit.left = fault;
    unit.at += 1;
    this.#reasons = undefined;
    this.#choose(unit);
  }

  #choose({ versions, at }: Unit): void {
    for (const plan of versions[at]?.plans ?? []) this.#chosen.set(idOf(plan), plan);
  }

  #find(target: Plan): string | undefined {
    const id = idOf(target);
    if (this.#unitOf.has(id)) return id;
    const { namespace, name } = target.spec;
    return name === undefined ? undefined : this.#byName.get(`${namespace}/${name}`);
  }
}
