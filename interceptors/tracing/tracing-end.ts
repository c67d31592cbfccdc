import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { type Call, codeName, type Status } from 'flowrpc';
import { harmless } from '../calls/harmless.ts';
import { isFailure } from '../metrics/failed-code.ts';

/** What is done with an error that a call failed with; `name` is that of the log event the conventions have for it. */
export type ExceptionPolicy = 'event' | 'off' | ((error: Error, call: Call, name: string) => void);

/** Errors that a span has, with its trace: spans around it fail with the same one, and say so by their status. */
const told = new WeakMap<Error, string>();

/** Puts the status on a span and ends it. */
export function endSpan(span: Span, call: Call, status: Status, exceptions: ExceptionPolicy): void {
  setStatus(span, call.side, status);
  const { cause, code } = status;
  if (exceptions !== 'off' && isFailure(call.side, code) && cause instanceof Error && isNew(cause, span)) {
    if (exceptions === 'event') span.recordException(cause);
    else harmless('exceptions of tracing()', () => exceptions(cause, call, `rpc.${call.side}.call.exception`));
  }
  span.end();
}

function isNew(error: Error, span: Span): boolean {
  const { traceId } = span.spanContext();
  if (told.get(error) === traceId) return false;
  told.set(error, traceId);
  return true;
}

/** Any code but OK is an error for the client; for the server those that are its own fault. */
export function setStatus(span: Span, side: Call['side'], { code, message }: Status): void {
  const name = codeName(code);
  span.setAttribute('rpc.status_code', name);
  if (!isFailure(side, code)) return;
  span.setAttribute('error.type', name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: message === '' ? undefined : message });
}
