import { outgoing } from '../client/call-options.ts';
import { type CallNode, createCall } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Cancellation } from '../core/cancellation.ts';
import { current, runIn } from '../core/current.ts';
import { Metadata } from '../core/metadata.ts';
import type { Method } from '../core/method.ts';
import { isPromise } from '../core/requests.ts';
import { ok } from '../core/status.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { type Conversion, conversion, typesOf } from '../nodes/conversion.ts';
import { enter } from '../nodes/enter.ts';
import { HopTrail } from '../nodes/hop.ts';
import { NodeChain, replyOf } from '../nodes/node-chain.ts';
import type { PortSlot } from '../nodes/node-slot.ts';
import type { Reply } from '../nodes/reply.ts';
import { Run } from '../nodes/run.ts';
import { injectActive } from '../observability/trace-context.ts';
import type { GraphCallOptions } from './graph.ts';

const timeoutMs = 30_000;
const callDefaults = { timeoutMs, forward: [], trace: true };
/** Without a parent a trace begins where the first call leaves this process. */
const untraced = { ...callDefaults, trace: false };
const peer = { address: 'in-process', security: 'local' } as const;
const nowhere = { header() {}, message() {} };

type EntryOptions = Omit<GraphCallOptions, 'port' | 'onHop'>;

/** An in-port as `graph.call` enters it: as a call from outside would, without a server. */
export class GraphEntry {
  readonly #slot: PortSlot;
  readonly #method: Method;
  readonly #chain: NodeChain | undefined;
  /** Messages go in and come out as they would over a connection. */
  readonly #conversion: Conversion | undefined;

  constructor(slot: PortSlot, method: Method) {
    this.#slot = slot;
    this.#method = method;
    this.#conversion = conversion(typesOf(method), typesOf(method));
    const { interceptors } = slot.port.node.host;
    this.#chain = interceptors.length === 0 ? undefined : new NodeChain(method, interceptors);
  }

  /** Runs one process with one packet. The failure of a process that ends within this turn is thrown, not a rejection. */
  run(payload: unknown, options: EntryOptions | undefined, onHop: GraphCallOptions['onHop']): Reply | Promise<Reply> {
    if (this.#conversion === undefined) return this.#run(payload, options, onHop);
    const { request = unchanged, reply: back = unchanged } = this.#conversion;
    const reply = this.#run(request(payload), options, onHop);
    return isPromise(reply) ? reply.then(back) : back(reply);
  }

  #run(payload: unknown, options: EntryOptions | undefined, onHop: GraphCallOptions['onHop']): Reply | Promise<Reply> {
    const slot = this.#slot;
    const parent = options?.parent === undefined ? current() : options.parent;
    const run = new Run(slot.port.node.host.limits, onHop === undefined ? undefined : { trail: new HopTrail(onHop) });
    const at = Date.now();
    const { cancellation, metadata } =
      options === undefined && parent === undefined
        ? unbound(at)
        : outgoing('unary', options ?? {}, parent ? callDefaults : untraced);
    if (this.#chain !== undefined) {
      if (!parent && !metadata.has('traceparent')) injectActive(metadata);
      return this.#chain
        .run({ peer, metadata, cancellation, request: payload }, (call, received) =>
          enter(slot.port, received, call, run, 'told'),
        )
        .then((ended) => thrown(replyOf(ended)));
    }
    const call = createCall({
      method: this.#method,
      side: 'server',
      peer,
      metadata,
      cancellation,
      at,
      request: payload,
      sink: nowhere,
    });
    const reply = runIn(call, () => enter(slot.port, payload, call, run));
    return isPromise(reply) ? reply.then((settled) => outcome(call, settled)) : outcome(call, reply);
  }
}

/** What `outgoing` gives a call that says nothing and is part of nothing. */
function unbound(at: number): { cancellation: Cancellation; metadata: Metadata } {
  return { cancellation: new Cancellation({ deadline: at + timeoutMs }), metadata: new Metadata() };
}

/** Ends the call with its reply. Throws an error reply. */
function outcome(call: CallNode, reply: Reply): Reply {
  call.end(reply instanceof Error ? statusOf(reply) : ok());
  return thrown(reply);
}

function thrown(reply: Reply): Reply {
  if (reply instanceof CancelReason)
    throw new StatusError(reply.code, reply.statusMessage, { details: reply.details, cause: reply });
  if (reply instanceof Error) throw reply;
  return reply;
}

function unchanged(payload: unknown): unknown {
  return payload;
}
