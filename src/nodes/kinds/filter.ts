import { condition, loadCondition } from '../condition-field.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext } from '../node-context.ts';
import { sendOr, sendOut } from '../outlet.ts';
import { none, type Reply } from '../reply.ts';
import { fieldsOf } from '../schema.ts';
import { whenKnown } from '../when-known.ts';

/** Lets payloads pass for which the condition holds. The others go to `dropped`; where that is not linked they are gone, and there is no response. */
export const filterKind = defineKind({
  kind: 'filter',
  spec: fieldsOf({ when: condition }),
  fields: ['when'],
  outputs: ['out', 'dropped', 'error'],
  async setup({ when }, context) {
    const holds = await loadCondition(when, context);
    const pass = (held: boolean, context: NodeContext, payload: unknown): Reply | Promise<Reply> =>
      held ? sendOut(context, payload) : sendOr(context, 'dropped', payload, none);
    return { process: ({ payload }, context) => whenKnown(holds, payload, context, pass) };
  },
});
