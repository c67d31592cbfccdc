import { isPromise } from '../../core/requests.ts';
import { condition, loadCondition } from '../condition-field.ts';
import { defineKind } from '../kind.ts';
import { oneToMany } from '../one-to-many.ts';
import { fieldsOf } from '../schema.ts';

/** Sends the payload to `out[0]` when the condition holds, else to `out[1]`. */
export const ifKind = defineKind({
  kind: 'if',
  spec: fieldsOf({ when: condition }),
  fields: ['when'],
  outputs: ['out[0]', 'out[1]', 'error'],
  idempotency: 'no-side-effects',
  async setup({ when }, { baseDir }) {
    const holds = await loadCondition(when, baseDir);
    const branch = (payload: unknown, result: unknown): unknown[] => (result ? [payload] : [undefined, payload]);
    return oneToMany((payload) => {
      const result: unknown = holds(payload);
      return isPromise(result) ? result.then((value) => branch(payload, value)) : branch(payload, result);
    });
  },
});
