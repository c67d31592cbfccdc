import { type Condition, parseCondition } from './condition.ts';
import { loadFunction, type ModuleFunction } from './module-function.ts';
import { type Check, checked, isMapping } from './schema.ts';

/** A condition as specs write it: text, or a function in a module. */
export type ConditionField = { readonly text: string } | ModuleFunction;

/** What a `when` may be. A text that is no condition is refused when the spec is checked. */
export const condition: Check<ConditionField> = (value) => {
  if (typeof value !== 'string') return moduleField(value);
  parseCondition(value);
  return { text: value };
};

const moduleField = checked('a condition such as "self.age >= 18", or { module: ./when.js }', moduleFunction);

/** `{ module, export }` as specs write it. */
export function moduleFunction(value: unknown): ModuleFunction | undefined {
  if (!isMapping(value, ['module', 'export'])) return undefined;
  const { module, export: name } = value;
  if (typeof module !== 'string' || module === '') return undefined;
  return name === undefined || typeof name === 'string' ? { module, export: name } : undefined;
}

/** The condition as a function; true means anything truthy when a module decides. */
export async function loadCondition(
  field: ConditionField,
  baseDir: string,
): Promise<Condition | ((payload: unknown) => unknown)> {
  return 'text' in field ? parseCondition(field.text) : await loadFunction(field, baseDir);
}
