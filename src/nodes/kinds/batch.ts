import { Activation } from '../activation.ts';
import { Collector } from '../batch/collector.ts';
import { repliesFor } from '../batch/replies-for.ts';
import { duration } from '../duration-field.ts';
import { wholeNumber } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext } from '../node-context.ts';
import { sendError, sendOut } from '../outlet.ts';
import type { Reply } from '../reply.ts';
import { fieldsOf, optional } from '../schema.ts';

/**
 * Sends payloads of several callers to `out` as one list, in a process of its own. A reply that is a list of the same length is given out element by element,
 * any other to each of them.
 */
export const batchKind = defineKind({
  kind: 'batch',
  spec: fieldsOf({
    size: optional(wholeNumber(1, 10_000)),
    window: optional(duration),
    bytes: optional(wholeNumber(1, 64 * 1024 * 1024)),
  }),
  fields: ['size', 'window', 'bytes'],
  setup({ size = 100, window: windowMs = 10, bytes = 1024 * 1024 }) {
    const collector = new Collector({ size, windowMs, bytes });
    return {
      start: (source) => collector.open(source),
      async process({ payload }, context) {
        // Those behind it in one process may be in the same list.
        if (context instanceof Activation) context.release();
        const answer = await collector.add(payload, context);
        return answer === undefined ? await alone(payload, context) : answer[0];
      },
      close: () => collector.close(),
    };
  },
});

/** In the process of whoever brought it. */
async function alone(payload: unknown, context: NodeContext): Promise<Reply> {
  const [reply] = repliesFor(1, await sendOut(context, [payload]));
  return reply instanceof Error ? sendError(context, reply) : reply;
}
