import type { CallNode } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { runIn } from '../core/current.ts';
import { Activation } from './activation.ts';
import type { InPort } from './in-port.ts';
import { mergeReplies } from './merge-replies.ts';
import { orCancelled } from './or-cancelled.ts';
import { Packet } from './packet.ts';
import type { Process } from './process.ts';
import { none, type Reply } from './reply.ts';
import type { Run } from './run.ts';

interface Streaming {
  readonly port: InPort;
  readonly call: CallNode;
  readonly run: Run;
  readonly process: Process;
}

/** What a node that streams gives for a stream of requests: as many replies as it likes, when it likes. */
export async function* streamReplies(
  requests: AsyncIterable<unknown>,
  { port, call, run, process }: Streaming,
): AsyncGenerator<Reply> {
  const { node, name } = port;
  const packet = new Packet<unknown>(undefined);
  const activation = new Activation({ node, port: name, packet, process, call, run, from: undefined });
  const open = (): AsyncIterator<unknown> =>
    node.instance.stream!(packetsOf(requests), activation)[Symbol.asyncIterator]();
  const iterator = runIn(process.call, open);
  try {
    for (;;) {
      const next = await orCancelled(
        call,
        runIn(process.call, () => iterator.next()),
      );
      if (next instanceof CancelReason) throw next;
      const { done, value } = next as IteratorResult<unknown>;
      if (done) return;
      yield payloadOf(value);
    }
  } finally {
    // Not awaited: it may stay pending behind what the node waits for.
    iterator.return?.()?.catch(() => {});
  }
}

/** The replies of a node that streams, to one packet alone, as one. */
export async function streamOnce(packet: Packet, activation: Activation): Promise<Reply> {
  const replies: Reply[] = [];
  const { instance } = activation.runtime;
  for await (const value of instance.stream!(only(packet), activation)) replies.push(payloadOf(value));
  return mergeReplies(replies);
}

async function* packetsOf(requests: AsyncIterable<unknown>): AsyncGenerator<Packet> {
  for await (const payload of requests) yield new Packet(payload);
}

async function* only(packet: Packet): AsyncGenerator<Packet> {
  yield packet;
}

function payloadOf(value: unknown): Reply {
  const reply = value instanceof Packet ? value.payload : value;
  return reply === undefined ? none : reply;
}
