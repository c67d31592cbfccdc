import { isAbsolute, resolve } from 'node:path';
import type { ProtoFile, Service } from '../core/method.ts';
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

/**
 * What is wrong with edges out of this graph whose methods a proto file declares: the file, or the types of an edge that has some. All others are
 * looked at when their peer is asked.
 */
export async function remoteTypeProblems(
  node: ResolvedNode<NodeKind>,
  files: readonly ProtoFile[],
  baseDir: string,
): Promise<Problem[]> {
  const { kind, fields, links } = node;
  if (kind === undefined) return [];
  const found: Problem[] = [];
  for (const link of links) {
    const { proto } = link.target;
    if (proto === undefined) continue;
    let services: Readonly<Record<string, Service>>;
    try {
      services = await loadServices(isAbsolute(proto) ? proto : resolve(baseDir, proto));
    } catch (thrown) {
      const { message } = thrown as Error;
      const path = pathOf(node, link);
      found.push(nodeProblem(node, `${formatPath(path)}: ${node.secrets?.redact(message) ?? message}`, path));
      continue;
    }
    const types = portTypes({ kind, fields, files }, link.port, 'out');
    if (types.request === undefined && types.response === undefined) continue;
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
