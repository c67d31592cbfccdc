import { Code } from './code.ts';
import type { Status } from './status.ts';
import { StatusError } from './status-error.ts';

/** Responses of one call that may wait for their caller at once. */
export const maxUnawaited = 16;

/** What `respond` rejects with once the call has ended. */
export function lateResponse(path: string, { code, message }: Status): StatusError {
  if (code === Code.OK) return new StatusError(Code.CANCELLED, `Cannot respond to ${path}: the call has ended with OK`);
  return new StatusError(code, message);
}

/** What `respond` rejects with when nobody awaits it. */
export function tooManyUnawaited(path: string): StatusError {
  return new StatusError(
    Code.INTERNAL,
    `Cannot respond to ${path}: ${maxUnawaited} messages wait already, await each respond()`,
  );
}
