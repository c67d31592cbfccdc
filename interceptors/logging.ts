import {
  type Call,
  Code,
  type Context,
  checkOptions,
  codeName,
  type Interceptor,
  jsonLogger,
  type Level,
  type Logger,
  parseTrace,
  remaining,
  type Status,
} from 'flowrpc';

export interface LoggingOptions {
  /** Default: one JSON object a line, to stderr. */
  logger?: Logger;
  /** How loud a call is by how it ended; `undefined` says nothing. Default: `callLevel`. */
  level?: (status: Status, call: Context) => Level | undefined;
  /** More fields for the line, such as who called. Nothing of metadata or messages is logged unless put here. */
  fields?: (call: Context, status: Status) => object;
}

const serverWarnings = new Set<Code>([
  Code.DEADLINE_EXCEEDED,
  Code.PERMISSION_DENIED,
  Code.RESOURCE_EXHAUSTED,
  Code.FAILED_PRECONDITION,
  Code.ABORTED,
  Code.OUT_OF_RANGE,
  Code.UNAVAILABLE,
]);
const serverErrors = new Set<Code>([Code.UNKNOWN, Code.UNIMPLEMENTED, Code.INTERNAL, Code.DATA_LOSS]);
const clientNotes = new Set<Code>([Code.UNKNOWN, Code.DEADLINE_EXCEEDED, Code.PERMISSION_DENIED, Code.UNAUTHENTICATED]);
const clientWarnings = new Set<Code>([Code.UNIMPLEMENTED, Code.INTERNAL, Code.UNAVAILABLE, Code.DATA_LOSS]);

/** The severity of an ended call: a server's faults are its errors, its callers' faults are not; clients speak more softly. */
export function callLevel({ code }: Status, { side }: Context): Level {
  if (side === 'server') return serverErrors.has(code) ? 'error' : serverWarnings.has(code) ? 'warn' : 'info';
  return clientWarnings.has(code) ? 'warn' : clientNotes.has(code) ? 'info' : 'debug';
}

/**
 * Logs one line for each call, at its end: method, kind, side, code, milliseconds, peer, time left at the start, request
 * and trace id. For streams that is when the last message was handed over. Never messages; no metadata but those two ids.
 */
export function logging({
  logger = jsonLogger(),
  level = callLevel,
  fields,
  ...rest
}: LoggingOptions = {}): Interceptor {
  checkOptions('logging', rest, ['logger', 'level', 'fields']);
  return async function logging(call, next) {
    const start = performance.now();
    const left = remaining(call.deadline);
    const status = await next(call);
    const severity = level(status, call);
    if (severity !== undefined) {
      logger[severity](`${call.side} call ended`, {
        ...line(call, status, performance.now() - start, left),
        ...fields?.(call, status),
      });
    }
    return status;
  };
}

function line(call: Call, { code, message }: Status, ms: number, left: number): object {
  const { method, side, peer, metadata } = call;
  const requestId = metadata.get('x-request-id');
  return {
    method: method.path.slice(0, maxTextLength),
    kind: method.kind,
    side,
    code: codeName(code),
    ms: Math.round(ms * 1_000) / 1_000,
    peer: peer.address,
    deadlineMs: Number.isFinite(left) ? Math.round(left) : undefined,
    requestId: requestId?.slice(0, maxTextLength),
    traceId: parseTrace(metadata)?.traceId,
    error: code === Code.OK || message === '' ? undefined : message,
  };
}

/** A stranger chooses path and request id; a line of the log stays a line. */
const maxTextLength = 128;
