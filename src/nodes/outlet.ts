import { isPromise } from '../core/requests.ts';
import { Activation } from './activation.ts';
import type { NodeContext } from './node-context.ts';
import { asError, none, type Reply } from './reply.ts';
import { unlinked } from './unlinked.ts';

/** Sends to a port; where that has no edge, `otherwise` is the reply. No promise is made that nobody needs. */
export function sendOr(context: NodeContext, port: string, payload: unknown, otherwise: Reply): Reply | Promise<Reply> {
  if (context instanceof Activation) {
    const reply = context.forward(port, payload);
    return reply === unlinked ? otherwise : reply;
  }
  // Somebody wrapped the context: only its interface is there.
  return context.send(port, payload).then(({ sent, reply }) => (sent === 0 && reply === none ? otherwise : reply));
}

/** Sends an output to `out`; unlinked, it is the reply. */
export function sendOut(context: NodeContext, output: unknown): Reply | Promise<Reply> {
  return output === none ? none : sendOr(context, 'out', output, output);
}

/** Sends what was thrown to `error`, whose reply replaces it; unlinked, it is the reply. */
export function sendError(context: NodeContext, thrown: unknown): Reply | Promise<Reply> {
  const error = asError(thrown);
  const reply = sendOr(context, 'error', error, error);
  // A cancelled run handles nothing more, and its reason says less than the error.
  const keep = (handled: Reply): Reply => (handled === cancelReason(context) ? error : handled);
  return isPromise(reply) ? reply.then(keep) : keep(reply);
}

function cancelReason(context: NodeContext): unknown {
  return context instanceof Activation ? (context.call.cancellation.reason ?? unlinked) : unlinked;
}
