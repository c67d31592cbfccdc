import { Code, codeName } from '../../core/code.ts';
import type { Peer } from '../../core/context.ts';
import { codeOfHttpStatus, httpStatus } from '../../core/http-status.ts';
import type { Details } from '../../core/status.ts';
import { StatusError, statusOf } from '../../core/status-error.ts';
import type { Logger } from '../../observability/logger.ts';
import { ErrorInfo, findDetail } from '../../wire/error-details.ts';
import { type ExposeErrors, isKnownPeer } from '../entry-call.ts';
import { isForOperator } from '../inner-words.ts';
import { errorDomain } from '../reply.ts';

/** In the metadata of an ErrorInfo of ours: the status that says more than its code does. */
export const statusField = 'httpStatus';

/** An error as an answer. */
export interface Failure {
  readonly status: number;
  readonly body: { readonly code: number; readonly message: string };
}

export interface FailureContext {
  readonly peer: Peer;
  /** The request came through another proxy, so its peer is not who reads the answer. */
  readonly forwarded: boolean;
  readonly exposeErrors: ExposeErrors | undefined;
  readonly log: Logger;
}

/** An error as its client may see it: what was not meant for anybody goes to the log, and its client gets the id that it has there. */
export function failureOf(thrown: unknown, { peer, forwarded, exposeErrors, log }: FailureContext): Failure {
  const { code, message, details } = statusOf(thrown);
  const status = ownStatus(details) ?? httpStatus(code);
  const masked = (exposeErrors ?? (forwarded || !isKnownPeer(peer) ? 'masked' : 'message')) === 'masked';
  if (!masked || isMeant(thrown)) {
    if (status === 500) log.error('request failed', { code: codeName(code), error: thrown });
    return { status, body: { code, message } };
  }
  const errorId = crypto.randomUUID().slice(0, 8);
  log.error('request failed', { errorId, code: codeName(code), error: thrown });
  return { status, body: { code, message: `Internal error (error id ${errorId})` } };
}

/** Whether somebody chose the words for whoever asked, as for errors of nodes that are services. */
function isMeant(thrown: unknown): boolean {
  if (!(thrown instanceof StatusError) || isForOperator(thrown)) return false;
  const { cause, path } = thrown;
  return cause === undefined ? path === undefined : cause instanceof StatusError && cause.path === undefined;
}

function ownStatus(details: Details): number | undefined {
  if (details.length === 0) return undefined;
  const info = findDetail(details, ErrorInfo);
  const status = info?.domain === errorDomain ? Number(info.metadata[statusField]) : Number.NaN;
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}

/** Why a process has failed whose reply is an answer with a status of 400 or more: its exit hooks are told. */
export function failedAnswer(status: number): StatusError {
  const code = codeOfHttpStatus(status) ?? (status < 500 ? Code.FAILED_PRECONDITION : Code.UNKNOWN);
  return new StatusError(code, `The answer has HTTP status ${status}`);
}
