import type { CallNode } from '../core/call.ts';
import { CancelReason } from '../core/cancellation.ts';
import { isPromise } from '../core/requests.ts';
import type { StatusError } from '../core/status.ts';
import type { Logger } from '../observability/logger.ts';
import { measure } from './measure.ts';
import { mergeReplies } from './merge-replies.ts';
import type { Edge, InPort, Node } from './node.ts';
import type { Env, NodeContext, NodeInfo, NodeProcess, Sent } from './node-context.ts';
import { orCancelled } from './or-cancelled.ts';
import { Packet } from './packet.ts';
import type { Probe } from './probe.ts';
import type { Process } from './process.ts';
import { ProcessView } from './process-view.ts';
import { none, type Reply } from './reply.ts';
import { exhausted, type Run } from './run.ts';

/** What `Activation.forward` gives for a port without edges. */
export const unlinked: unique symbol = Symbol('unlinked');

export interface ActivationInit {
  readonly node: Node;
  readonly port: string;
  readonly packet: Packet;
  readonly process: Process;
  /** What bounds this part of the run: the process's call, or one that an edge derived from it. */
  readonly call: CallNode;
  readonly run: Run;
  /** Whose packet this is; undefined at the entry. */
  readonly from: Activation | undefined;
}

/** One packet at one node: the context that the node's function gets. */
export class Activation implements NodeContext {
  readonly #init: ActivationInit;
  /** Nodes before this one in the causal path. */
  readonly depth: number;
  #sent = 0;
  #held: InPort | undefined;
  #started = false;
  #tails: Map<string, Promise<Reply>> | undefined;

  constructor(init: ActivationInit) {
    this.#init = init;
    this.depth = init.from === undefined ? 0 : init.from.depth + 1;
  }

  get runtime(): Node {
    return this.#init.node;
  }

  get run(): Run {
    return this.#init.run;
  }

  get call(): CallNode {
    return this.#init.call;
  }

  get owner(): Process {
    return this.#init.process;
  }

  get packet(): Packet {
    return this.#init.packet;
  }

  get from(): Activation | undefined {
    return this.#init.from;
  }

  /** Whether something was sent, so that the next packet may start. */
  get started(): boolean {
    return this.#started;
  }

  get node(): NodeInfo {
    return this.#init.node.info;
  }

  get port(): string {
    return this.#init.port;
  }

  get env(): Env {
    return this.#init.node.host.env;
  }

  get log(): Logger {
    return this.#init.node.log;
  }

  get deadline(): number {
    return this.#init.call.deadline;
  }

  get signal(): AbortSignal {
    return this.#init.call.signal;
  }

  get process(): NodeProcess {
    return new ProcessView(this);
  }

  /** A getter, so that `{ send }` can be taken out of the context. */
  get send(): (port: string, payload: unknown) => Promise<Sent> {
    return async (port, payload) => {
      const reply = this.forward(port, payload);
      if (reply === unlinked) return { sent: 0, reply: none };
      const sent = this.#init.node.edges(port).length;
      return { sent, reply: isPromise(reply) ? await this.#inOrder(port, orCancelled(this.call, reply)) : reply };
    };
  }

  /** Keeps the packets behind this one back until it sends something, or is released. */
  hold(port: InPort): void {
    this.#held = port;
    this.owner.hold(port);
  }

  release(): void {
    const port = this.#held;
    if (port === undefined) return;
    this.#held = undefined;
    this.owner.release(port);
  }

  /**
   * Sends along all edges of a port. Gives the merged reply, at once when all targets answer at once; a promise of it outlives the run when a
   * target never answers, so handlers that wait here are freed by `send`.
   */
  forward(port: string, payload: unknown): Reply | Promise<Reply> | typeof unlinked {
    const { node, call } = this.#init;
    const edges = node.edges(port);
    if (!this.#started) {
      this.#started = true;
      this.release();
    }
    if (edges.length === 0) return unlinked;
    const { reason } = call.cancellation;
    if (reason !== undefined) return reason;
    const source = payload instanceof Packet ? payload : this.#init.packet;
    const value = payload instanceof Packet ? payload.payload : payload;
    const bytes = measured(source, value);
    const failure = this.#spend(edges.length, bytes);
    if (failure !== undefined) return failure;
    const { probe } = node.host;
    if (probe !== undefined) return this.#probed(probe, port, edges, child(source, value, bytes));
    if (edges.length === 1) return this.#carried(edges[0]!.carry(child(source, value, bytes), this));
    return this.#fanOut(edges, source, value, bytes);
  }

  /** The context of the same packet in another process. */
  within(process: Process): Activation {
    return new Activation({ ...this.#init, process, call: process.call });
  }

  #probed(probe: Probe, port: string, edges: readonly Edge[], packet: Packet): Reply | Promise<Reply> {
    const end = (reply: Reply): Reply => {
      probe.answered(this, port, packet, reply);
      return reply;
    };
    const carry = (): Reply | Promise<Reply> => {
      const { payload, bytes = 0 } = packet;
      const reply =
        edges.length === 1 ? this.#carried(edges[0]!.carry(packet, this)) : this.#fanOut(edges, packet, payload, bytes);
      return isPromise(reply) ? reply.then(end) : end(reply);
    };
    const held = probe.sending(this, port, packet);
    return held === undefined ? carry() : held.then(carry);
  }

  #fanOut(edges: readonly Edge[], source: Packet, value: unknown, bytes: number): Reply | Promise<Reply> {
    const replies = edges.map((edge) => edge.carry(child(source, value, bytes), this));
    if (!replies.some(isPromise)) return mergeReplies(replies);
    return this.#carried(Promise.all(replies).then(mergeReplies));
  }

  /** Whoever entered is freed by the entry. A trail wants to know of each node on the way, too, that it was left without an answer. */
  #carried(reply: Reply | Promise<Reply>): Reply | Promise<Reply> {
    return this.run.trail !== undefined && isPromise(reply) ? orCancelled(this.call, reply) : reply;
  }

  #spend(count: number, bytes: number): StatusError | undefined {
    const { node, run, process } = this.#init;
    this.#sent += count;
    const { service } = node.info;
    const { fanOut } = run.limits;
    const failure =
      this.#sent > fanOut
        ? exhausted(service, `more than ${fanOut} packets for one`)
        : run.spend(count, bytes, service);
    // Whoever waits upstream is told at once: nothing that comes back can be used.
    if (failure !== undefined) process.call.cancellation.cancel(new CancelReason('limit', failure.statusMessage));
    return failure;
  }

  /** Holds a reply back until the one before it, from the same port, was released. */
  #inOrder(port: string, reply: Promise<Reply>): Promise<Reply> {
    const tails = (this.#tails ??= new Map());
    const before = tails.get(port);
    const released = before === undefined ? reply : before.then(() => reply);
    tails.set(port, released);
    return released;
  }
}

function measured(source: Packet, value: unknown): number {
  if (source.payload !== value) return measure(value);
  return (source.bytes ??= measure(value));
}

function child(source: Packet, value: unknown, bytes: number): Packet {
  const packet = new Packet(value, source);
  packet.bytes = bytes;
  return packet;
}
