import { outgoing } from '../client/call-options.ts';
import { SingleResponse } from '../client/unary-call.ts';
import { type CallNode, createCall, nodeOf } from '../core/call.ts';
import { Cancellation } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import type { Call, Interceptor, Invoke } from '../core/context.ts';
import { fold } from '../core/interceptor.ts';
import { key } from '../core/key.ts';
import type { Method } from '../core/method.ts';
import { isPromise } from '../core/requests.ts';
import { checkSingleResponse } from '../core/response-count.ts';
import type { Status } from '../core/status.ts';
import { StatusError } from '../core/status-error.ts';
import type { Activation } from '../nodes/activation.ts';
import { type GraphEdge, graphEdgeKey } from '../nodes/graph-edge.ts';
import { edgeKey } from '../nodes/hop.ts';
import type { InPort } from '../nodes/in-port.ts';
import { orOutlived } from '../nodes/late-reply.ts';
import { NodeChain } from '../nodes/node-chain.ts';
import { Packet } from '../nodes/packet.ts';
import { processKey } from '../nodes/process-id.ts';
import type { Reply } from '../nodes/reply.ts';
import type { Attempt } from './policy-edge.ts';

export interface LocalCall {
  readonly port: InPort;
  readonly method: Method;
  readonly edge: GraphEdge;
  /** The edge's end of the call. Those of the node's end come from its graph. */
  readonly interceptors: readonly Interceptor[];
  readonly forward: readonly string[];
}

/** What a local call carries beside its message: whose packet it is. */
const carriedKey = key<{ packet: Packet; from: Activation }>('carried packet');
const peer = { address: 'in-process', security: 'local' } as const;

/**
 * A call to a node of this process, through interceptors, with a deadline and metadata of its own: what an edge to another process does,
 * without bytes, and within the same run.
 */
export function localCall({ port, method, edge, interceptors, forward }: LocalCall): Attempt {
  const invoke = fold(interceptors, method, nodeEnd(port, method));
  const defaults = { timeoutMs: Number.POSITIVE_INFINITY, forward, trace: true };
  return async function attempt(packet, from, deadline, number) {
    const { cancellation, metadata, parent } = outgoing(
      'unary',
      { deadline, parent: from.call, metadata: { [edgeKey]: '1' } },
      defaults,
    );
    if (number > 1) metadata.set('grpc-previous-rpc-attempts', String(number - 1));
    const response = new SingleResponse();
    const root = createCall({
      method,
      side: 'client',
      peer,
      metadata,
      cancellation,
      parent,
      request: packet.payload,
      sink: response,
    });
    let call = root.with(carriedKey, { packet, from });
    if (interceptors.length > 0) call = call.with(processKey, from.owner.identity).with(graphEdgeKey, edge);
    const status = checkSingleResponse(root, await invoke(call));
    root.end(status);
    if (status.code !== Code.OK) throw StatusError.of(status);
    return response.value;
  };
}

/** The node's end of the call: a server call of its own, which is what the node's clients and timers belong to. */
function nodeEnd(port: InPort, method: Method): Invoke {
  const chain = new NodeChain(method, port.node.host.interceptors);
  return async function serve(call: Call): Promise<Status> {
    const { packet, from } = call.get(carriedKey)!;
    const outer = nodeOf(call);
    const sent = outer.source.first();
    const request = isPromise(sent) ? await sent : sent;
    const receive = (inner: CallNode, payload: unknown): Reply | Promise<Reply> => {
      const received = payload === packet.payload ? packet : new Packet(payload, packet);
      const reply = port.receive(received, from.owner, inner, from.run, from);
      return isPromise(reply) ? orOutlived(inner, reply) : reply;
    };
    const { status, value } = await chain.run(
      {
        peer,
        metadata: call.metadata.clone(),
        cancellation: new Cancellation({ parent: outer.cancellation }),
        request,
      },
      receive,
      from.owner.identity,
    );
    if (status.code === Code.OK) await call.respond(value);
    return status;
  };
}
