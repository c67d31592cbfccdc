import { isDeepStrictEqual } from 'node:util';
import type { KindInfo } from '../nodes/kind-info.ts';
import { type BlockFields, type InnerInPort, leavesOf } from '../nodes/kinds/block.ts';
import { matchPort } from '../nodes/names.ts';
import { formatPath, type Path } from '../wire/yaml/position.ts';
import type { Composition, InnerPort } from './composition.ts';
import { type Draft, type Exit, exitsOf } from './draft.ts';
import { type EdgeBudget, tooManyEdges } from './edge-budget.ts';
import { portSuggestion } from './link.ts';
import { quote } from './problems.ts';
import { checkMethods } from './resolution.ts';
import type { Report } from './rules.ts';

/**
 * Ties a block's ports to the nodes inside: links its in-ports, and enters where its out-ports come from. Gives what the block is set up
 * with; undefined when an in-port leads nowhere that is known, and when a node inside was refused.
 */
export function fillBlock<K extends KindInfo>(
  block: Draft<K>,
  { inbounds, outbounds }: Composition,
  exits: Map<string, readonly Exit<K>[]>,
  { report, edges }: { report: Report; edges: EdgeBudget },
): BlockFields | undefined {
  checkMethods(Object.keys(inbounds), report);
  // Kinds are asked about what they accepted, and nothing else.
  let whole = block.inside!.nodes.every(({ fields }) => fields !== undefined);
  const find = (
    target: InnerPort,
    path: Path,
    direction: 'in' | 'out',
  ): { node: Draft<K>; port: string } | undefined => {
    const found = findPort(block, target, path, direction, report);
    whole &&= found !== undefined || target.optional === true;
    return found;
  };
  const led = Object.entries(inbounds).map(([port, targets]): [string, InnerInPort[]] => {
    const ports = targets.flatMap((target, index) => {
      const found = find(target, ['inbounds', port, index], 'in');
      if (found === undefined) return [];
      const { node, port: to } = found;
      block.links.push({ port, to, node, target });
      block.targets.push(node);
      return node.kind === undefined ? [] : { kind: node.kind, fields: node.fields, port: to };
    });
    return [port, ports];
  });
  for (const [port, sources] of Object.entries(outbounds)) {
    const from: Exit<K>[] = [];
    for (const [index, source] of sources.entries()) {
      const path = ['outbounds', port, index];
      const found = find(source, path, 'out');
      const inner = found === undefined ? [] : exitsOf(found.node, found.port);
      if (edges.take(inner.length)) for (const exit of inner) from.push(exit);
      else report(tooManyEdges, path);
    }
    exits.set(port, from);
  }
  return whole ? { inbounds: Object.fromEntries(led), outbounds: Object.keys(outbounds) } : undefined;
}

/** Whether two blocks pass the same messages on: what else the nodes inside are set up with is no matter of theirs. */
export function sameBlock(before: unknown, after: unknown): boolean {
  return isDeepStrictEqual(shapeOf(before as BlockFields), shapeOf(after as BlockFields));
}

function shapeOf(fields: BlockFields): unknown {
  const { inbounds, outbounds } = fields;
  const ports = Object.keys(inbounds).map((port) => [
    port,
    leavesOf(fields, port).map(({ kind, fields, port: to }) => {
      const type = kind.portType?.(to, 'in', fields);
      return [kind.kind, to, type?.request === undefined && type?.response === undefined ? undefined : fields];
    }),
  ]);
  return [ports, outbounds];
}

function findPort<K extends KindInfo>(
  { inside }: Draft<K>,
  { id, name, port, optional, path: written }: InnerPort,
  path: Path,
  direction: 'in' | 'out',
  report: Report,
): { node: Draft<K>; port: string } | undefined {
  const { index } = inside!;
  const label = quote(name ?? id);
  const node = index.find({ id, name });
  if (node === undefined) {
    report(`${formatPath(path)} is ${label}, and ${index.where} has no such node`, path, () =>
      index.suggestionFor({ name }),
    );
    return undefined;
  }
  const known = direction === 'in' ? node.inputs : node.outputs;
  if (known === undefined) return undefined;
  const full = matchPort(known, port);
  if (full !== undefined) return { node, port: full };
  if (optional) return undefined;
  const reason =
    written === undefined
      ? `${formatPath(path)} is ${direction}-port ${quote(port)}, which ${label} does not have`
      : `${formatPath(written)} has no ${direction}-port ${quote(port)}`;
  report(reason, written ?? path, () => portSuggestion(port, known));
  return undefined;
}
