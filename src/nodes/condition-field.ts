import { isPromise } from '../core/requests.ts';
import { isTrue } from './languages/is-true.ts';
import type { RunContext } from './languages/language.ts';
import { compileProgram, type ProgramField, programField } from './languages/program-field.ts';
import type { SetupContext } from './node-context.ts';
import type { Check } from './schema.ts';

/** A condition as specs write it: a program whose result is taken for true or false. */
export type ConditionField = ProgramField;

/** What a `when` may be. */
export const condition: Check<ConditionField> = programField;

/** A test of a payload. Throws, or rejects, for what cannot be evaluated. */
export type Holds = (payload: unknown, context: RunContext) => boolean | Promise<boolean>;

/** The condition as a function. `timeoutMs` is for a program that has none of its own. */
export async function loadCondition(
  field: ConditionField,
  context: Pick<SetupContext, 'languages' | 'baseDir' | 'onClose'>,
  { timeoutMs }: { timeoutMs?: number | undefined } = {},
): Promise<Holds> {
  const run = await compileProgram(field, context, { timeoutMs });
  return (payload, context) => {
    const result = run([payload], context);
    return isPromise(result) ? Promise.resolve(result).then(isTrue) : isTrue(result);
  };
}
