import { outgoing } from '../client/call-options.ts';
import { SingleResponse } from '../client/unary-call.ts';
import { createCall, nodeOf } from '../core/call.ts';
import { Cancellation } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import type { Call, Interceptor, Invoke } from '../core/context.ts';
import { runIn } from '../core/current.ts';
import { fold } from '../core/interceptor.ts';
import { key } from '../core/key.ts';
import type { Method } from '../core/method.ts';
import { isPromise } from '../core/requests.ts';
import { checkSingleResponse } from '../core/response-count.ts';
import { ok, type Status, StatusError, statusFrom, statusOf } from '../core/status.ts';
import type { Activation } from '../nodes/activation.ts';
import { edgeKey } from '../nodes/hop.ts';
import type { InPort } from '../nodes/node.ts';
import { orCancelled } from '../nodes/or-cancelled.ts';
import { Packet } from '../nodes/packet.ts';
import type { Reply } from '../nodes/reply.ts';
import type { Attempt } from './policy-edge.ts';

/** What a local call carries beside its message: whose packet it is. */
const carriedKey = key<{ packet: Packet; from: Activation }>('carried packet');
const peer = { address: 'in-process', security: 'local' } as const;
const nowhere = { header() {}, message() {} };

/**
 * A call to a node of this process, through interceptors, with a deadline and metadata of its own: what an edge to another process does,
 * without bytes, and within the same run.
 */
export function localCall(
  port: InPort,
  method: Method,
  interceptors: readonly Interceptor[],
  forward: readonly string[],
): Attempt {
  const invoke = fold(interceptors, method, serve(port));
  const defaults = { timeoutMs: Number.POSITIVE_INFINITY, forward, trace: true };
  return async function attempt(packet, from, deadline, number) {
    const { cancellation, metadata } = outgoing(
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
      request: packet.payload,
      sink: response,
    });
    const status = checkSingleResponse(root, await invoke(root.with(carriedKey, { packet, from })));
    root.end(status);
    if (status.code !== Code.OK) throw StatusError.of(status);
    return response.value;
  };
}

/** The node's end of the call: a server call of its own, which is what the node's clients and timers belong to. */
function serve(port: InPort): Invoke {
  return async function serve(call: Call): Promise<Status> {
    const { packet, from } = call.get(carriedKey)!;
    const cancellation = new Cancellation({ parent: nodeOf(call).cancellation });
    const inner = createCall({
      method: call.method,
      side: 'server',
      peer,
      metadata: call.metadata.clone(),
      cancellation,
      request: call.request,
      sink: nowhere,
    });
    const received = call.request === packet.payload ? packet : new Packet(call.request, packet);
    const reply = runIn(inner, () => port.receive(received, from.owner, inner, from.run, from));
    const status = await answer(call, isPromise(reply) ? await orCancelled(inner, reply) : reply);
    inner.end(status);
    return status;
  };
}

async function answer(call: Call, reply: Reply): Promise<Status> {
  if (reply instanceof Error) {
    const { code, message, details, cause } = statusOf(reply);
    return statusFrom(code, message, { details, origin: reply instanceof StatusError ? reply.origin : 'peer', cause });
  }
  await call.respond(reply);
  return ok();
}
