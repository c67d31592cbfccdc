import type { CallNode } from './call.ts';
import { Code } from './code.ts';
import { streamsResponses } from './method.ts';
import { type Status, statusFrom } from './status.ts';

/** OK means exactly one message where the method gives one; a chain that forgot it is INTERNAL. */
export function checkSingleResponse(call: CallNode, status: Status): Status {
  const { method, responses } = call;
  if (status.code !== Code.OK || !method.known || streamsResponses(method.kind) || responses === 1) return status;
  // Of a peer it means that its idea of the method is not ours.
  const mistaken = call.side === 'client' && (responses > 1 || status.origin === 'peer');
  const code = mistaken ? Code.UNIMPLEMENTED : Code.INTERNAL;
  return statusFrom(code, `${method.path} ended with OK and ${responses} messages: wanted exactly one`);
}
