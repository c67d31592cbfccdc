import { isPromise } from '../../core/requests.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext } from '../node-context.ts';
import { portCount, sendError, sendOr } from '../outlet.ts';
import { none, type Reply } from '../reply.ts';
import { unlinked } from '../unlinked.ts';

/** Sends its payload to `out[0]`, the reply from there to `out[1]` and so on; the last reply is its own. An error goes to `error`. */
export const pipeKind = defineKind({
  kind: 'pipe',
  fields: [],
  outputs: ['out[*]', 'error'],
  setup: () => ({ process: ({ payload }, context) => advance(0, payload, context) }),
});

function advance(first: number, payload: Reply, context: NodeContext): Reply | Promise<Reply> {
  const count = portCount(context, 'out');
  let current = payload;
  for (let index = first; count === undefined || index < count; index++) {
    // One that answers nothing has nothing to pass on.
    const reply = sendOr(context, `out[${index}]`, current === none ? null : current, unlinked);
    if (isPromise(reply)) return reply.then((settled) => goOn(index, settled, current, context));
    if (reply instanceof Error) return sendError(context, reply);
    if (reply !== unlinked) current = reply;
    else if (count === undefined) break;
  }
  return current;
}

function goOn(index: number, reply: Reply, before: Reply, context: NodeContext): Reply | Promise<Reply> {
  if (reply instanceof Error) return sendError(context, reply);
  if (reply !== unlinked) return advance(index + 1, reply, context);
  // Where nobody knows how many ports there are, the first without an edge is the end.
  return portCount(context, 'out') === undefined ? before : advance(index + 1, before, context);
}
