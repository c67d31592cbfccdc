import type { Activation } from '../nodes/activation.ts';
import type { InPort } from '../nodes/in-port.ts';
import type { Edge } from '../nodes/node.ts';
import type { Packet } from '../nodes/packet.ts';
import type { Reply } from '../nodes/reply.ts';

/** An edge within this process and without a policy: a function call. */
export class DirectEdge implements Edge {
  readonly #port: InPort;

  constructor(port: InPort) {
    this.#port = port;
  }

  get target(): InPort {
    return this.#port;
  }

  get to(): string {
    return `${this.#port.node.info.service}/${this.#port.name}`;
  }

  carry(packet: Packet, from: Activation): Reply | Promise<Reply> {
    return this.#port.receive(packet, from.owner, from.call, from.run, from);
  }
}
