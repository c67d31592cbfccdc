import { Choice } from './choice.ts';
import { idOf } from './member.ts';
import { type CheckOptions, planGraph } from './plan-graph.ts';
import { Turns } from './steps.ts';

/** Why nodes of a graph could not run, by service, without running any: what is wrong with them, or with what they lead to. */
export async function inactiveNodes(options: CheckOptions): Promise<ReadonlyMap<string, string>> {
  const { plans, problems } = await planGraph(options);
  const choice = await new Turns().take(Choice.among({ plans, problems, running: [], isTaken: () => false }));
  const reasons = new Map<string, string>();
  for (const plan of plans) {
    const reason = choice.reason(idOf(plan));
    if (reason !== undefined) reasons.set(plan.service, reason);
  }
  return reasons;
}
