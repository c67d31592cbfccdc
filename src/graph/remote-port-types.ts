import { isAbsolute, resolve } from 'node:path';
import type { ProtoFile } from '../core/method.ts';
import { portTypes } from '../nodes/conversion.ts';
import { mismatch } from '../nodes/end-mismatch.ts';
import { findMethod } from '../nodes/find-method.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { loadServices } from '../wire/load-services.ts';
import { formatPath, type Path } from '../wire/yaml/position.ts';
import { targetLabel } from './edge.ts';
import { nodeProblem } from './node-problem.ts';
import type { Problem } from './problems.ts';
import type { Link, ResolvedNode } from './resolved.ts';

/** What is wrong with typed edges out of this graph whose methods a proto file declares. All others are looked at when their peer is asked. */
export async function remoteTypeProblems(
  node: ResolvedNode<NodeKind>,
  files: readonly ProtoFile[],
  baseDir: string,
): Promise<Problem[]> {
  const { kind, fields, links } = node;
  if (kind?.portType === undefined) return [];
  const found: Problem[] = [];
  for (const link of links) {
    const { proto } = link.target;
    if (proto === undefined) continue;
    const types = portTypes({ kind, fields, files }, link.port, 'out');
    if (types.request === undefined && types.response === undefined) continue;
    const services = await loadServices(isAbsolute(proto) ? proto : resolve(baseDir, proto));
    const method = services[link.target.name!] && findMethod(services[link.target.name!]!, link.to);
    // Who is not there at all is told when the edge looks for it.
    const why = method && mismatch(types, method);
    if (why === undefined) continue;
    const path = pathOf(node, link);
    const reason = `${formatPath(path)} does not fit ${targetLabel(link.target)}: ${why}`;
    found.push(nodeProblem(node, reason, path));
  }
  return found;
}

function pathOf({ spec }: ResolvedNode, { target }: Link): Path {
  for (const [port, targets] of Object.entries(spec.ports ?? {})) {
    const index = targets.indexOf(target);
    if (index >= 0) return ['ports', port, index];
  }
  return ['ports'];
}
