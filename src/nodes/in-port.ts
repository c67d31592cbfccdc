import type { CallNode } from '../core/call.ts';
import { Code, codeName } from '../core/code.ts';
import { remaining } from '../core/deadline.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { Activation } from './activation.ts';
import { measure } from './measure.ts';
import type { Node } from './node.ts';
import { dropped } from './or-ended.ts';
import { Packet } from './packet.ts';
import type { Probe } from './probe.ts';
import type { Process } from './process.ts';
import { none, type Reply } from './reply.ts';
import type { Run } from './run.ts';
import { streamOnce } from './stream-port.ts';
import { tooManyVisits } from './visits.ts';

/** Nodes in one causal path that may answer within one turn, so that a long chain does not exhaust the stack. */
const maxStackedNodes = 64;

/** Where packets arrive at a node. */
export class InPort {
  readonly node: Node;
  readonly name: string;

  constructor(node: Node, name: string) {
    this.node = node;
    this.name = name;
  }

  /** Has a packet handled, in its turn. Never throws or rejects; the reply is there at once when the node needs no time. */
  receive(
    packet: Packet,
    process: Process,
    call: CallNode,
    run: Run,
    from: Activation | undefined,
  ): Reply | Promise<Reply> {
    const activation = new Activation({ node: this.node, port: this.name, packet, process, call, run, from });
    const held = process.heldAt(this);
    if (held !== undefined) return held.enter(activation, () => this.#begin(activation));
    if (activation.depth % maxStackedNodes === maxStackedNodes - 1)
      return Promise.resolve().then(() => this.#begin(activation));
    return this.#begin(activation);
  }

  #begin(activation: Activation): Reply | Promise<Reply> {
    const { probe } = this.node.host;
    if (probe !== undefined) return this.#probed(activation, probe);
    return this.#trailed(activation);
  }

  #probed(activation: Activation, probe: Probe): Reply | Promise<Reply> {
    const held = probe.arrived(activation);
    if (held === undefined) return this.#observed(activation, probe);
    // Those behind it do not overtake it.
    activation.hold(this);
    return held.then(() => {
      const reply = this.#observed(activation, probe);
      if (!isPromise(reply)) activation.release();
      return reply;
    });
  }

  #observed(activation: Activation, probe: Probe): Reply | Promise<Reply> {
    const reply = this.#trailed(activation);
    if (isPromise(reply)) {
      return reply.then((settled: Reply) => {
        probe.replied(activation, settled);
        return settled;
      });
    }
    probe.replied(activation, reply);
    return reply;
  }

  #trailed(activation: Activation): Reply | Promise<Reply> {
    return activation.run.trail === undefined ? this.#start(activation) : this.#traced(activation);
  }

  #start(activation: Activation): Reply | Promise<Reply> {
    const { node } = this;
    const refusal = activation.call.cancellation.reason ?? (node.cyclic ? tooManyVisits(activation) : undefined);
    if (refusal !== undefined) return refusal;
    // One that waited on its way, such as at an interceptor.
    if (activation.owner.status === 'ended') return dropped();
    let result: unknown;
    try {
      const { instance } = node;
      if (instance.process !== undefined) result = instance.process(activation.packet, activation);
      else if (instance.stream !== undefined) result = streamOnce(activation.packet, activation);
      else throw takesNothing(node);
      if (!isPromise(result)) return this.#replied(result, activation);
    } catch (thrown) {
      return node.failed(thrown);
    }
    const ended = activation.started ? undefined : this.#hold(activation);
    // What has a `then` may be no promise: only a real one is sure to settle once, and to give another.
    return Promise.resolve(result).then(
      (value) => {
        ended?.();
        activation.release();
        return this.#replied(value, activation);
      },
      (thrown) => {
        ended?.();
        activation.release();
        return node.failed(thrown);
      },
    );
  }

  /**
   * Keeps those behind a packet back. One that is cancelled by itself, as by the timeout of its edge, holds up nobody any more, whether its handler takes
   * notice or not. Gives what is to be called once it settles.
   */
  #hold(activation: Activation): (() => void) | undefined {
    activation.hold(this);
    const { call, owner } = activation;
    if (call === owner.call) return undefined;
    const release = (): void => activation.release();
    call.cancellation.on(release, false);
    return () => call.cancellation.off(release);
  }

  #replied(value: unknown, { run }: Activation): Reply {
    try {
      const reply = value instanceof Packet ? value.payload : value;
      if (reply === none || reply === undefined) return none;
      if (reply instanceof Error) return this.node.failed(reply);
      // What came from further down was looked at there.
      if (reply !== run.checked) {
        measure(reply);
        run.checked = reply;
      }
      return reply;
    } catch (thrown) {
      return this.node.failed(thrown);
    }
  }

  #traced(activation: Activation): Reply | Promise<Reply> {
    const began = performance.now();
    const left = remaining(activation.deadline);
    const end = (reply: Reply): Reply => {
      activation.run.trail?.add({
        node: this.node.info.service,
        port: this.name,
        address: 'in-process',
        remainingMs: left === Number.POSITIVE_INFINITY ? null : left,
        code: reply instanceof Error ? codeName(statusOf(reply).code) : 'OK',
        durationMs: performance.now() - began,
      });
      return reply;
    };
    const reply = this.#start(activation);
    return isPromise(reply) ? reply.then(end) : end(reply);
  }
}

function takesNothing({ info }: Node): StatusError {
  return new StatusError(Code.UNIMPLEMENTED, `Node "${info.service}" takes no packets: it is a source`);
}
