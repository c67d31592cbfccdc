import { isPromise } from '../../core/requests.ts';
import { condition, loadCondition } from '../condition-field.ts';
import { positiveDuration } from '../duration-field.ts';
import { defineKind } from '../kind.ts';
import { oneToMany } from '../one-to-many.ts';
import { fieldsOf, optional } from '../schema.ts';

/** Sends the payload to `out[0]` when the condition holds, else to `out[1]`. */
export const ifKind = defineKind({
  kind: 'if',
  spec: fieldsOf({ when: condition, timeout: optional(positiveDuration) }),
  fields: ['when', 'timeout'],
  outputs: ['out[0]', 'out[1]', 'error'],
  async setup({ when, timeout }, context) {
    const holds = await loadCondition(when, context, { timeoutMs: timeout });
    const branch = (payload: unknown, result: boolean): unknown[] => (result ? [payload] : [undefined, payload]);
    return oneToMany((payload, context) => {
      const result = holds(payload, context);
      return isPromise(result) ? result.then((value) => branch(payload, value)) : branch(payload, result);
    });
  },
});
