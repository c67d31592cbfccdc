import type { StatusError } from '../core/status-error.ts';

const inner = new WeakSet<object>();

/** Marks an error whose words name places inside, such as the address of a backend: they are for whoever reads the log. */
export function forOperator(error: StatusError): StatusError {
  inner.add(error);
  return error;
}

/** Whether an error, or what caused it, has such words. */
export function isForOperator(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++)
    if (inner.has(at)) return true;
  return false;
}
