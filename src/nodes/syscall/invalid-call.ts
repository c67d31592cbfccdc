import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

/** INVALID_ARGUMENT: what came, and what was wanted. */
export function invalidCall(came: string, wanted: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot take ${came}: wanted ${wanted}`);
}

/** What came, without what it says. */
export function shapeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}
