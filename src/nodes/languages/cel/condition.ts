import { isTrue } from '../is-true.ts';
import { expression } from './expression.ts';

/** A test of a payload. Throws for what cannot be evaluated, such as a field that is not there. */
export type Condition = (payload: unknown) => boolean;

/** Reads a condition in CEL. A CompileError says where it is wrong. */
export function parseCondition(text: string): Condition {
  const program = expression(text, {});
  return (payload) => isTrue(program.run([payload]));
}
