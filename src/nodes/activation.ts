import type { CallNode } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { isPromise } from '../core/requests.ts';
import type { StatusError } from '../core/status-error.ts';
import type { Logger } from '../observability/logger.ts';
import { FanOut } from './fan-out.ts';
import type { InPort } from './in-port.ts';
import { measureFrom } from './measure.ts';
import { mergeReplies } from './merge-replies.ts';
import type { Edge, Node } from './node.ts';
import type { Env, NodeContext, NodeInfo, NodeProcess, Sent } from './node-context.ts';
import { orCancelled } from './or-cancelled.ts';
import { dropped } from './or-ended.ts';
import { Packet, sentPacket } from './packet.ts';
import type { Probe } from './probe.ts';
import type { Process } from './process.ts';
import { ProcessView } from './process-view.ts';
import type { Reply } from './reply.ts';
import { exhausted, type Run } from './run.ts';
import { Sending } from './sending.ts';
import { unlinked } from './unlinked.ts';

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
  #sending: Sending | undefined;

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
    const sending = (this.#sending ??= new Sending(this));
    return (port, payload) => sending.send(port, payload);
  }

  get ready(): (port: string) => Promise<void> {
    const sending = (this.#sending ??= new Sending(this));
    return (port) => sending.ready(port);
  }

  /** Keeps the packets behind this one back until it sends something, or is released. */
  hold(port: InPort): void {
    if (this.#held !== undefined) return;
    this.#held = port;
    this.owner.hold(port);
  }

  /** Packets behind this one may start, though it has sent nothing yet. */
  release(): void {
    this.#started = true;
    const port = this.#held;
    if (port === undefined) return;
    this.#held = undefined;
    this.owner.release(port);
  }

  /**
   * Sends along all edges of a port, once for each packet. Gives the merged reply, at once when all targets answer at once; a promise of it
   * outlives the run when a target never answers, so handlers that wait here are freed by `send`.
   */
  forward(port: string, payload: unknown): Reply | Promise<Reply> | typeof unlinked {
    const packet = this.prepare(port, payload);
    return packet instanceof Packet ? this.carry(port, packet) : packet;
  }

  /** Makes the packet that leaves by a port; or says why none does. Whatever else waits for this one to send something may start. */
  prepare(port: string, payload: unknown): Packet | Error | typeof unlinked {
    const edges = this.#init.node.edges(port);
    if (!this.#started) this.release();
    if (edges.length === 0) return unlinked;
    const { reason } = this.#init.call.cancellation;
    if (reason !== undefined) return reason;
    if (this.#init.process.status === 'ended') return dropped();
    const source = payload instanceof Packet ? payload : this.#init.packet;
    const value = payload instanceof Packet ? payload.payload : payload;
    const bytes = measureFrom(source, value);
    return this.#spend(edges.length, bytes) ?? sentPacket(source, value, bytes, port);
  }

  /** Has what `prepare` made arrive. */
  carry(port: string, packet: Packet): Reply | Promise<Reply> {
    const { probe } = this.#init.node.host;
    const edges = this.#init.node.edges(port);
    if (probe !== undefined) return this.#probed(probe, port, edges, packet);
    if (edges.length === 1) return this.#carried(edges[0]!.carry(packet, this));
    return this.#fanOut(edges, packet, packet.parent);
  }

  /** The context of the same packet in another process, or bounded by a call of its own. */
  within(process: Process, call: CallNode = process.call, run: Run = this.#init.run): Activation {
    return new Activation({ ...this.#init, process, call, run });
  }

  #probed(probe: Probe, port: string, edges: readonly Edge[], packet: Packet): Reply | Promise<Reply> {
    const held = probe.sending(this, port, packet);
    if (held === undefined) return this.#observed(probe, port, edges, packet);
    return held.then(() =>
      this.#init.process.status === 'ended' ? dropped() : this.#observed(probe, port, edges, packet),
    );
  }

  #observed(probe: Probe, port: string, edges: readonly Edge[], packet: Packet): Reply | Promise<Reply> {
    const reply =
      edges.length === 1 ? this.#carried(edges[0]!.carry(packet, this)) : this.#fanOut(edges, packet, packet);
    if (isPromise(reply)) {
      return reply.then((settled: Reply) => {
        probe.answered(this, port, packet, settled);
        return settled;
      });
    }
    probe.answered(this, port, packet, reply);
    return reply;
  }

  /** Each target gets a packet of its own, made from the same one. */
  #fanOut(edges: readonly Edge[], packet: Packet, source: Packet | undefined): Reply | Promise<Reply> {
    const { payload, bytes = 0, port } = packet;
    const replies = edges.map((edge) => edge.carry(sentPacket(source, payload, bytes, port), this));
    if (!replies.some(isPromise)) return mergeReplies(replies);
    return this.#carried(new FanOut(this.owner, edges, replies).reply);
  }

  /** Whoever entered is freed by the entry. A trail wants to know of each node on the way, too, that it was left without an answer. */
  #carried(reply: Reply | Promise<Reply>): Reply | Promise<Reply> {
    return this.run.trail !== undefined && isPromise(reply) ? orCancelled(this.call, reply) : reply;
  }

  #spend(count: number, bytes: number): StatusError | undefined {
    const run = this.#init.run;
    this.#sent += count;
    const { service } = this.#init.node.info;
    const { fanOut } = run.limits;
    const failure =
      this.#sent > fanOut
        ? exhausted(service, `more than ${fanOut} packets for one`)
        : run.spend(count, bytes, service);
    // Whoever waits upstream is told at once: nothing that comes back can be used.
    if (failure !== undefined)
      this.#init.process.call.cancellation.cancel(new CancelReason('limit', failure.statusMessage));
    return failure;
  }
}
