import type { Service } from '../core/method.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { describeNode } from '../nodes/node-service.ts';
import { infoOf } from './member.ts';
import { baseDirOf, type CheckOptions } from './plan-graph.ts';
import type { ResolvedNode } from './resolved.ts';

/** A node, and the service that it would be. */
export interface PlannedService {
  readonly plan: ResolvedNode<NodeKind>;
  readonly service: Service;
}

/** What a graph without problems would serve, by service; no node is made. */
export async function graphServices(
  plans: readonly ResolvedNode<NodeKind>[],
  options: Pick<CheckOptions, 'baseDir'>,
): Promise<ReadonlyMap<string, PlannedService>> {
  const linked = new Map<ResolvedNode, string[]>();
  for (const { node, to } of plans.flatMap(({ links }) => links)) {
    if (node !== undefined) linked.set(node, [...(linked.get(node) ?? []), to]);
  }
  const services = new Map<string, PlannedService>();
  for (const plan of plans) {
    const { kind, fields, service, block } = plan;
    if (kind === undefined || block !== undefined) continue;
    const files = (await kind.files?.(fields, baseDirOf(plan, options))) ?? [];
    const info = infoOf(plan, linked.get(plan) ?? []);
    services.set(service, { plan, service: describeNode(info, { kind, fields, files }) });
  }
  return services;
}
