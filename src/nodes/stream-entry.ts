import type { CallNode } from '../core/call.ts';
import { busyKey } from '../core/call-keys.ts';
import type { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import type { HandlerContext } from '../core/context.ts';
import { runIn } from '../core/current.ts';
import { outcomeOf } from '../core/outcome.ts';
import { Queue } from '../core/queue.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { RequestPump } from '../transport/request-pump.ts';
import { valueCodec } from '../wire/value.ts';
import { anyByteStream } from './byte-stream.ts';
import { type EntryOptions, exposed, runOf, serverCall, writeTrail } from './entry-call.ts';
import { heldOrError, heldReply } from './held-reply.ts';
import { edgeKey, perProcessKey } from './hop.ts';
import type { InPort } from './in-port.ts';
import { peersOf } from './node-peers.ts';
import type { PortSlot } from './node-slot.ts';
import { orCancelled } from './or-cancelled.ts';
import { Packet } from './packet.ts';
import type { Participant } from './participant.ts';
import { keepsState } from './per-process.ts';
import { carriedProcessKey } from './process-id.ts';
import { none, type Reply } from './reply.ts';
import type { Run } from './run.ts';
import { streamReplies } from './stream-port.ts';

/** Packets of one stream that may wait for their replies; more are not read. */
const maxUnanswered = 64;

/**
 * The handler of an in-port's stream method: one process whose packets are the requests, answered in their order. The end of the
 * requests is the good end of the process. Edges get "no response" and errors as messages, and share the process with other
 * streams of it; for all others an error ends the stream.
 */
export function streamEntry(slot: PortSlot, options: EntryOptions, empty: unknown) {
  return async function* receive(requests: AsyncIterable<unknown>, context: HandlerContext): AsyncGenerator<unknown> {
    const { port } = slot;
    const run = runOf(port, context, options);
    const { trust, participants } = peersOf(port.node.host);
    const call = trust.admit(serverCall());
    const edge = context.metadata.get(edgeKey) === '1';
    if (edge && !keepsState(port.node)) context.header.set(perProcessKey, '0');
    // Whose word counts may have a process do other things for as long as it likes.
    if (call.get(carriedProcessKey) !== undefined) call.get(busyKey)!.count += 1;
    const participant = participants.join(port.node, call);
    const replies =
      edge || port.node.instance.stream === undefined
        ? packetReplies(requests, { port, call, run, participant })
        : streamReplies(requests, { port, call, run, process: participant.process });
    let failure: Error | undefined;
    try {
      for await (const reply of replies) {
        if (!edge) {
          if (reply instanceof Error) throw reply;
          yield reply === none ? empty : anyByteStream() ? await heldReply(reply) : reply;
        } else {
          const held: Reply = anyByteStream() ? await heldOrError(reply) : reply;
          const fault = held instanceof Error ? held : misfit(held, call);
          yield fault === undefined ? held : told(fault, call, port, options);
        }
      }
    } catch (thrown) {
      failure = port.node.failed(thrown);
    } finally {
      // Also when the caller left: then this runs as the generator returns.
      failure ??= call.cancellation.reason;
      failure = (await participant.leave(call, failure)) ?? failure;
      writeTrail(run, context);
    }
    if (failure !== undefined) throw exposed(failure, port, context.peer, options);
  };
}

interface Stream {
  readonly port: InPort;
  readonly call: CallNode;
  readonly run: Run;
  readonly participant: Participant;
}

/** The replies to packets, in the order of these. */
async function* packetReplies(
  requests: AsyncIterable<unknown>,
  { port, call, run, participant: { process } }: Stream,
): AsyncGenerator<Reply> {
  const replies = new Queue<{ reply: Reply | Promise<Reply> }>({ capacity: maxUnanswered, onStop: () => pump.stop() });
  const pump = new RequestPump(requests, (payload) => {
    const own = run.anew();
    const reply = runIn(process.call, () => port.receive(new Packet(payload), process, process.call, own, undefined));
    return replies.push({ reply });
  });
  // Several streams may share a process: each ends with its own call, and with that of the process.
  const calls = new Set([call, process.call]);
  const busy = call.get(busyKey)!;
  const end = (reason: CancelReason): void => replies.end(reason);
  for (const { cancellation } of calls) cancellation.on(end);
  pump.run().then(
    () => replies.end(),
    (thrown) => replies.end(thrown),
  );
  try {
    for await (const { reply } of replies) {
      if (!isPromise(reply)) {
        yield reply;
        continue;
      }
      let settled: Promise<Reply> = reply;
      for (const one of calls) settled = orCancelled(one, settled);
      busy.count += 1;
      const value = await settled;
      busy.count -= 1;
      yield value;
    }
  } finally {
    for (const { cancellation } of calls) cancellation.off(end);
  }
}

/** What keeps a typed reply from being sent: found here, it is the answer to one packet, and not the end of the stream. */
function misfit(reply: Reply, { method: { response } }: CallNode): StatusError | undefined {
  if (reply === none || response.typeName === valueCodec.typeName) return undefined;
  try {
    response.encode(reply);
    return undefined;
  } catch (thrown) {
    return new StatusError(Code.INTERNAL, statusOf(thrown).message, { cause: thrown });
  }
}

/** An error as a message: with what its caller may know of it. */
function told(reply: Error, call: CallNode, port: InPort, options: EntryOptions): StatusError {
  return StatusError.of(outcomeOf(call, exposed(reply, port, call.peer, options)));
}
