import { key } from '../../core/key.ts';
import { isPromise } from '../../core/requests.ts';
import { copyValue } from '../copy-value.ts';
import { defineKind } from '../kind.ts';
import { compileProgram, programField } from '../languages/program-field.ts';
import { oneToOne } from '../one-to-one.ts';
import { programBeside } from '../program-beside.ts';
import { type Check, fieldsOf } from '../schema.ts';

interface Reduction {
  accumulator: unknown;
  index: number;
}

/** Any value; left out it is null. */
const init: Check<unknown> = (value) => value ?? null;

/** Calls a program with what it gave last, the payload, and how many came before in this process; what it gives goes to `out`, and is what it gets next. */
export const reduceKind = defineKind({
  kind: 'reduce',
  spec: programBeside('action', fieldsOf({ action: programField, init })),
  fields: ['action', 'language', 'timeout', 'init'],
  perProcess: true,
  async setup({ action, init }, context) {
    const run = await compileProgram(action, context, { args: ['accumulator', 'current', 'index'] });
    const reductionKey = key<Reduction>('reduce');
    return oneToOne((payload, context) => {
      const reduction = context.process.state(reductionKey, () => ({ accumulator: copyValue(init), index: 0 }));
      const keep = (output: unknown): unknown => {
        // Whoever gets the output may change it.
        reduction.accumulator = copyValue(output);
        reduction.index += 1;
        return output;
      };
      const output = run([reduction.accumulator, payload, reduction.index], context);
      return isPromise(output) ? Promise.resolve(output).then(keep) : keep(output);
    });
  },
});
