import { parseDuration } from '../duration.ts';
import { defineKind } from '../kind.ts';
import { sendError, sendOut } from '../outlet.ts';
import { none } from '../reply.ts';
import { checked, fieldsOf, optional } from '../schema.ts';

const timeout = checked('a duration such as "30s"', parseDuration);

/** Answers at once with "no response", and runs what follows as a process of its own, bounded by `timeout` or the run's deadline. */
export const forkKind = defineKind({
  kind: 'fork',
  spec: fieldsOf({ timeout: optional(timeout) }),
  fields: ['timeout'],
  setup: ({ timeout }) => ({
    process({ payload }, context) {
      const options = timeout === undefined ? {} : { timeoutMs: timeout };
      context.process.fork(async (child) => {
        const reply = await sendOut(child, payload);
        return reply instanceof Error ? sendError(child, reply) : none;
      }, options);
      return none;
    },
  }),
});
