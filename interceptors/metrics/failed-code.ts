import { Code } from 'flowrpc';

/** What counts as the server's own failure; other codes say that the caller asked for what it could not have. */
const serverFailures: ReadonlySet<Code> = new Set([
  Code.UNKNOWN,
  Code.DEADLINE_EXCEEDED,
  Code.UNIMPLEMENTED,
  Code.INTERNAL,
  Code.UNAVAILABLE,
  Code.DATA_LOSS,
]);

/** Whether a call that ended so has failed, as the RPC semantic conventions see it: for clients any code but OK. */
export function isFailure(side: 'client' | 'server', code: Code): boolean {
  return side === 'server' ? serverFailures.has(code) : code !== Code.OK;
}
