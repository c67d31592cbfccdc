import { isPromise } from '../../core/requests.ts';
import { defineKind } from '../kind.ts';
import { sendError, sendOut } from '../outlet.ts';
import type { Reply } from '../reply.ts';

/** Sends its payload to `out`. An error that comes back goes to `error`, whose reply replaces it. */
export const tryKind = defineKind({
  kind: 'try',
  fields: [],
  setup: () => ({
    process({ payload }, context) {
      const caught = (reply: Reply): Reply | Promise<Reply> =>
        reply instanceof Error ? sendError(context, reply) : reply;
      const reply = sendOut(context, payload);
      return isPromise(reply) ? reply.then(caught) : caught(reply);
    },
  }),
});
