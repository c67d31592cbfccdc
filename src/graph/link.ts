import type { KindInfo, PortType } from '../nodes/kind-info.ts';
import { matchPort } from '../nodes/names.ts';
import { formatPath, type Path } from '../wire/yaml/position.ts';
import { type Draft, type Exit, exitsOf } from './draft.ts';
import { type PortTarget, targetLabel } from './edge.ts';
import { type EdgeBudget, tooManyEdges } from './edge-budget.ts';
import { isMoment } from './moment.ts';
import { didYouMean, listed, quote } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';
import type { Report } from './rules.ts';

/** Says why messages of one type cannot be read as another; undefined when they can. */
export type Compatible = (from: string, to: string) => string | undefined;

interface LinkOptions {
  report: Report;
  compatible?: Compatible | undefined;
  edges: EdgeBudget;
}

/** Finds nodes by what the edges of their neighbours call them. */
export interface TargetIndex<K extends KindInfo> {
  /** Completes "… has no such node". */
  readonly where: string;
  find(target: PortTarget): Draft<K> | undefined;
  suggestionFor(target: PortTarget): string | undefined;
}

/** Finds both ends of each edge of a node, and reports edges that have none. What leaves a block leaves from the nodes inside. */
export function linkNode<K extends KindInfo>(node: Draft<K>, index: TargetIndex<K>, options: LinkOptions): void {
  for (const [written, targets] of Object.entries(node.spec.ports ?? {})) {
    const port = findOutPort(node, written, options);
    const exits = port === undefined ? [] : isMoment(port, node) ? [{ node, port }] : exitsOf(node, port);
    for (const [position, target] of targets.entries()) {
      const path: Path = ['ports', written, position];
      const end = findEnd(node, target, path, index, options.report);
      if (end === undefined) continue;
      if (exits.length < 2 || options.edges.take(exits.length))
        for (const exit of exits) addLink(exit, end, path, options);
      else options.report(tooManyEdges, path);
    }
  }
}

function findOutPort(node: ResolvedNode, written: string, { report }: LinkOptions): string | undefined {
  const { outputs } = node;
  if (outputs === undefined) return undefined;
  const port = matchPort(outputs, written);
  if (port !== undefined) return port;
  if (isMoment(written, node)) return written;
  report(`it has no out-port ${quote(written)}`, ['ports', written], () => portSuggestion(written, outputs));
  return undefined;
}

/** Where an edge leads: a node and its in-port, or a method outside of this graph. */
interface End<K extends KindInfo> {
  readonly node: Draft<K> | undefined;
  readonly to: string;
  readonly target: PortTarget;
}

function findEnd<K extends KindInfo>(
  from: Draft<K>,
  target: PortTarget,
  path: Path,
  index: TargetIndex<K>,
  report: Report,
): End<K> | undefined {
  if (target.target !== undefined) return { to: target.port, node: undefined, target };
  const node = index.find(target);
  if (node === undefined) {
    const reason = `${formatPath(path)} leads to ${targetLabel(target)}, and ${index.where} has no such node`;
    report(reason, [...path, target.id === undefined ? 'name' : 'id'], () => index.suggestionFor(target));
    return undefined;
  }
  from.targets.push(node);
  if (node.inputs === undefined) return undefined;
  const to = matchPort(node.inputs, target.port);
  if (to !== undefined) return { node, to, target };
  const reason = `${formatPath(path)} leads to in-port ${quote(target.port)}, which ${targetLabel(target)} does not have`;
  const closed = node.kind?.composed && node.spec.inbounds === undefined && node.spec.kind === 'block';
  const advice = closed ? 'give it inbounds, or make it kind "step" if its nodes are a chain' : undefined;
  const { inputs } = node;
  report(reason, [...path, 'port'], advice ?? (() => portSuggestion(target.port, inputs)));
  return undefined;
}

function addLink<K extends KindInfo>(
  { node: from, port }: Exit<K>,
  { node, to, target }: End<K>,
  path: Path,
  { report, compatible }: LinkOptions,
): void {
  const why = compatible === undefined || node === undefined ? undefined : mismatch(from, port, node, to, compatible);
  if (why !== undefined) {
    report(`${formatPath(path)} does not fit ${targetLabel(target)}: ${why}`, path);
    return;
  }
  from.links.push({ port, to, node, target });
  if (node !== undefined && !from.targets.includes(node)) from.targets.push(node);
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
  const sent = portType(from, port, 'out');
  const taken = portType(to, inPort, 'in');
  return (
    explain('sends', sent.request, 'takes', taken.request, compatible) ??
    explain('is answered with', taken.response, 'expects', sent.response, compatible)
  );
}

/** A kind that throws was reported with its node, when its types were loaded. */
function portType({ kind, fields }: ResolvedNode, port: string, direction: 'in' | 'out'): PortType {
  try {
    return kind?.portType?.(port, direction, fields) ?? {};
  } catch {
    return {};
  }
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

/** What to do about a port that a node does not have. */
export function portSuggestion(wrong: string, known: readonly string[]): string {
  return didYouMean(wrong, known) ?? (known.length === 0 ? 'it has none' : `it has ${listed(known)}`);
}
