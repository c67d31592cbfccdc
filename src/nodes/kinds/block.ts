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
    types: (port, _direction, { inbounds }) => typeOf(inbounds[port] ?? []),
    files: async ({ inbounds }, baseDir) => {
      const files = Object.values(inbounds).flatMap((ports) =>
        ports.map(({ kind, fields }) => (kind as NodeKind).files?.(fields, baseDir) ?? []),
      );
      return distinctFiles((await Promise.all(files)).flat());
    },
    setup: () => ({ process: (packet, context) => sendOr(context, context.port, packet.payload, none) }),
  }),
  composed: true,
});

/** The type that all of these in-ports have; none when they differ. */
function typeOf(ports: readonly InnerInPort[]): PortType | undefined {
  const types = ports.map(({ kind, fields, port }) => kind.portType?.(port, 'in', fields) ?? {});
  const [first] = types;
  return types.every(({ request, response }) => request === first?.request && response === first?.response)
    ? first
    : undefined;
}
