import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { defineKind } from '../kind.ts';
import { mergeReplies } from '../merge-replies.ts';
import type { NodeContext } from '../node-context.ts';
import { sendError } from '../outlet.ts';
import { none, type Reply } from '../reply.ts';
import { fieldsOf } from '../schema.ts';
import { shownKind } from '../shown-kind.ts';
import { tooManyElements } from '../too-many-elements.ts';

/** Sends each element of a list as a packet of its own. The reply is the list of their replies, each in the place of its element, null where nobody answered. */
export const unbatchKind = defineKind({
  kind: 'unbatch',
  spec: fieldsOf({}),
  fields: [],
  setup: () => ({
    process: ({ payload }, context) =>
      Array.isArray(payload) ? sendEach(payload, context) : sendError(context, notAList(payload)),
  }),
});

async function sendEach(elements: readonly unknown[], context: NodeContext): Promise<Reply> {
  const tooMany = tooManyElements(elements, context, 'out', 'error');
  if (tooMany !== undefined) return sendError(context, tooMany);
  const replies = await Promise.all(
    elements.map(async (element) => {
      const { sent, reply } = await context.send('out', element);
      return sent === 0 ? element : reply;
    }),
  );
  if (replies.some((reply) => reply instanceof Error)) return mergeReplies(replies);
  return replies.map((reply) => (reply === none ? null : reply));
}

function notAList(payload: unknown): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot unbatch ${shownKind(payload)}: wanted a list`);
}
