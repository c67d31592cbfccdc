import { timeOrderedId } from '../core/time-ordered-id.ts';

/** A value on its way to one in-port. Each receiver gets its own, linked to the one it was made from. */
export class Packet<T = unknown> {
  readonly payload: T;
  /** The packet that the sender was working on; undefined for one that entered the graph. */
  readonly parent: Packet | undefined;
  /** What `measure` found, so that a payload passed on is not walked again. Undefined until somebody asked. */
  bytes: number | undefined;
  /** The out-port that it left by; undefined for one that entered the graph. */
  port: string | undefined;
  #id: string | undefined;

  constructor(payload: T, parent?: Packet) {
    this.payload = payload;
    this.parent = parent;
  }

  /** A time-ordered UUID, made when first asked for. */
  get id(): string {
    return (this.#id ??= timeOrderedId());
  }

  /** The packet that entered the graph. */
  get origin(): Packet {
    let packet: Packet = this;
    while (packet.parent !== undefined) packet = packet.parent;
    return packet;
  }

  /** Parent first, origin last. */
  *ancestors(): IterableIterator<Packet> {
    for (let packet = this.parent; packet !== undefined; packet = packet.parent) yield packet;
  }

  /** Whether this packet was made from the other one, over any number of nodes. */
  descendsFrom(other: Packet): boolean {
    for (const ancestor of this.ancestors()) if (ancestor === other) return true;
    return false;
  }
}

/** The packet that leaves by an out-port, made from the one that its sender works on; `bytes` as measured. */
export function sentPacket(
  source: Packet | undefined,
  payload: unknown,
  bytes: number,
  port: string | undefined,
): Packet {
  const packet = new Packet(payload, source);
  packet.bytes = bytes;
  packet.port = port;
  return packet;
}
