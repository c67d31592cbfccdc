import { isDeepStrictEqual } from 'node:util';
import { nodeLabel, serviceName } from '../nodes/names.ts';
import { Choice } from './choice.ts';
import { idOf, outerOf, type Plan } from './member.ts';
import { type PlanOptions, planGraph } from './plan-graph.ts';
import { type Problem, problem, quote, sortProblems } from './problems.ts';
import type { NodeSpec } from './spec.ts';
import type { Turns } from './steps.ts';
import { upstreamOf } from './upstream.ts';

export interface PlanUpdateOptions extends Omit<PlanOptions, 'previous'> {
  /** The specs that are in use, those of charts among them. */
  readonly inUse: ReadonlyMap<string, NodeSpec>;
  readonly previous: readonly Plan[];
  readonly turns: Turns;
}

export interface PlannedUpdate {
  readonly plans: readonly Plan[];
  /** What is wrong with these plans. */
  readonly faults: readonly Problem[];
  /** All that is wrong. */
  readonly problems: readonly Problem[];
  /** Why the newest spec of a node is not among the plans, by id; the one in use is there in its stead. */
  readonly refused: ReadonlyMap<string, string>;
  /** The specs that the plans were made from. */
  readonly specs: readonly NodeSpec[];
}

/** A spec that is refused may show that another is wrong, which is fine beside the newest one: from then on all before it are refused. */
const maxPasses = 5;

/** Plans a graph with older specs in the place of those that are refused: those, and whatever fits them, go on. */
export async function planUpdate({ inUse, previous, ...next }: PlanUpdateOptions): Promise<PlannedUpdate> {
  const { problems: read = [] } = next;
  const newest = inUseFirst(next.specs, inUse);
  const refusals = new Refusals();
  refusals.add(read.filter((fault) => isError(fault) && inUse.has(idOfFault(fault))));
  for (let pass = 1; ; pass++) {
    const specs = substituted(newest, inUse, refusals);
    const problems = read.filter((fault) => fault.id === undefined || !refusals.has(idOfFault(fault)));
    const planned = await planGraph({ ...next, specs, problems, previous });
    const faults = byOuter(planned.problems.filter(isError), planned.plans);
    const wrong = pass < maxPasses ? faults : [...faults, ...upstream(faults, planned.plans, refusals)];
    if (refusals.add(replaceable(wrong, specs, inUse))) continue;
    if (refusals.size > 0 && refusals.takeBack(await hopeless(planned, refusals, next.turns))) continue;
    return {
      plans: planned.plans,
      faults: planned.problems,
      problems: refusals.size === 0 ? planned.problems : sortProblems([...planned.problems, ...refusals.problems]),
      refused: refusals.reasons,
      specs,
    };
  }
}

/** Which specs are refused, and why. */
class Refusals {
  readonly #faults = new Map<string, Problem[]>();
  /** Those whose spec in use cannot run either: the newest one is as good. */
  readonly #vain = new Set<string>();

  get size(): number {
    return this.#faults.size;
  }

  get ids(): Iterable<string> {
    return this.#faults.keys();
  }

