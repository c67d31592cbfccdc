import { outgoing } from '../client/call-options.ts';
import { type CallNode, createCall } from '../core/call.ts';
import { CancelReason } from '../core/cancellation.ts';
import { current, runIn } from '../core/current.ts';
import type { Method } from '../core/method.ts';
import { isPromise } from '../core/requests.ts';
import { ok, StatusError, statusOf } from '../core/status.ts';
import { enter } from '../nodes/enter.ts';
import { HopTrail } from '../nodes/hop.ts';
import type { InPort } from '../nodes/node.ts';
import { NodeChain, replyOf } from '../nodes/node-chain.ts';
import type { Reply } from '../nodes/reply.ts';
import { Run } from '../nodes/run.ts';
import { injectActive } from '../observability/trace-context.ts';
import type { GraphCallOptions } from './graph.ts';

const callDefaults = { timeoutMs: 30_000, forward: [], trace: true };
/** Without a parent a trace begins where the first call leaves this process. */
const untraced = { ...callDefaults, trace: false };
const peer = { address: 'in-process', security: 'local' } as const;
const nowhere = { header() {}, message() {} };

/** An in-port as `graph.call` enters it: as a call from outside would, without a server. */
export class GraphEntry {
  readonly #port: InPort;
  readonly #method: Method;
  readonly #chain: NodeChain | undefined;

  constructor(port: InPort, method: Method) {
    this.#port = port;
    this.#method = method;
    const { interceptors } = port.node.host;
    this.#chain = interceptors.length === 0 ? undefined : new NodeChain(method, interceptors);
  }

  /** Runs one process with one packet. The failure of a process that ends within this turn is thrown, not a rejection. */
  run(
    payload: unknown,
    options: Omit<GraphCallOptions, 'port' | 'onHop'>,
    onHop: GraphCallOptions['onHop'],
  ): Reply | Promise<Reply> {
    const port = this.#port;
    const parent = options.parent === undefined ? current() : options.parent;
    const { cancellation, metadata } = outgoing('unary', options, parent ? callDefaults : untraced);
    const run = new Run(port.node.host.limits, { trail: onHop === undefined ? undefined : new HopTrail(onHop) });
    if (this.#chain !== undefined) {
      if (!parent && !metadata.has('traceparent')) injectActive(metadata);
      return this.#chain
        .run({ peer, metadata, cancellation, request: payload }, (call, received) => enter(port, received, call, run))
        .then((ended) => thrown(replyOf(ended)));
    }
    const call = createCall({
      method: this.#method,
      side: 'server',
      peer,
      metadata,
      cancellation,
      request: payload,
      sink: nowhere,
    });
    const reply = runIn(call, () => enter(port, payload, call, run));
    return isPromise(reply) ? reply.then((settled) => outcome(call, settled)) : outcome(call, reply);
  }
}

/** Ends the call with its reply. Throws an error reply. */
function outcome(call: CallNode, reply: Reply): Reply {
  call.end(reply instanceof Error ? statusOf(reply) : ok());
  return thrown(reply);
}

function thrown(reply: Reply): Reply {
  if (reply instanceof CancelReason) throw new StatusError(reply.code, reply.statusMessage, { cause: reply });
  if (reply instanceof Error) throw reply;
  return reply;
}
