import { defineKind, type NodeKind } from '../kind.ts';
import type { KindInfo, PortType } from '../kind-info.ts';
import { distinctFiles } from '../node-descriptor.ts';
import { sendOr } from '../outlet.ts';
import { none } from '../reply.ts';

/** An in-port of a node inside of a block. */
export interface InnerInPort {
  readonly kind: KindInfo;
  readonly fields: unknown;
  readonly port: string;
}

/** What a block is set up with, once the nodes inside were looked up. */
export interface BlockFields {
  /** Where each in-port leads. */
  readonly inbounds: Readonly<Record<string, readonly InnerInPort[]>>;
  readonly outbounds: readonly string[];
}

/** Nodes that stand as one: what comes in goes to the nodes inside, whose edges lead out by themselves. */
export const blockKind: NodeKind = Object.freeze({
  ...defineKind<BlockFields>({
    kind: 'block',
    fields: ['specs', 'inbounds', 'outbounds'],
    inputs: ({ inbounds }) => Object.keys(inbounds),
    outputs: ({ outbounds }) => outbounds,
    types: (port, _direction, fields) => typeOf(leavesOf(fields, port)),
    files: async (fields, baseDir) => {
      const leaves = Object.keys(fields.inbounds).flatMap((port) => leavesOf(fields, port));
      const nodes = distinct(leaves.map((leaf) => ({ ...leaf, port: '' })));
      const files = nodes.map(({ kind, fields: inner }) => (kind as NodeKind).files?.(inner, baseDir) ?? []);
      return distinctFiles((await Promise.all(files)).flat());
    },
    setup: () => ({ process: (packet, context) => sendOr(context, context.port, packet.payload, none) }),
  }),
  composed: true,
});

const leaves = new WeakMap<BlockFields, Map<string, readonly InnerInPort[]>>();

/** Where an in-port leads in the end, through blocks within blocks: each place once, however many ways lead there. */
export function leavesOf(block: BlockFields, port: string): readonly InnerInPort[] {
  let known = leaves.get(block);
  if (known === undefined) leaves.set(block, (known = new Map()));
  let found = known.get(port);
  if (found === undefined) known.set(port, (found = distinct((block.inbounds[port] ?? []).flatMap(leavesBehind))));
  return found;
}

function leavesBehind(inner: InnerInPort): readonly InnerInPort[] {
  const { kind, fields, port } = inner;
  return (kind as NodeKind).composed ? leavesOf(fields as BlockFields, port) : [inner];
}

/** Nodes with the same fields are one. */
function distinct(ports: readonly InnerInPort[]): readonly InnerInPort[] {
  const seen = new Map<unknown, Set<string>>();
  return ports.filter(({ kind, fields, port }) => {
    const place = `${kind.kind}/${port}`;
    const places = seen.get(fields);
    if (places === undefined) seen.set(fields, new Set([place]));
    else if (places.has(place)) return false;
    else places.add(place);
    return true;
  });
}

/** The type that all of these in-ports have; none when they differ. */
function typeOf(ports: readonly InnerInPort[]): PortType | undefined {
  const types = ports.map(({ kind, fields, port }) => kind.portType?.(port, 'in', fields) ?? {});
  const [first] = types;
  return types.every(({ request, response }) => request === first?.request && response === first?.response)
    ? first
    : undefined;
}
