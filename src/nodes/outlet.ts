import { Code } from '../core/code.ts';
import { remaining } from '../core/deadline.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status-error.ts';
import { Activation } from './activation.ts';
import type { NodeContext } from './node-context.ts';
import { asError, none, type Reply } from './reply.ts';
import { unlinked } from './unlinked.ts';

/** What timers and clocks differ by. */
const momentMs = 2;

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
  if (isOver(error, context)) return error;
  const reply = sendOr(context, 'error', error, error);
  // A cancelled run handles nothing more, and its reason says less than the error.
  const keep = (handled: Reply): Reply => (handled === cancelReason(context) ? error : handled);
  return isPromise(reply) ? reply.then(keep) : keep(reply);
}

/** Whether an edge leaves by a port; undefined when somebody wrapped the context, so that nobody knows. */
export function isLinked(context: NodeContext, port: string): boolean | undefined {
  return context instanceof Activation ? context.runtime.edges(port).length > 0 : undefined;
}

/** How many ports of a numbered out-port there are, up to the last one that has an edge; undefined when nobody knows. */
export function portCount(context: NodeContext, name: string): number | undefined {
  return context instanceof Activation ? context.runtime.portCount(name) : undefined;
}

/** An edge may be told a moment before the run is that the time of both is up. */
function isOver(error: Error, { deadline }: NodeContext): boolean {
  return error instanceof StatusError && error.code === Code.DEADLINE_EXCEEDED && remaining(deadline) <= momentMs;
}

function cancelReason(context: NodeContext): unknown {
  return context instanceof Activation ? (context.call.cancellation.reason ?? unlinked) : unlinked;
}
