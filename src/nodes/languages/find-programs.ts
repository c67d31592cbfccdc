import { isPlainObject } from '../../wire/value-kind.ts';
import { ProgramField } from './program-field.ts';

const maxDepth = 8;

/** A program in the fields of a node, and where. */
export interface FoundProgram {
  readonly path: readonly (string | number)[];
  readonly program: ProgramField;
}

/** The programs in what a schema gave, in lists and mappings too. */
export function findPrograms(value: unknown, path: readonly (string | number)[] = []): FoundProgram[] {
  if (value instanceof ProgramField) return [{ path, program: value }];
  if (typeof value !== 'object' || value === null || path.length >= maxDepth) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => findPrograms(item, [...path, index]));
  if (!isPlainObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => findPrograms(item, [...path, key]));
}
