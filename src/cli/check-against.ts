import type { Service } from '../core/method.ts';
import { breakingChanges } from '../graph/breaking-changes.ts';
import { graphServices, type PlannedService } from '../graph/graph-services.ts';
import type { CheckOptions } from '../graph/plan-graph.ts';
import { type Problem, problem, quote } from '../graph/problems.ts';
import type { ResolvedNode } from '../graph/resolved.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { positionOf } from '../wire/yaml/position.ts';
import { type Descriptors, openDescriptors } from './descriptors.ts';
import { openChannel, type TargetOptions } from './target-options.ts';

/** What callers of the graph at a server would lose if these nodes took its place; a problem each. Asks by reflection. */
export async function checkAgainst(
  host: string,
  plans: readonly ResolvedNode<NodeKind>[],
  options: TargetOptions & Pick<CheckOptions, 'baseDir'>,
): Promise<readonly Problem[]> {
  const planned = await graphServices(plans, options);
  await using channel = await openChannel(host, options);
  await using descriptors = await openDescriptors(channel, options);
  const live = await liveNodes(descriptors);
  return live.flatMap((service) => problemsOf(service, planned.get(service.name), host));
}

/** The services of a server that are nodes: their proto file says so. */
async function liveNodes(descriptors: Descriptors): Promise<Service[]> {
  const names = await descriptors.list();
  const found: Service[] = [];
  for (const name of names.filter((one) => !/^(?:grpc|flowrpc|google)\b/.test(one))) {
    const service = await descriptors.service(name);
    if (service.files[0]?.name === `flowrpc/nodes/${name}.proto`) found.push(service);
  }
  return found;
}

function problemsOf(live: Service, next: PlannedService | undefined, host: string): Problem[] {
  const subject = `Node ${quote(live.name)} would break callers at ${host}`;
  if (next === undefined) return [problem(`${subject}: it would be gone`, { node: live.name })];
  const { spec } = next.plan;
  const at = positionOf(spec);
  return breakingChanges(live, next.service).map((why) =>
    problem(`${subject}: ${why}`, { at, node: live.name, id: spec.id }),
  );
}
