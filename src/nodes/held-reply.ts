import type { CancelReason } from '../core/cancel-reason.ts';
import { isPromise } from '../core/requests.ts';
import { serverCall } from './entry-call.ts';
import { holdStreams, streamsIn } from './held-streams.ts';
import { asError, type Reply } from './reply.ts';

/** A reply as its caller elsewhere gets it: byte streams are read, and end with the call. */
export function heldReply(reply: Reply): Reply | Promise<Reply> {
  const held = holdStreams(reply);
  if (!isPromise(held)) return reply;
  const { cancellation } = serverCall();
  const end = (reason: CancelReason): void => {
    for (const stream of streamsIn(reply)) stream.cancel(reason);
  };
  cancellation.on(end);
  return (held as Promise<Reply>).finally(() => cancellation.off(end));
}

/** The same for edges, where an error is a reply like any other. */
export async function heldOrError(reply: Reply): Promise<Reply> {
  try {
    return await heldReply(reply);
  } catch (thrown) {
    return asError(thrown);
  }
}
