import { type CallNode, nodeOf } from '../core/call.ts';
import { Code } from '../core/code.ts';
import type { Call, HandlerContext, Peer } from '../core/context.ts';
import { current } from '../core/current.ts';
import { Queue } from '../core/queue.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status.ts';
import { RequestPump } from '../transport/request-pump.ts';
import { enter } from './enter.ts';
import { edgeKey, type Hop, HopTrail, readHopCount, replyKey, traceHopsKey } from './hop.ts';
import type { InPort } from './node.ts';
import type { PortSlot } from './node-slot.ts';
import { orCancelled } from './or-cancelled.ts';
import { Packet } from './packet.ts';
import { Process } from './process.ts';
import { asError, nodeError, none, type Reply } from './reply.ts';
import { Run } from './run.ts';

/** Whether strangers read the messages of errors that nobody meant for them. */
export type ExposeErrors = 'message' | 'masked';

export interface EntryOptions {
  /** Default: `message` for loopback peers and those with an identity, `masked` for all others. */
  exposeErrors?: ExposeErrors | undefined;
  onHop?: ((hop: Hop) => void) | undefined;
}

/** Packets of one stream that may wait for their replies; more are not read. */
const maxUnanswered = 64;

/** The handler of an in-port's unary method: one process with one packet. `empty` stands for "no response". */
export function unaryEntry(slot: PortSlot, options: EntryOptions, empty: unknown) {
  return function receive(payload: unknown, context: HandlerContext): unknown {
    const { port } = slot;
    const call = serverCall();
    const run = runOf(port, context, options);
    const finish = (reply: Reply): unknown => {
      writeTrail(run, context);
      if (reply instanceof Error) throw exposed(reply, port, context.peer, options);
      if (reply !== none) return reply;
      context.trailer.set(replyKey, 'none');
      return empty;
    };
    const reply = enter(port, payload, call, run);
    return isPromise(reply) ? reply.then(finish) : finish(reply);
  };
}

/** The handler of an in-port's stream method: one process whose packets are the requests, answered in their order. */
export function streamEntry(slot: PortSlot, options: EntryOptions, empty: unknown) {
  return async function* receive(requests: AsyncIterable<unknown>, context: HandlerContext): AsyncGenerator<unknown> {
    const { port } = slot;
    const call = serverCall();
    const edge = context.metadata.get(edgeKey) === '1';
    const process = new Process(port.node, call);
    const replies = new Queue<{ reply: Reply | Promise<Reply> }>({
      capacity: maxUnanswered,
      onStop: () => pump.stop(),
    });
    const first = runOf(port, context, options);
    const pump = new RequestPump(requests, (payload) => {
      const run = new Run(first.limits, { hops: first.hops, trail: first.trail });
      return replies.push({ reply: port.receive(new Packet(payload), process, call, run, undefined) });
    });
    pump.run().then(
      () => replies.end(),
      (thrown) => replies.end(thrown),
    );
    let failure: Error | undefined;
    try {
      for await (const { reply: pending } of replies) {
        const reply = isPromise(pending) ? await orCancelled(call, pending) : pending;
        if (reply instanceof Error && !edge) throw reply;
        yield reply === none && !edge ? empty : reply;
      }
    } catch (thrown) {
      failure = nodeError(thrown, port.node.info.service);
    } finally {
      // Also when the caller left: then this runs as the generator returns.
      failure ??= call.cancellation.reason;
      failure = (await process.exit(failure)) ?? failure;
      writeTrail(first, context);
    }
    if (failure !== undefined) throw exposed(failure, port, context.peer, options);
  };
}

/** Whether a peer is this machine, or proved who it is. */
export function isKnownPeer({ address, identity }: Peer): boolean {
  return identity !== undefined || /^(?:in-process$|unix:|127\.|\[?::1\]?(?::\d+)?$|\[?::ffff:127\.)/.test(address);
}

function serverCall(): CallNode {
  return nodeOf(current() as Call);
}

function runOf({ node }: InPort, { metadata, peer }: HandlerContext, { onHop }: EntryOptions): Run {
  const { limits } = node.host;
  const hops = readHopCount(metadata);
  if (hops > limits.hops) {
    throw new StatusError(
      Code.FAILED_PRECONDITION,
      `Node "${node.info.service}" is more than ${limits.hops} edges between processes away from where the run began`,
    );
  }
  const asked = metadata.get(traceHopsKey) === '1' && isKnownPeer(peer);
  return new Run(limits, { hops, trail: asked || onHop !== undefined ? new HopTrail(onHop) : undefined });
}

function writeTrail({ trail }: Run, { metadata, peer, trailer }: HandlerContext): void {
  if (trail !== undefined && metadata.get(traceHopsKey) === '1' && isKnownPeer(peer)) trail.write(trailer);
}

/** An error as its caller may see it. A thrown value that is no status, and the text of a failed call, go to the log under an id. */
function exposed(
  error: Error,
  { node }: InPort,
  peer: Peer,
  { exposeErrors = isKnownPeer(peer) ? 'message' : 'masked' }: EntryOptions,
): Error {
  const status = nodeError(error, node.info.service);
  const { cause, code, statusMessage, details } = status;
  const meant =
    cause === undefined ? status.path === undefined : cause instanceof StatusError && cause.path === undefined;
  // Thrown as it is, the server masks it.
  if (exposeErrors === 'masked' && !meant) return asError(cause ?? status);
  return new StatusError(code, statusMessage, { details, cause: error });
}
