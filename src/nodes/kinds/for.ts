import { oneOf } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import { mergeReplies } from '../merge-replies.ts';
import type { NodeContext } from '../node-context.ts';
import { cancelled } from '../on-cancel.ts';
import { sendError, sendOr } from '../outlet.ts';
import { asError, none, type Reply } from '../reply.ts';
import { fieldsOf, optional } from '../schema.ts';
import { tooManyElements } from '../too-many-elements.ts';

/**
 * Sends each element of a list to `out[0]`, in order and as many at a time as its window takes, then their replies as one to `out[1]`, whose reply is its own. An
 * error of any of them goes to `error` once all have answered. What is no list is sent once.
 */
export const forKind = defineKind({
  kind: 'for',
  spec: fieldsOf({ collect: optional(oneOf(['merged', 'list'])) }),
  fields: ['collect'],
  outputs: ['out[0]', 'out[1]', 'error'],
  setup: ({ collect = 'merged' }) => ({
    async process({ payload }, context) {
      const elements: readonly unknown[] = Array.isArray(payload) ? payload : [payload];
      const tooMany = tooManyElements(elements, context, 'out[0]', 'out[1]');
      if (tooMany !== undefined) return sendError(context, tooMany);
      const replies = (await sendEach(elements, context)).filter((reply) => reply !== none);
      const failed = replies.some((reply) => reply instanceof Error);
      const merged = failed || collect === 'merged' ? mergeReplies(replies) : replies;
      if (failed) return sendError(context, merged);
      // Elements that nobody answered for are no answer; where there were no elements, all of them are.
      const alone = merged === none && elements.length === 0 ? [] : merged;
      const reply = await sendOr(context, 'out[1]', merged === none ? [] : merged, alone);
      return reply instanceof Error ? sendError(context, reply) : reply;
    },
  }),
});

/** The reply for each element, in order; the element itself where `out[0]` leads nowhere. */
async function sendEach(elements: readonly unknown[], context: NodeContext): Promise<Reply[]> {
  const replies: Reply[] = [];
  let last: Promise<unknown> | undefined;
  for (const element of elements) {
    await context.ready('out[0]');
    const reason = cancelled(context);
    if (reason !== undefined) return [reason];
    last = context.send('out[0]', element).then(
      ({ sent, reply }) => replies.push(sent === 0 ? element : reply),
      (thrown) => replies.push(asError(thrown)),
    );
  }
  // Replies come in the order of sending, so this one is the last.
  await last;
  return replies;
}
