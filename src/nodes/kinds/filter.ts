import { isPromise } from '../../core/requests.ts';
import { condition, loadCondition } from '../condition-field.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext } from '../node-context.ts';
import { sendError, sendOr, sendOut } from '../outlet.ts';
import { none, type Reply } from '../reply.ts';
import { fieldsOf } from '../schema.ts';

/** Lets payloads pass for which the condition holds. The others go to `dropped`; where that is not linked they are gone, and there is no response. */
export const filterKind = defineKind({
  kind: 'filter',
  spec: fieldsOf({ when: condition }),
  fields: ['when'],
  outputs: ['out', 'dropped', 'error'],
  async setup({ when }, context) {
    const holds = await loadCondition(when, context);
    const pass = (payload: unknown, result: unknown, context: NodeContext): Reply | Promise<Reply> =>
      result ? sendOut(context, payload) : sendOr(context, 'dropped', payload, none);
    return {
      process({ payload }, context) {
        try {
          const result: unknown = holds(payload, context);
          if (!isPromise(result)) return pass(payload, result, context);
          return Promise.resolve(result).then(
            (settled) => pass(payload, settled, context),
            (thrown) => sendError(context, thrown),
          );
        } catch (thrown) {
          return sendError(context, thrown);
        }
      },
    };
  },
});