  get problems(): Problem[] {
    return [...this.#faults.values()].flat();
  }

  get reasons(): Map<string, string> {
    return new Map([...this.#faults].map(([id, [first]]) => [id, first!.message]));
  }

  has(id: string): boolean {
    return this.#faults.has(id);
  }

  /** Whether there is one more now. */
  add(faults: readonly Problem[]): boolean {
    const before = this.size;
    for (const fault of faults) {
      const id = idOfFault(fault);
      if (this.#vain.has(id)) continue;
      const known = this.#faults.get(id);
      if (known === undefined) this.#faults.set(id, [fault]);
      else known.push(fault);
    }
    return this.size > before;
  }

  /** Lets the newest specs be listed after all; whether there were any. */
  takeBack(ids: readonly string[]): boolean {
    for (const id of ids) {
      this.#faults.delete(id);
      this.#vain.add(id);
    }
    return ids.length > 0;
  }
}

function idOfFault({ id }: Problem): string {
  return id!.toLowerCase();
}

function isError({ severity, id }: Problem): boolean {
  return severity === 'error' && id !== undefined;
}

/** Nodes whose spec in use cannot run either. */
async function hopeless(
  { plans, problems }: { plans: readonly Plan[]; problems: readonly Problem[] },
  { ids }: Refusals,
  turns: Turns,
): Promise<string[]> {
  const choice = await turns.take(Choice.among({ plans, problems, running: [], isTaken: () => false }));
  return [...ids].filter((id) => choice.reason(id) !== undefined);
}

/** The specs with those in use for the refused ones, also for those that could not be read at all. */
function substituted(
  specs: readonly NodeSpec[],
  inUse: ReadonlyMap<string, NodeSpec>,
  refusals: Refusals,
): readonly NodeSpec[] {
  if (refusals.size === 0) return specs;
  const missing = new Set(refusals.ids);
  const all = specs.flatMap((spec) => {
    const id = spec.id.toLowerCase();
    if (!refusals.has(id)) return spec;
    return missing.delete(id) ? inUse.get(id)! : [];
  });
  return [...all, ...[...missing].map((id) => inUse.get(id)!)];
}

/** Where two nodes have one name it is the later one that is refused: never the one that runs. */
function inUseFirst(specs: readonly NodeSpec[], inUse: ReadonlyMap<string, NodeSpec>): readonly NodeSpec[] {
  const services = new Set(specs.map(serviceName));
  if (services.size === specs.length) return specs;
  const runs = (spec: NodeSpec): number => (inUse.has(spec.id.toLowerCase()) ? 0 : 1);
  return [...specs].sort((a, b) => runs(a) - runs(b));
}

/** Faults of whatever leads to nodes that are wrong or refused, over any number of edges. */
function upstream(faults: readonly Problem[], plans: readonly Plan[], { ids }: Refusals): Problem[] {
  if (faults.length === 0) return [];
  const sources = new Map<Plan, Plan[]>();
  for (const plan of plans) {
    for (const target of [...(plan.targets as readonly Plan[]), ...(plan.block === undefined ? [] : [plan.block])]) {
      const known = sources.get(target);
      if (known === undefined) sources.set(target, [plan]);
      else known.push(plan);
    }
  }
  const wrong = new Set([...faults.map(idOfFault), ...ids]);
  const start = plans.filter((plan) => wrong.has(idOf(plan)));
  const own = [...upstreamOf(start, sources)].map(({ spec, service }) =>
    problem(`Cannot load node ${quote(nodeLabel(spec))}: it leads to nodes whose specs are refused`, {
      node: service,
      id: spec.id,
    }),
  );
  return byOuter(own, plans);
}

/** The faults of nodes of which another spec is in use. */
function replaceable(
  faults: readonly Problem[],
  specs: readonly NodeSpec[],
  inUse: ReadonlyMap<string, NodeSpec>,
): Problem[] {
  if (faults.length === 0) return [];
  const newest = new Map<string, NodeSpec[]>();
  for (const spec of specs) newest.set(spec.id.toLowerCase(), [...(newest.get(spec.id.toLowerCase()) ?? []), spec]);
  return faults.filter((fault) => {
    const used = inUse.get(idOfFault(fault));
    return used !== undefined && !isDeepStrictEqual([used], newest.get(idOfFault(fault)));
  });
}

/** The faults, by the ids of nodes that are in no block: those of nodes inside are theirs. */
function byOuter(faults: readonly Problem[], plans: readonly Plan[]): Problem[] {
  if (faults.length === 0) return [];
  const ids = new Map<string, string>();
  for (const plan of plans) {
    const outer = outerOf(plan);
    if (outer !== plan) ids.set(idOf(plan), outer.spec.id);
  }
  return faults.map((fault) => ({ ...fault, id: ids.get(idOfFault(fault)) ?? fault.id! }));
}
