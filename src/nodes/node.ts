import type { CallNode } from '../core/call.ts';
import { Code, codeName } from '../core/code.ts';
import type { Interceptor } from '../core/context.ts';
import { remaining } from '../core/deadline.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError, statusOf } from '../core/status.ts';
import type { Logger } from '../observability/logger.ts';
import { Activation } from './activation.ts';
import type { Forks } from './forks.ts';
import { measure } from './measure.ts';
import { matchPort } from './names.ts';
import type { Env, NodeInfo, NodeInstance } from './node-context.ts';
import { Packet } from './packet.ts';
import type { Probe } from './probe.ts';
import type { Process } from './process.ts';
import type { Processes } from './processes.ts';
import { nodeError, none, type Reply } from './reply.ts';
import type { Run, RunLimits } from './run.ts';
import { tooManyVisits } from './visits.ts';

/** What the nodes of one graph share. */
export interface NodeHost {
  readonly env: Env;
  readonly logger: Logger;
  readonly limits: RunLimits;
  /** Around every call that reaches a node. */
  readonly interceptors: readonly Interceptor[];
  readonly forks: Forks;
  readonly processes: Processes;
  /** Looks at each packet; undefined while nobody wants to. */
  probe?: Probe | undefined;
}

/** A way from an out-port to whoever handles the packet. */
export interface Edge {
  /** Hands a packet over. Never throws or rejects: a failure is an Error as reply. */
  carry(packet: Packet, from: Activation): Reply | Promise<Reply>;
}

const noEdges: readonly Edge[] = [];
/** Nodes in one causal path that may answer within one turn, so that a long chain does not exhaust the stack. */
const maxStackedNodes = 64;

/** A node at work: its instance, its in-ports, and the edges that leave it. */
export class Node {
  readonly info: NodeInfo;
  readonly host: NodeHost;
  readonly instance: NodeInstance;
  readonly log: Logger;
  /** Whether edges lead from it back to itself. */
  cyclic = false;
  /** Called each time that no process is left which began here. */
  onIdle: (() => void) | undefined;
  #begun = 0;
  readonly #inputs: ReadonlyMap<string, InPort>;
  readonly #edges = new Map<string, readonly Edge[]>();

  constructor(info: NodeInfo, instance: NodeInstance, host: NodeHost) {
    this.info = info;
    this.instance = instance;
    this.host = host;
    this.log = nodeLogger(host.logger, info.service);
    this.#inputs = new Map(info.inputs.map((name) => [name, new InPort(this, name)]));
  }

  /** Processes under way that began here. */
  get busy(): number {
    return this.#begun;
  }

  begin(): void {
    this.#begun += 1;
  }

  end(): void {
    this.#begun -= 1;
    if (this.#begun === 0) this.onIdle?.();
  }

  get inputs(): Iterable<InPort> {
    return this.#inputs.values();
  }

  /** The in-port that a name stands for: `in` may mean `in[0]`. */
  input(port: string): InPort | undefined {
    return this.#inputs.get(port) ?? this.#inputs.get(matchPort(this.info.inputs, port) ?? '');
  }

  /** Adds an edge behind those that the port has; before packets flow. */
  link(port: string, edge: Edge): void {
    this.#edges.set(port, [...(this.#edges.get(port) ?? noEdges), edge]);
  }

  /** The edges that leave by a port, in link order. A RangeError for a port that the node does not have. */
  edges(port: string): readonly Edge[] {
    const edges = this.#edges.get(port);
    if (edges !== undefined) return edges;
    const { outputs, service } = this.info;
    const full = matchPort(outputs, port);
    if (full === undefined)
      throw new RangeError(
        `Cannot send from node "${service}" to port "${port}": it has ${outputs.join(', ') || 'none'}`,
      );
    const found = full === port ? noEdges : (this.#edges.get(full) ?? noEdges);
    // `out[*]` has ports without number, so only short names are kept.
    if (this.#edges.size < 1_000) this.#edges.set(port, found);
    return found;
  }
}

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
    if (held !== undefined) return held.enter(() => this.#begin(activation));
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
    const end = (reply: Reply): Reply => {
      probe.replied(activation, reply);
      return reply;
    };
    const begin = (): Reply | Promise<Reply> => {
      const reply = this.#trailed(activation);
      return isPromise(reply) ? reply.then(end) : end(reply);
    };
    const held = probe.arrived(activation);
    return held === undefined ? begin() : held.then(begin);
  }

  #trailed(activation: Activation): Reply | Promise<Reply> {
    return activation.run.trail === undefined ? this.#start(activation) : this.#traced(activation);
  }

  #start(activation: Activation): Reply | Promise<Reply> {
    const { node } = this;
    const refusal = activation.call.cancellation.reason ?? (node.cyclic ? tooManyVisits(activation) : undefined);
    if (refusal !== undefined) return refusal;
    let result: unknown;
    try {
      if (node.instance.process === undefined) throw takesNothing(node);
      result = node.instance.process(activation.packet, activation);
      if (!isPromise(result)) return this.#replied(result, activation);
    } catch (thrown) {
      return nodeError(thrown, node.info.service);
    }
    if (!activation.started) activation.hold(this);
    return result.then(
      (value) => {
        activation.release();
        return this.#replied(value, activation);
      },
      (thrown) => {
        activation.release();
        return nodeError(thrown, node.info.service);
      },
    );
  }

  #replied(value: unknown, { run }: Activation): Reply {
    const reply = value instanceof Packet ? value.payload : value;
    if (reply === none || reply === undefined) return none;
    if (reply instanceof Error) return nodeError(reply, this.node.info.service);
    // What came from further down was looked at there.
    if (reply !== run.checked) {
      try {
        measure(reply);
      } catch (thrown) {
        return nodeError(thrown, this.node.info.service);
      }
      run.checked = reply;
    }
    return reply;
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

function nodeLogger(logger: Logger, node: string): Logger {
  return {
    debug: (message, fields) => logger.debug(message, { node, ...fields }),
    info: (message, fields) => logger.info(message, { node, ...fields }),
    warn: (message, fields) => logger.warn(message, { node, ...fields }),
    error: (message, fields) => logger.error(message, { node, ...fields }),
  };
}
