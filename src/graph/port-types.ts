import type { ProtoFile } from '../core/method.ts';
import { isPromise } from '../core/requests.ts';
import { isMessage } from '../nodes/conversion.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { within } from '../nodes/within.ts';
import { type DescriptorIndex, descriptorIndex } from '../wire/descriptor-index.ts';
import { formatDifference, messageDifferences } from '../wire/message-difference.ts';
import type { Compatible } from './link.ts';
import { faultOf } from './node-problem.ts';
import { didYouMean, type Problem, quote } from './problems.ts';
import { remoteTypeProblems } from './remote-port-types.ts';
import type { ResolvedNode } from './resolved.ts';
import type { Turns } from './steps.ts';

/** The message types that the nodes of a graph name. */
export interface PortTypes {
  readonly problems: readonly Problem[];
  /** Undefined when no port has a type. */
  readonly compatible: Compatible | undefined;
}

type Plan = ResolvedNode<NodeKind>;

interface LoadOptions {
  readonly baseDirOf: (node: ResolvedNode) => string;
  /** How long a kind may take for one node. */
  readonly timeoutMs: number;
  readonly turns: Turns;
}

/**
 * Loads the descriptors of all typed ports. What cannot be loaded, a type that nobody declares, one name with two definitions, and an edge to a
 * method of a proto file that it does not fit, is a problem of its node.
 */
export async function loadPortTypes(
  nodes: readonly Plan[],
  { baseDirOf, timeoutMs, turns }: LoadOptions,
): Promise<PortTypes> {
  const problems: Problem[] = [];
  const all = new Map<string, ProtoFile>();
  const owners = new Map<string, string>();
  for (const node of nodes) {
    const { kind, fields } = node;
    if (kind === undefined || fields === undefined) continue;
    const declares = node.links.some(({ target }) => target.proto !== undefined);
    if (kind.files === undefined && kind.portType === undefined && !declares) continue;
    if (turns.over) await turns.next();
    try {
      const loaded = await filesOf(kind, fields, baseDirOf(node), timeoutMs);
      const clash = loaded.flatMap((file) => clashOf(file, all, owners) ?? [])[0] ?? undeclared(node, loaded);
      if (clash !== undefined) throw new Error(clash);
      for (const file of loaded) register(file, all, owners);
      problems.push(...(await remoteTypeProblems(node, loaded, baseDirOf(node))));
    } catch (thrown) {
      problems.push(faultOf(node, thrown));
    }
  }
  if (all.size === 0) return { problems, compatible: undefined };
  return { problems, compatible: comparer(descriptorIndex([...all.values()])) };
}

async function filesOf(
  kind: NodeKind,
  fields: unknown,
  baseDir: string,
  timeoutMs: number,
): Promise<readonly ProtoFile[]> {
  const files = kind.files?.(fields, baseDir);
  if (!isPromise(files)) return files ?? [];
  return await within(timeoutMs, files, () => new Error(`its files did not come within ${timeoutMs} ms`));
}

function clashOf(
  file: ProtoFile,
  all: ReadonlyMap<string, ProtoFile>,
  owners: ReadonlyMap<string, string>,
): string | undefined {
  const known = all.get(file.name);
  if (known !== undefined) {
    return Buffer.compare(known.bytes, file.bytes) === 0
      ? undefined
      : `proto file "${file.name}" is there already with another content`;
  }
  const { messages, symbols } = descriptorIndex([file]);
  for (const name of symbols.keys()) {
    const owner = owners.get(name);
    const what = messages.has(name) ? 'message ' : '';
    if (owner !== undefined) return `${what}"${name}" is declared in "${owner}" and in "${file.name}"`;
  }
  return undefined;
}

function register(file: ProtoFile, all: Map<string, ProtoFile>, owners: Map<string, string>): void {
  if (all.has(file.name)) return;
  all.set(file.name, file);
  for (const name of descriptorIndex([file]).symbols.keys()) owners.set(name, file.name);
}

/** A type that a port names and the node's own files do not declare. */
function undeclared({ kind, fields, inputs, outputs }: Plan, files: readonly ProtoFile[]): string | undefined {
  const { messages } = descriptorIndex(files);
  for (const [direction, ports = []] of [
    ['in', inputs],
    ['out', outputs],
  ] as const) {
    for (const port of ports) {
      const { request, response } = kind?.portType?.(port.replace('[*]', '[0]'), direction, fields) ?? {};
      const unknown = [request, response].find((type) => isMessage(type) && !messages.has(type));
      if (unknown === undefined) continue;
      const near = didYouMean(unknown, messages.keys());
      const where = files.length === 0 ? 'and no proto file is given' : 'which no proto file of it declares';
      return `${direction}-port ${quote(port)} has type ${quote(unknown)}, ${where}${near === undefined ? '' : `, ${near}`}`;
    }
  }
  return undefined;
}

/** Each pair of types is compared once, however many edges it has. */
function comparer({ messages }: DescriptorIndex): Compatible {
  const known = new Map<string, string | undefined>();
  return (from, to) => {
    if (from === to) return undefined;
    const pair = `${from} ${to}`;
    if (!known.has(pair)) known.set(pair, difference(from, to));
    return known.get(pair);
  };

  function difference(from: string, to: string): string | undefined {
    const given = messages.get(from);
    const taken = messages.get(to);
    if (given === undefined || taken === undefined) return undefined;
    const [first, ...more] = messageDifferences(given, taken);
    if (first === undefined) return undefined;
    return `${formatDifference(first)}${more.length === 0 ? '' : ` (+${more.length} more)`}`;
  }
}
