import { type CallInit, type CallNode, createCall } from '../core/call.ts';
import { Cancellation, CancelReason } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import { detached, runIn } from '../core/current.ts';
import { Metadata } from '../core/metadata.ts';
import { type Method, rawMethod } from '../core/method.ts';
import { isPromise } from '../core/requests.ts';
import { ok, StatusError, statusOf } from '../core/status.ts';
import { injectActive } from '../observability/trace-context.ts';
import { Activation } from './activation.ts';
import { leave } from './enter.ts';
import type { Node } from './node.ts';
import { NodeChain, replyOf } from './node-chain.ts';
import type { EmitOptions } from './node-context.ts';
import { methodNode } from './node-service.ts';
import { orCancelled } from './or-cancelled.ts';
import { sendError, sendOut } from './outlet.ts';
import { Packet } from './packet.ts';
import { Process } from './process.ts';
import type { Reply } from './reply.ts';
import { Run } from './run.ts';

const maxEmitted = 1_000;
const defaultTimeoutMs = 30_000;

/** Lets a node that is a source begin, outside of any call. Gives back what stops it and waits until it has ended. */
export function startSource(node: Node): (() => Promise<void>) | undefined {
  const { instance, info, host, log } = node;
  const source = new SourceOutlet(node);
  if (instance.start === undefined) return undefined;
  const stopping = new AbortController();
  let emitted = 0;
  const emit = async (payload: unknown, options: EmitOptions = {}): Promise<Reply> => {
    if (stopping.signal.aborted) throw new StatusError(Code.UNAVAILABLE, `Node "${info.service}" is closed`);
    if (emitted >= maxEmitted)
      throw new StatusError(Code.RESOURCE_EXHAUSTED, `Node "${info.service}" waits for ${maxEmitted} replies already`);
    emitted += 1;
    try {
      return await detached(() => source.run(payload, options, stopping.signal));
    } finally {
      emitted -= 1;
    }
  };
  const context = { node: info, env: host.env, log, signal: stopping.signal, emit };
  const running = detached(async () => {
    try {
      await instance.start!(context);
    } catch (thrown) {
      if (!stopping.signal.aborted) log.error('source failed', { error: thrown });
    }
  });
  return () => {
    stopping.abort(new CancelReason('shutdown'));
    return running;
  };
}

/** Where the processes that a source starts begin: as calls that nobody made. */
class SourceOutlet {
  readonly #node: Node;
  readonly #method: Method;
  readonly #chain: NodeChain | undefined;

  constructor(node: Node) {
    this.#node = node;
    const method = rawMethod(`/${node.info.service}/Out`, { kind: 'unary', known: true });
    this.#method = { ...method, node: methodNode(node.info) };
    const { interceptors } = node.host;
    this.#chain = interceptors.length === 0 ? undefined : new NodeChain(this.#method, interceptors);
  }

  async run(
    payload: unknown,
    { timeoutMs = defaultTimeoutMs, signal }: EmitOptions,
    stopping: AbortSignal,
  ): Promise<Reply> {
    const signals = signal === undefined ? stopping : AbortSignal.any([stopping, signal]);
    const init = {
      peer,
      metadata: () => new Metadata(),
      cancellation: new Cancellation({ deadline: Date.now() + timeoutMs, signal: signals }),
      request: payload,
    };
    return this.#chain === undefined ? await this.#plain(init) : await this.#intercepted(this.#chain, init);
  }

  async #plain(init: Omit<CallInit, 'method' | 'side' | 'sink'>): Promise<Reply> {
    const call = createCall({ ...init, method: this.#method, side: 'server', sink: nowhere });
    const result = await runIn(call, () => this.#process(call, init.request));
    call.end(result instanceof Error ? statusOf(result) : ok());
    return result;
  }

  async #intercepted(chain: NodeChain, init: Omit<CallInit, 'method' | 'side' | 'sink'>): Promise<Reply> {
    // What the source itself was doing, such as handling a message of a broker, may be traced.
    const metadata = new Metadata();
    injectActive(metadata);
    return replyOf(await chain.run({ ...init, metadata }, (call, payload) => this.#process(call, payload)));
  }

  async #process(call: CallNode, payload: unknown): Promise<Reply> {
    const process = new Process(this.#node, call);
    const activation = new Activation({
      node: this.#node,
      port: '',
      packet: new Packet(payload),
      process,
      call,
      run: new Run(this.#node.host.limits),
      from: undefined,
    });
    const reply = await sendFirst(activation, payload);
    return leave(process, reply, this.#node);
  }
}

const peer = { address: 'in-process', security: 'local' } as const;
const nowhere = { header() {}, message() {} };

async function sendFirst(activation: Activation, payload: unknown): Promise<Reply> {
  const out = sendOut(activation, payload);
  const reply = isPromise(out) ? await orCancelled(activation.call, out) : out;
  return reply instanceof Error ? sendError(activation, reply) : reply;
}
