import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { type Condition, parseCondition } from '../nodes/languages/cel/condition.ts';

const longestCondition = 4_096;

/**
 * The items for which a condition holds, in the language of `if` nodes: `self.node == "default.greet" && self.bytes > 100`. All of them when it
 * is left out. A field that an item does not have, or of a type that cannot be compared, makes the condition false for that item. Rejects text that is no
 * condition with INVALID_ARGUMENT. Give it what you would show, and no more: what can be asked about can be guessed.
 */
export function select<T>(items: Iterable<T>, where?: Where<T>): T[] {
  const wanted = whether(where);
  return [...items].filter((item) => wanted(item));
}

/** A condition as text or as code. */
export type Where<T> = string | ((item: T) => boolean);

/** A condition as `select` understands it. */
export function whether<T>(where: Where<T> | undefined): (item: T) => boolean {
  if (where === undefined || where === '') return () => true;
  if (typeof where === 'function') return where;
  const condition = read(where);
  return (item) => {
    try {
      return condition(item);
    } catch {
      return false;
    }
  };
}

function read(where: string): Condition {
  if (where.length > longestCondition)
    throw new StatusError(
      Code.INVALID_ARGUMENT,
      `Cannot read a condition of ${where.length} characters: wanted at most ${longestCondition}`,
    );
  try {
    return parseCondition(where);
  } catch (error) {
    throw new StatusError(Code.INVALID_ARGUMENT, (error as Error).message, { cause: error });
  }
}
