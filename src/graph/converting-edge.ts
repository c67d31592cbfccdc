import { isPromise } from '../core/requests.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import type { Activation } from '../nodes/activation.ts';
import type { Conversion } from '../nodes/conversion.ts';
import type { Edge } from '../nodes/node.ts';
import { Packet } from '../nodes/packet.ts';
import type { Reply } from '../nodes/reply.ts';

/** The edge itself where its ends take values; else one that turns payloads into what each end takes. */
export function withConversion(edge: Edge, conversion: Conversion | undefined): Edge {
  return conversion === undefined ? edge : new ConvertingEdge(edge, conversion);
}

class ConvertingEdge implements Edge {
  readonly #edge: Edge;
  readonly #conversion: Conversion;

  constructor(edge: Edge, conversion: Conversion) {
    this.#edge = edge;
    this.#conversion = conversion;
  }

  get to(): string | undefined {
    return this.#edge.to;
  }

  get target(): Edge['target'] {
    return this.#edge.target;
  }

  carry(packet: Packet, from: Activation): Reply | Promise<Reply> {
    const { request, reply: back } = this.#conversion;
    try {
      const sent = request === undefined ? packet : new Packet(request(packet.payload), packet);
      const reply = this.#edge.carry(sent, from);
      if (back === undefined) return reply;
      return isPromise(reply) ? reply.then(back).catch(failure) : back(reply);
    } catch (thrown) {
      return failure(thrown);
    }
  }
}

function failure(thrown: unknown): Error {
  return thrown instanceof StatusError ? thrown : StatusError.of(statusOf(thrown));
}
