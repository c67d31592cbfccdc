import type { KindInfo, PortType } from '../nodes/kind-info.ts';
import { matchPort } from '../nodes/names.ts';
import { type PortTarget, targetLabel } from './edge.ts';
import type { NodeIndex } from './node-index.ts';
import { formatPath, type Path } from './position.ts';
import { didYouMean, quote } from './problems.ts';
import type { Link, ResolvedNode } from './resolved.ts';
import type { Report } from './rules.ts';

/** Says why messages of one type cannot be read as another; undefined when they can. */
export type Compatible = (from: string, to: string) => string | undefined;

interface LinkOptions {
  report: Report;
  warn: Report;
  compatible?: Compatible | undefined;
}

/** Out-ports that any node may link in uniflow, for moments of its life. */
const lifecyclePorts: ReadonlySet<string> = new Set(['init', 'active', 'deactive', 'deinit']);

/** Finds both ends of each edge of a node, and reports edges that have none. */
export function linkNode<K extends KindInfo>(
  node: ResolvedNode<K>,
  index: NodeIndex<K>,
  options: LinkOptions,
): Link<K>[] {
  return Object.entries(node.spec.ports ?? {}).flatMap(([written, targets]) => {
    const port = findOutPort(node, written, options);
    return targets.flatMap((target, position) => {
      const link = linkTarget(node, port ?? written, target, ['ports', written, position], index, options);
      return link === undefined || port === undefined ? [] : [link];
    });
  });
}

function findOutPort({ outputs }: ResolvedNode, written: string, { report, warn }: LinkOptions): string | undefined {
  if (outputs === undefined) return undefined;
  const port = matchPort(outputs, written);
  if (port !== undefined) return port;
  if (lifecyclePorts.has(written)) warn(`port ${quote(written)} is not run`, ['ports', written], 'remove it');
  else report(`it has no out-port ${quote(written)}`, ['ports', written], portSuggestion(written, outputs));
  return undefined;
}

function linkTarget<K extends KindInfo>(
  from: ResolvedNode<K>,
  port: string,
  target: PortTarget,
  path: Path,
  index: NodeIndex<K>,
  { report, compatible }: LinkOptions,
): Link<K> | undefined {
  if (target.target !== undefined) return { port, to: target.port, node: undefined, target };
  const { namespace } = from.spec;
  const node = index.find(target, namespace);
  if (node === undefined) {
    const reason = `${formatPath(path)} leads to ${targetLabel(target)}, and namespace ${quote(namespace)} has no such node`;
    report(reason, [...path, target.id === undefined ? 'name' : 'id'], index.suggestionFor(target, namespace));
    return undefined;
  }
  if (node.inputs === undefined) return undefined;
  const to = matchPort(node.inputs, target.port);
  if (to === undefined) {
    const reason = `${formatPath(path)} leads to in-port ${quote(target.port)}, which ${targetLabel(target)} does not have`;
    report(reason, [...path, 'port'], portSuggestion(target.port, node.inputs));
    return undefined;
  }
  const why = compatible === undefined ? undefined : mismatch(from, port, node, to, compatible);
  if (why === undefined) return { port, to, node, target };
  report(`${formatPath(path)} does not fit ${targetLabel(target)}: ${why}`, path);
  return undefined;
}

/** Requests go along an edge and responses come back, so both are looked at. What is untyped fits everything until it runs. */
function mismatch(
  from: ResolvedNode,
  port: string,
  to: ResolvedNode,
  inPort: string,
  compatible: Compatible,
): string | undefined {
  if (from.kind === undefined || to.kind === undefined) return undefined;
  if (from.fields === undefined || to.fields === undefined) return undefined;
  const sent: PortType = from.kind.portType?.(port, 'out', from.fields) ?? {};
  const taken: PortType = to.kind.portType?.(inPort, 'in', to.fields) ?? {};
  return (
    explain('sends', sent.request, 'takes', taken.request, compatible) ??
    explain('is answered with', taken.response, 'expects', sent.response, compatible)
  );
}

function explain(
  verb: string,
  from: string | undefined,
  otherVerb: string,
  to: string | undefined,
  compatible: Compatible,
): string | undefined {
  const why = from === undefined || to === undefined ? undefined : compatible(from, to);
  return why === undefined ? undefined : `it ${verb} ${from} and ${otherVerb} ${to}, ${why}`;
}

function portSuggestion(wrong: string, known: readonly string[]): string {
  return didYouMean(wrong, known) ?? (known.length === 0 ? 'it has none' : `it has ${known.map(quote).join(', ')}`);
}
