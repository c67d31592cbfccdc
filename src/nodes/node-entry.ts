import type { CallNode } from '../core/call.ts';
import type { HandlerContext } from '../core/context.ts';
import { runIn } from '../core/current.ts';
import { isPromise } from '../core/requests.ts';
import { anyByteStream } from './byte-stream.ts';
import { enter } from './enter.ts';
import { type EntryOptions, exposed, runOf, serverCall, writeTrail } from './entry-call.ts';
import { heldReply } from './held-reply.ts';
import { edgeKey, packetKey, perProcessKey, replyKey } from './hop.ts';
import type { InPort } from './in-port.ts';
import { type NodePeers, peersOf } from './node-peers.ts';
import type { PortSlot } from './node-slot.ts';
import { keepsState } from './per-process.ts';
import { none, type Reply } from './reply.ts';
import type { Run } from './run.ts';

export { type EntryOptions, type ExposeErrors, isKnownPeer } from './entry-call.ts';

/** The handler of an in-port's unary method: one process with one packet. `empty` stands for "no response". */
export function unaryEntry(slot: PortSlot, options: EntryOptions, empty: unknown) {
  return function receive(payload: unknown, context: HandlerContext): unknown {
    const { port } = slot;
    const run = runOf(port, context, options);
    const finish = (reply: Reply): unknown => {
      writeTrail(run, context);
      if (reply instanceof Error) throw exposed(reply, port, context.peer, options);
      if (reply !== none) return anyByteStream() ? heldReply(reply) : reply;
      context.trailer.set(replyKey, 'none');
      return empty;
    };
    if (context.metadata.get(edgeKey) === '1' && keepsState(port.node)) context.trailer.set(perProcessKey, '1');
    const reply = admitted(port, payload, context, run);
    return isPromise(reply) ? reply.then(finish) : finish(reply);
  };
}

/** Enters as the process that a trusted caller says, and not a second time with a packet that was executed already. */
function admitted(port: InPort, payload: unknown, { metadata }: HandlerContext, run: Run): Reply | Promise<Reply> {
  const outer = serverCall();
  const peers = peersOf(port.node.host);
  const call = peers.trust.admit(outer);
  const id = metadata.get(packetKey);
  if (id === undefined && call === outer) return enter(port, payload, call, run, 'awaited');
  return runIn(call, () =>
    id === undefined
      ? enter(port, payload, call, run, 'awaited')
      : once(peers, id, call, () => enter(port, payload, call, run)),
  );
}

const longestId = 64;

function once({ dedupe }: NodePeers, id: string, call: CallNode, work: () => Reply | Promise<Reply>): Reply {
  if (id === '' || id.length > longestId) return work();
  const { peer, method } = call;
  return dedupe.run(`${peer.identity?.subject ?? ''} ${method.path} ${id}`, call, work);
}
