import type { Activation } from './activation.ts';

/** Packets that wait in one place, in order. */
export interface Waiting {
  readonly size: number;
  /** Epoch milliseconds at which the first of them began to wait. */
  readonly since: number;
  /** The edge that the first of them is on: `default.a/out → default.b/in`. */
  readonly edge: string;
  /** Their process has ended: each is answered with the error, and none of them goes on. */
  end(reply: Error): void;
}

/** The edge that brought a packet to where it is. One that entered the graph has the caller at its other end. */
export function edgeBehind({ from, packet, node, port }: Activation): string {
  const sender = from === undefined ? 'the caller' : `${from.node.service}/${outPortOf(packet)}`;
  return `${sender} → ${node.service}/${port}`;
}

/** The edges that lead out of a port, as one. */
export function edgeAhead({ node, runtime }: Activation, port: string): string {
  const [first, ...more] = runtime.edges(port);
  const others = more.length === 0 ? '' : ` +${more.length} more`;
  return `${node.service}/${port} → ${first?.to ?? 'its target'}${others}`;
}

/** What an interceptor made of a packet has not left by a port itself. */
function outPortOf({ port, parent }: Activation['packet']): string {
  return port ?? parent?.port ?? '';
}
