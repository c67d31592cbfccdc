import { Code, type Context, type Level, type Status } from 'flowrpc';

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
