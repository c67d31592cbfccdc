import type { Activation } from '../nodes/activation.ts';
import { matchPort } from '../nodes/names.ts';

/** The full name of the out-port that a handler sends by: `out[0]` where it says `out` of an indexed port. */
export function fullOutPort({ node }: Activation, port: string): string {
  return node.outputs.includes(port) ? port : (matchPort(node.outputs, port) ?? port);
}
