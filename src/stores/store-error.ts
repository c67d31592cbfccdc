import { Code, type ErrorCode } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { errorInfo } from '../wire/error-details.ts';
import { quote } from '../wire/yaml/problem.ts';
import type { DocumentInit } from './store.ts';

/** What errors call a document: its name, else its id. */
export function labelOf({ id, namespace = 'default', name }: DocumentInit): string {
  return quote(name === undefined ? (id ?? 'without a name') : `${namespace}/${name}`);
}

/** ABORTED: the document is at another revision than was asked for. */
export function revisionMismatch(action: string, label: string, wanted: number, revision: number): StatusError {
  const is = revision === 0 ? 'it does not exist' : `it is at revision ${revision}`;
  const expected = wanted === 0 ? 'that it does not exist' : `revision ${wanted}`;
  return refusal(Code.ABORTED, 'REVISION_MISMATCH', `Cannot ${action} ${label}: ${is}, wanted ${expected}`, {
    revision: String(revision),
  });
}

/** ALREADY_EXISTS: another document of the namespace has the name. */
export function duplicateName(document: DocumentInit, id: string): StatusError {
  const message = `Cannot put ${labelOf(document)}: document ${id} of that namespace has the name`;
  return refusal(Code.ALREADY_EXISTS, 'DUPLICATE_NAME', message, { id });
}

/** OUT_OF_RANGE: the changes after a revision are not known, or not known any more. */
export function compacted(from: number, revision: number): StatusError {
  const message = `Cannot watch from revision ${from}: it is compacted, list again and watch from revision ${revision}`;
  return refusal(Code.OUT_OF_RANGE, 'COMPACTED', message, { revision: String(revision) });
}

/** FAILED_PRECONDITION: the store is older than it was. */
export function wentBack(since: number, revision: number): StatusError {
  const message = `the store went back from revision ${since} to ${revision}, as after a restored backup: restart to take it as it is`;
  return refusal(Code.FAILED_PRECONDITION, 'WENT_BACK', message, { revision: String(revision) });
}

/** FAILED_PRECONDITION: the store is closed. */
export function storeClosed(): StatusError {
  return refusal(Code.FAILED_PRECONDITION, 'STORE_CLOSED', 'The store is closed');
}

/** A status of a store, with a reason for programs to act on. */
export function refusal(
  code: ErrorCode,
  reason: string,
  message: string,
  metadata: Record<string, string> = {},
  cause?: unknown,
): StatusError {
  return new StatusError(code, message, { details: [errorInfo({ reason, domain: 'flowrpc', metadata })], cause });
}
