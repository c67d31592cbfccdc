import type { ProtoFile } from '../core/method.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { type DescriptorIndex, descriptorIndex } from '../wire/descriptor-index.ts';
import type { FieldSchema, MessageSchema } from '../wire/schema.ts';
import type { Compatible } from './link.ts';
import { positionOf } from './position.ts';
import { type Problem, problem, quote } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';

/** The message types that the nodes of a graph name. */
export interface PortTypes {
  readonly problems: readonly Problem[];
  /** Undefined when no port has a type. */
  readonly compatible: Compatible | undefined;
}

/** Loads the descriptors of all typed ports. What cannot be loaded, and one message name with two definitions, is a problem of its node. */
export async function loadPortTypes(
  nodes: readonly ResolvedNode<NodeKind>[],
  baseDirOf: (node: ResolvedNode) => string,
): Promise<PortTypes> {
  const problems: Problem[] = [];
  const all = new Map<string, ProtoFile>();
  const owners = new Map<string, string>();
  for (const node of nodes) {
    const { kind, fields } = node;
    if (kind?.files === undefined || fields === undefined) continue;
    try {
      const loaded = await kind.files(fields, baseDirOf(node));
      const clash = loaded.flatMap((file) => clashOf(file, all, owners) ?? [])[0];
      if (clash !== undefined) throw new Error(clash);
      for (const file of loaded) register(file, all, owners);
    } catch (thrown) {
      problems.push(faultOf(node, thrown));
    }
  }
  const typed = all.size > 0 ? descriptorIndex([...all.values()]) : undefined;
  return { problems, compatible: typed === undefined ? undefined : (from, to) => difference(typed, from, to) };
}

/** A problem at a node, for what was thrown while it was made. */
export function faultOf({ spec, service }: ResolvedNode, thrown: unknown): Problem {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return problem(`Cannot load node ${quote(spec.name ?? service)}: ${text}`, {
    at: positionOf(spec),
    node: service,
    id: spec.id,
  });
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
  for (const name of messagesOf(file)) {
    const owner = owners.get(name);
    if (owner !== undefined) return `message "${name}" is declared in "${owner}" and in "${file.name}"`;
  }
  return undefined;
}

function register(file: ProtoFile, all: Map<string, ProtoFile>, owners: Map<string, string>): void {
  if (all.has(file.name)) return;
  all.set(file.name, file);
  for (const name of messagesOf(file)) owners.set(name, file.name);
}

function messagesOf(file: ProtoFile): Iterable<string> {
  return descriptorIndex([file]).messages.keys();
}

/** Why the bytes of one message cannot be read as another: compared field by field, by number. */
function difference({ messages }: DescriptorIndex, from: string, to: string): string | undefined {
  if (from === to) return undefined;
  const given = messages.get(from);
  const taken = messages.get(to);
  if (given === undefined || taken === undefined) return undefined;
  return compare(given, taken, new Set());
}

function compare(from: MessageSchema, to: MessageSchema, seen: Set<string>): string | undefined {
  const pair = `${from.name} ${to.name}`;
  if (from.name === to.name || seen.has(pair)) return undefined;
  seen.add(pair);
  const known = new Map(to.fields.map((field) => [field.number, field]));
  for (const field of from.fields) {
    const other = known.get(field.number);
    if (other === undefined) return `${to.name} has no field ${field.number} (${quote(field.name)} of ${from.name})`;
    if (other.name !== field.name || shapeOf(other) !== shapeOf(field)) {
      return `field ${field.number} is ${describe(field)} in ${from.name} and ${describe(other)} in ${to.name}`;
    }
    const inner = field.message && other.message ? compare(field.message, other.message, seen) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function shapeOf({ type, list, map }: FieldSchema): string {
  return `${list ? 'repeated ' : ''}${map ? 'map' : type}`;
}

function describe(field: FieldSchema): string {
  return quote(`${shapeOf(field)} ${field.name}`);
}
