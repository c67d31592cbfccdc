import type { CallNode } from '../core/call.ts';
import { isPromise } from '../core/requests.ts';
import { anyByteStream } from './byte-stream.ts';
import { handOnStreams } from './held-streams.ts';
import type { InPort } from './in-port.ts';
import { type LateReply, lateReply, orOutlived } from './late-reply.ts';
import type { Node } from './node.ts';
import { orCancelled } from './or-cancelled.ts';
import { Packet } from './packet.ts';
import { Process } from './process.ts';
import type { Reply } from './reply.ts';
import type { Run } from './run.ts';

/**
 * Runs one process with one packet and ends it: reply, exit hooks, and only then the result. A hook that fails is the result.
 * Must run in the async context of the call. Never rejects. A call that is cancelled ends its process at once, whatever `late` says.
 */
export function enter(
  port: InPort,
  payload: unknown,
  call: CallNode,
  run: Run,
  late: LateReply = 'dropped',
): Reply | Promise<Reply> {
  const process = new Process(port.node, call);
  const reply = port.receive(new Packet(payload), process, call, run, undefined);
  if (!isPromise(reply)) return leave(process, reply, port.node);
  const first = late === 'told' ? orOutlived(call, reply, process) : orCancelled(call, reply);
  return first.then((settled) => {
    const left = leave(process, settled, port.node);
    return late === 'awaited' && settled === call.cancellation.reason ? lateReply(reply, left, process) : left;
  });
}

/** Ends a process whose last reply is known; `failed` is why it ends badly although the reply is no Error. */
export function leave(process: Process, reply: Reply, node: Node, failed?: Error): Reply | Promise<Reply> {
  if (anyByteStream()) handOnStreams(reply);
  const exit = process.exit(reply instanceof Error ? reply : failed);
  if (exit === undefined) return reply;
  const result = (failure: Error | undefined): Reply => (failure === undefined ? reply : node.failed(failure));
  return isPromise(exit) ? (exit as Promise<Error | undefined>).then(result) : result(exit as Error | undefined);
}
