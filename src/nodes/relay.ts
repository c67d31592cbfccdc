import type { NodeInstance } from './node-context.ts';
import { sendOr } from './outlet.ts';

/**
 * Passes packets on as they are, Errors too, and their replies back as they are: what comes by an in-port leaves by the out-port given for
 * it. Where that has no edge, the payload is the reply.
 */
export function relay(ports: Readonly<Record<string, string>> = { in: 'out' }): NodeInstance {
  const outPorts = new Map(Object.entries(ports));
  return {
    process(packet, context) {
      const out = outPorts.get(context.port);
      if (out === undefined)
        throw new RangeError(`Cannot relay from in-port "${context.port}": wanted an out-port for it`);
      return sendOr(context, out, packet, packet.payload);
    },
  };
}
