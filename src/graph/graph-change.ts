import type { GraphChange } from './graph.ts';
import type { GraphState } from './graph-state.ts';
import { idOf } from './member.ts';
import type { Steps } from './steps.ts';

/** What becomes different from one moment to another; found in steps. */
export function* changeOf(before: GraphState, after: GraphState): Steps<GraphChange> {
  const change = {
    added: [] as string[],
    replaced: [] as string[],
    removed: [] as string[],
    kept: [] as string[],
    activated: [] as string[],
    deactivated: [] as string[],
  };
  const known = yield* idsOf(before);
  const present = yield* idsOf(after);
  for (const { plan, id, member } of after.wiring.nodes) {
    yield;
    if (plan.block !== undefined) continue;
    const old = before.wiring.get(id);
    if (old === undefined) change.activated.push(plan.service);
    else if (old.member === member) change.kept.push(plan.service);
    else change.replaced.push(plan.service);
  }
  for (const { plan, id } of before.wiring.nodes) {
    yield;
    if (plan.block === undefined && present.has(id) && after.wiring.get(id) === undefined)
      change.deactivated.push(plan.service);
  }
  for (const plan of after.plans) {
    yield;
    if (plan.block === undefined && !known.has(idOf(plan))) change.added.push(plan.service);
  }
  for (const [id, service] of known) if (!present.has(id)) change.removed.push(service);
  return { problems: after.problems, ...change };
}

function* idsOf({ plans, wiring }: GraphState): Steps<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const plan of plans) {
    if (plan.block === undefined) ids.set(idOf(plan), plan.service);
    yield;
  }
  for (const { plan, id } of wiring.nodes) {
    if (plan.block === undefined) ids.set(id, plan.service);
    yield;
  }
  return ids;
}
