import type { Activation } from '../nodes/activation.ts';
import type { Packet } from '../nodes/packet.ts';
import type { Probe } from '../nodes/probe.ts';
import type { Process } from '../nodes/process.ts';
import type { Reply } from '../nodes/reply.ts';
import type { Observable } from './observable.ts';
import { fullOutPort } from './out-port.ts';

/** What passed. */
export interface PacketCount {
  readonly packets: number;
  /** Packets that were answered by an error. */
  readonly errors: number;
}

export interface NodeCount extends PacketCount {
  /** Processes that began here. */
  readonly processes: number;
}

/** Nodes that are counted, and out-ports of each; beyond it those that came first are forgotten. */
const maxNodes = 20_000;
const maxPorts = 10_000;

interface Counter {
  packets: number;
  errors: number;
}

interface NodeCounter extends Counter {
  processes: number;
  /** By the names that handlers use; those of one port share a counter. */
  readonly ports: Map<string, Counter>;
}

/** Counts packets, errors and processes of a graph, by node and by out-port, from when it is made until `close`. Much cheaper than a recorder. */
export class PacketCounts implements Probe, Disposable {
  readonly #nodes = new Map<string, NodeCounter>();
  readonly #stop: () => void;

  constructor(graph: Observable) {
    this.#stop = graph.observe(this);
  }

  /** By service. */
  node(service: string): NodeCount {
    const { packets = 0, errors = 0, processes = 0 } = this.#nodes.get(service) ?? {};
    return { packets, errors, processes };
  }

  /** By service and out-port. Every edge of the port has carried as many. */
  port(service: string, port: string): PacketCount {
    const { packets = 0, errors = 0 } = this.#nodes.get(service)?.ports.get(port) ?? {};
    return { packets, errors };
  }

  close(): void {
    this.#stop();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  started({ entry, parent }: Process): void {
    if (parent === undefined) this.#node(entry.info.service).processes += 1;
  }

  arrived({ node }: Activation): void {
    this.#node(node.service).packets += 1;
  }

  replied({ node }: Activation, reply: Reply): void {
    if (reply instanceof Error) this.#node(node.service).errors += 1;
  }

  sending(at: Activation, port: string): void {
    this.#port(at, port).packets += 1;
  }

  answered(at: Activation, port: string, _packet: Packet, reply: Reply): void {
    if (reply instanceof Error) this.#port(at, port).errors += 1;
  }

  ended(): void {}

  #node(service: string): NodeCounter {
    const known = this.#nodes.get(service);
    if (known !== undefined) return known;
    makeRoom(this.#nodes, maxNodes);
    const made = { packets: 0, errors: 0, processes: 0, ports: new Map() };
    this.#nodes.set(service, made);
    return made;
  }

  #port(at: Activation, port: string): Counter {
    const { ports } = this.#node(at.node.service);
    const known = ports.get(port);
    if (known !== undefined) return known;
    const full = fullOutPort(at, port);
    makeRoom(ports, maxPorts);
    const counter = ports.get(full) ?? { packets: 0, errors: 0 };
    ports.set(full, counter).set(port, counter);
    return counter;
  }
}

function makeRoom(counters: Map<string, unknown>, most: number): void {
  if (counters.size < most) return;
  for (const oldest of counters.keys()) {
    counters.delete(oldest);
    return;
  }
}
