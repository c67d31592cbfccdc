import { CancelReason } from '../core/cancel-reason.ts';
import { Cancellation } from '../core/cancellation.ts';
import { Code, type CodeName, codeName } from '../core/code.ts';
import { remaining } from '../core/deadline.ts';
import { key, keyValue } from '../core/key.ts';
import { Metadata, type ReadonlyMetadata } from '../core/metadata.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import type { Activation } from '../nodes/activation.ts';
import { anyByteStream } from '../nodes/byte-stream.ts';
import { type GraphEdge, graphEdgeKey } from '../nodes/graph-edge.ts';
import { holdStreams } from '../nodes/held-streams.ts';
import { edgeKey, idempotencyKey, packetKey, perProcessKey, readHops, traceHopsKey, writeHops } from '../nodes/hop.ts';
import { peersOf } from '../nodes/node-peers.ts';
import { orCancelled } from '../nodes/or-cancelled.ts';
import { dropped } from '../nodes/or-ended.ts';
import type { Packet } from '../nodes/packet.ts';
import { processKey } from '../nodes/process-id.ts';
import type { RemoteMethod } from '../nodes/remote-method.ts';
import { none, type Reply } from '../nodes/reply.ts';
import type { Attempt } from './policy-edge.ts';
import type { ProcessStreamInit } from './process-stream.ts';
import { ProcessStreams } from './process-streams.ts';

export interface RemoteCall {
  readonly remote: RemoteMethod;
  /** Full name of the service. */
  readonly name: string;
  /** In-port, or method. */
  readonly port: string;
  readonly edge: GraphEdge;
  readonly forward: readonly string[];
  /** Whether a packet may be sent several times. */
  readonly repeats: () => boolean;
  /** Whether peers can tell by TLS who calls. */
  readonly secure: boolean;
}

/** How an edge leads to a node of another process, or to a method of any service: by a unary call, or by the process's stream. */
export function remoteCall(init: RemoteCall): Attempt {
  const { remote } = init;
  const streamsKey = key<ProcessStreams>('streams of an edge');
  return function attempt(packet, from, deadline, number) {
    if (remote.found && !remote.perProcess) return unary(init, packet, from, deadline, number);
    return streamed(packet, from, deadline, number);
  };

  async function streamed(packet: Packet, from: Activation, deadline: number, number: number): Promise<Reply> {
    if (!remote.found) {
      await foundInTime(remote, from, deadline);
      if (from.owner.status === 'ended') throw dropped();
    }
    if (!remote.perProcess) return unary(init, packet, from, deadline, number);
    const { owner, run } = from;
    const streams = owner.state(streamsKey, () => new ProcessStreams(owner));
    const message = remote.request(anyByteStream() ? await holdStreams(packet.payload) : packet.payload);
    const stream = streams.at(run.hops, () => streamOf(init, from));
    const own =
      deadline < from.call.deadline ? new Cancellation({ deadline, parent: from.call.cancellation }) : undefined;
    const reply = await stream.send(packet, message, own ?? from.call.cancellation);
    own?.close();
    if (!(reply instanceof Error)) return reply;
    if (!stream.missing || !remote.assumed) throw reply;
    remote.learn(false);
    return unary(init, packet, from, deadline, number);
  }
}

async function unary(
  init: RemoteCall,
  packet: Packet,
  from: Activation,
  deadline: number,
  number: number,
): Promise<Reply> {
  const { remote } = init;
  const metadata = metadataOf(init, from);
  if (init.repeats()) {
    metadata.set(packetKey, packet.id);
    // What other services know such ids by.
    if (!remote.isNode && !metadata.has(idempotencyKey)) metadata.set(idempotencyKey, packet.id);
  }
  if (number > 1) metadata.set('grpc-previous-rpc-attempts', String(number - 1));
  const note = noting(init, from);
  try {
    const { reply, trailer } = await remote.call(packet.payload, {
      deadline: new Date(deadline),
      parent: from.call,
      metadata,
      values: valuesOf(init, from),
    });
    note('OK', trailer);
    return reply;
  } catch (thrown) {
    note(codeName(statusOf(thrown).code), (thrown as { trailer?: ReadonlyMetadata }).trailer);
    throw thrown;
  }
}

/** The look itself goes on for packets that come later, however long it takes. */
async function foundInTime(remote: RemoteMethod, { call }: Activation, deadline: number): Promise<void> {
  const bounds = new Cancellation({ deadline, parent: call.cancellation });
  const found = remote.resolve().then(() => none);
  const looked = await orCancelled({ cancellation: bounds }, found).finally(() => bounds.close());
  if (!(looked instanceof CancelReason)) return;
  if (looked.kind !== 'deadline') throw looked;
  throw new StatusError(Code.DEADLINE_EXCEEDED, `What ${remote.label} takes was not known in time`, { unseen: true });
}

/** Bounded by the process, not by the packet that came first. */
function streamOf(init: RemoteCall, from: Activation): ProcessStreamInit {
  const { remote, name, port } = init;
  const { owner, run } = from;
  const note = noting(init, from);
  if (isIntroduced(init, from)) peersOf(from.runtime.host).participants.host(owner);
  return {
    window: run.limits.window,
    service: name,
    label: `${name}/${port}`,
    open: (requests) =>
      remote.open(requests, { parent: owner.call, metadata: metadataOf(init, from), values: valuesOf(init, from) }),
    reply: (message) => remote.reply(message),
    onHeader: (header) => {
      if (header.get(perProcessKey) === '0') remote.learn(false);
    },
    onEnd: ({ code, trailer }) => note(codeName(code), trailer),
  };
}

function metadataOf(init: RemoteCall, from: Activation): Metadata {
  const { run, call, owner, runtime } = from;
  const metadata = new Metadata().set(edgeKey, '1');
  writeHops(metadata, run, runtime.info.service);
  if (run.trail !== undefined) metadata.set(traceHopsKey, '1');
  if (isIntroduced(init, from)) peersOf(runtime.host).trust.introduce(metadata, owner.call, init.name);
  for (const key of init.forward) {
    // Those are the edge's own to say.
    if (key.startsWith('flowrpc-')) continue;
    for (const value of call.metadata.getAll(key)) metadata.append(key, value as never);
  }
  return metadata;
}

/** Ids of processes are for nodes, and for those who have a way to believe them. */
function isIntroduced({ remote, secure }: RemoteCall, { runtime }: Activation): boolean {
  return remote.isNode && (secure || peersOf(runtime.host).trust.signs);
}

function valuesOf({ edge }: RemoteCall, { owner }: Activation): ReturnType<typeof keyValue>[] {
  return [keyValue(graphEdgeKey, edge), keyValue(processKey, owner.identity)];
}

/** Takes down where the packet went, once it is known, and what the node there says of itself. */
function noting({ remote, name, port }: RemoteCall, { run, call }: Activation) {
  const { trail } = run;
  const began = trail === undefined ? 0 : performance.now();
  const left = trail === undefined ? 0 : remaining(call.deadline);
  return (code: CodeName, trailer?: ReadonlyMetadata): void => {
    if (trailer?.get(perProcessKey) === '1') remote.learn(true);
    if (trail === undefined) return;
    const hops = trailer === undefined ? [] : readHops(trailer);
    // A node says where its own calls went; where it is itself is known here.
    for (const hop of hops) trail.add(hop.address === 'in-process' ? { ...hop, address: remote.address } : hop);
    if (hops.length > 0) return;
    trail.add({
      node: name,
      port,
      address: remote.address,
      remainingMs: left === Number.POSITIVE_INFINITY ? null : left,
      code,
      durationMs: performance.now() - began,
    });
  };
}
