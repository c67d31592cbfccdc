import { type CallInit, type CallNode, createCall } from '../core/call.ts';
import { Cancellation } from '../core/cancellation.ts';
import { runIn } from '../core/current.ts';
import { Metadata } from '../core/metadata.ts';
import { type Method, rawMethod } from '../core/method.ts';
import { isPromise } from '../core/requests.ts';
import { ok } from '../core/status.ts';
import { statusOf } from '../core/status-error.ts';
import { injectActive } from '../observability/trace-context.ts';
import { Activation } from './activation.ts';
import { leave } from './enter.ts';
import { methodName } from './names.ts';
import { NodeChain, replyOf } from './node-chain.ts';
import type { EmitOptions } from './node-context.ts';
import { methodNode } from './node-service.ts';
import type { NodeSlot } from './node-slot.ts';
import { nowhere } from './nowhere.ts';
import { Packet } from './packet.ts';
import { Process } from './process.ts';
import type { Reply } from './reply.ts';
import { Run } from './run.ts';

const defaultTimeoutMs = 30_000;
const ownPeer = { address: 'in-process', security: 'local' } as const;
const noMetadata = (): Metadata => new Metadata();

type OwnCall = Omit<CallInit, 'method' | 'side' | 'sink'>;

/** Sends the first packet of a process. Never rejects. */
export type FirstSend = (activation: Activation, payload: unknown) => Reply | Promise<Reply>;

/** The processes that a node starts by itself: each is a call that nobody made, through the interceptors of the graph's nodes. */
export class OwnProcesses {
  readonly #slot: NodeSlot;
  readonly #method: Method;
  readonly #chain: NodeChain | undefined;
  readonly #send: FirstSend;

  /** `port` is the out-port that its packets leave by first. */
  constructor(slot: NodeSlot, port: string, send: FirstSend) {
    this.#slot = slot;
    this.#send = send;
    const { info, host } = slot.node;
    const method = rawMethod(`/${info.service}/${methodName(port)}`, { kind: 'unary', known: true });
    this.#method = { ...method, node: methodNode(info) };
    this.#chain = host.interceptors.length === 0 ? undefined : new NodeChain(this.#method, host.interceptors);
  }

  /**
   * Runs one process. Must be called outside of any call that is not to be its parent. Errors are replies; one that is there at once is given
   * at once.
   */
  run(payload: unknown, options: EmitOptions = {}, signal = options.signal): Reply | Promise<Reply> {
    const { timeoutMs = defaultTimeoutMs, peer = ownPeer, metadata } = options;
    const cancellation = new Cancellation({ deadline: Date.now() + timeoutMs, signal });
    options.cancellable?.((reason) => cancellation.cancel(reason));
    const init = { peer, metadata: metadata ?? noMetadata, cancellation, request: payload };
    return this.#chain === undefined ? this.#plain(init, options) : this.#intercepted(this.#chain, init, options);
  }

  #plain(init: OwnCall, options: EmitOptions): Reply | Promise<Reply> {
    const call = createCall({ ...init, method: this.#method, side: 'server', sink: nowhere });
    const result = runIn(call, () => this.#process(call, init.request, options));
    return isPromise(result) ? result.then((settled) => ended(call, settled)) : ended(call, result);
  }

  async #intercepted(chain: NodeChain, init: OwnCall, options: EmitOptions): Promise<Reply> {
    const metadata = new Metadata(options.metadata);
    // What the source itself was doing, such as handling a message of a broker, may be traced.
    if (options.metadata === undefined) injectActive(metadata);
    return replyOf(await chain.run({ ...init, metadata }, (call, payload) => this.#process(call, payload, options)));
  }

  #process(call: CallNode, payload: unknown, options: EmitOptions): Reply | Promise<Reply> {
    const { node } = this.#slot;
    const process = new Process(node, call);
    const activation = new Activation({
      node,
      port: '',
      packet: new Packet(payload),
      process,
      call,
      run: new Run(node.host.limits),
      from: undefined,
    });
    options.prepare?.(activation.process);
    const end = (reply: Reply): Reply | Promise<Reply> => leave(process, reply, node, options.failureOf?.(reply));
    const reply = this.#send(activation, payload);
    return isPromise(reply) ? reply.then(end) : end(reply);
  }
}

function ended(call: CallNode, result: Reply): Reply {
  call.end(result instanceof Error ? statusOf(result) : ok());
  return result;
}
