import { type Directory, directoryOf } from './directory.ts';
import { idOf, type Plan } from './member.ts';
import type { PlannedUpdate } from './plan-update.ts';
import type { Prepared } from './preparation.ts';
import type { Problem } from './problems.ts';
import type { NodeSpec } from './spec.ts';
import type { Steps } from './steps.ts';
import { Wiring } from './wiring.ts';

type Revisions = ReadonlyMap<string, number>;

/** A graph between two updates. */
export interface GraphState {
  readonly plans: readonly Plan[];
  readonly problems: readonly Problem[];
  readonly wiring: Wiring;
  /** Why the newest spec of a node does not run, by id. */
  readonly reasons: ReadonlyMap<string, string>;
  /** The specs that run, and charts without a fault, by id. */
  readonly inUse: ReadonlyMap<string, NodeSpec>;
  /** Of the newest specs, by id. */
  readonly newest: Revisions;
  /** Of the specs in use. */
  readonly revisions: Revisions;
  readonly directory: Directory;
}

export const emptyState: GraphState = {
  plans: [],
  problems: [],
  wiring: new Wiring([]),
  reasons: new Map(),
  inUse: new Map(),
  newest: new Map(),
  revisions: new Map(),
  directory: { nodes: [], byName: new Map(), called: new Map() },
};

export interface StateChange {
  readonly planned: PlannedUpdate;
  readonly prepared: Prepared;
  readonly problems: readonly Problem[];
  readonly revisions: Revisions | undefined;
}

/** What an update makes of a graph, in steps. */
export function* stateAfter(
  before: GraphState,
  { planned, prepared, problems, revisions: given = new Map() }: StateChange,
): Steps<GraphState> {
  const { plans, refused, specs } = planned;
  const { choice, wiring } = prepared;
  const newest = new Map<string, number>();
  for (const [id, revision] of given) {
    newest.set(id.toLowerCase(), revision);
    yield;
  }
  const reasons = new Map(refused);
  const inUse = new Map<string, NodeSpec>();
  const revisions = new Map<string, number>();
  const nodes = new Set<string>();
  for (const plan of plans) {
    const id = idOf(plan);
    nodes.add(id);
    const reason = choice.reason(id);
    if (reason !== undefined && !reasons.has(id)) reasons.set(id, reason);
    yield;
  }
  for (const { plan, id } of wiring.nodes) {
    yield;
    if (plan.block !== undefined) continue;
    inUse.set(id, plan.spec);
    const revision = (reasons.has(id) ? before.revisions : newest).get(id);
    if (revision !== undefined) revisions.set(id, revision);
  }
  const faulty = new Set(planned.faults.map(({ id }) => id?.toLowerCase()));
  for (const spec of specs) {
    yield;
    const id = spec.id.toLowerCase();
    if (!nodes.has(id) && !faulty.has(id)) inUse.set(id, spec);
  }
  const state = { plans, problems, wiring, reasons, inUse, newest, revisions };
  return { ...state, directory: yield* directoryOf(state) };
}
