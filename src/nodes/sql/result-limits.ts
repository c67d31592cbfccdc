import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

/** Rows of one result: it is held in memory whole. */
export const maxRows = 100_000;
/** Of the values of one result, about. */
export const maxBytes = 64 * 1024 * 1024;

export function tooLarge(): StatusError {
  return new StatusError(
    Code.RESOURCE_EXHAUSTED,
    `The result has more than ${maxRows} rows or ${maxBytes} bytes: wanted a query with LIMIT`,
  );
}
