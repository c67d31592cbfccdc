import type { Interceptor } from '../core/context.ts';
import type { StatusError } from '../core/status-error.ts';
import type { Logger } from '../observability/logger.ts';
import type { Activation } from './activation.ts';
import type { Forks } from './forks.ts';
import { InPort } from './in-port.ts';
import type { Languages } from './languages/languages.ts';
import { matchPort, parsePort } from './names.ts';
import type { Env, NodeInfo, NodeInstance, NodeServer } from './node-context.ts';
import type { NodePeers } from './node-peers.ts';
import type { NodeStores } from './node-stores.ts';
import type { OutboundPolicy } from './outbound.ts';
import type { Packet } from './packet.ts';
import type { EdgeTarget } from './per-process.ts';
import type { Probe } from './probe.ts';
import type { Processes } from './processes.ts';
import { nodeError, type Reply } from './reply.ts';
import type { RunLimits } from './run.ts';
import type { Secrets } from './secrets.ts';
import type { Syscalls } from './syscall/functions.ts';
import type { Watchdog } from './watchdog.ts';

/** What the nodes of one graph share. */
export interface NodeHost {
  env: Env;
  readonly logger: Logger;
  readonly limits: RunLimits;
  /** Around every call that reaches a node. */
  readonly interceptors: readonly Interceptor[];
  readonly forks: Forks;
  readonly processes: Processes;
  /** Told when packets begin to wait for others. */
  readonly watchdog?: Watchdog | undefined;
  /** Looks at each packet; undefined while nobody wants to. */
  probe?: Probe | undefined;
  /** What must not be shown of the nodes' fields; undefined when nothing is secret. */
  secrets?: Secrets | undefined;
  /** What they share about other runtimes; made when first needed. */
  peers?: NodePeers | undefined;
  /** Where they are services; undefined for a node that is by itself. */
  readonly server?: (() => NodeServer) | undefined;
  /** Undefined: the built-in ones. */
  readonly languages?: Languages | undefined;
  /** Where connections of nodes may lead; undefined: only to what their own fields name. */
  readonly outbound?: OutboundPolicy | undefined;
  readonly stores?: NodeStores | undefined;
  readonly functions?: Syscalls | undefined;
}

/** A way from an out-port to whoever handles the packet. */
export interface Edge {
  /** Hands a packet over. Never throws or rejects: a failure is an Error as reply. */
  carry(packet: Packet, from: Activation): Reply | Promise<Reply>;
  /** In-port that it leads to, for people: `default.b/in`. */
  readonly to?: string;
  /** No packet will be handed over any more. */
  close?(): void | Promise<void>;
  /** Where it leads, for whoever looks ahead. */
  readonly target?: EdgeTarget | undefined;
}

const noEdges: readonly Edge[] = [];

/** A node at work: its instance, its in-ports, and the edges that leave it. */
export class Node {
  readonly info: NodeInfo;
  readonly host: NodeHost;
  readonly instance: NodeInstance;
  readonly log: Logger;
  /** Whether edges lead from it back to itself. */
  cyclic = false;
  /** Called each time that no process is left that came in here. */
  onIdle: (() => void) | undefined;
  #begun = 0;
  readonly #inputs: ReadonlyMap<string, InPort>;
  readonly #edges = new Map<string, readonly Edge[]>();
  readonly #counts = new Map<string, number>();

  constructor(info: NodeInfo, instance: NodeInstance, host: NodeHost) {
    this.info = info;
    this.instance = instance;
    this.host = host;
    this.log = nodeLogger(host.logger, info.service);
    this.#inputs = new Map(info.inputs.map((name) => [name, new InPort(this, name)]));
  }

  /** Processes under way that came in here. */
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

  /** What was thrown, as the error that the node answers with: secrets are taken out. */
  failed(thrown: unknown): StatusError {
    const error = nodeError(thrown, this.info.service);
    return this.host.secrets?.redactError(error) ?? error;
  }

  /** The edges of all out-ports. */
  *allEdges(): IterableIterator<Edge> {
    for (const edges of new Set(this.#edges.values())) yield* edges;
  }

  /** Adds an edge behind those that the port has; before packets flow. */
  link(port: string, edge: Edge): void {
    this.#edges.set(port, [...(this.#edges.get(port) ?? noEdges), edge]);
    const { name = port, index } = parsePort(port) ?? {};
    if (index !== undefined) this.#counts.set(name, Math.max(this.portCount(name), index + 1));
  }

  /** How many ports of a numbered out-port there are, up to the last one that has an edge: 3 when `out[2]` is it. */
  portCount(name: string): number {
    return this.#counts.get(name) ?? 0;
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

function nodeLogger(logger: Logger, node: string): Logger {
  return {
    debug: (message, fields) => logger.debug(message, { node, ...fields }),
    info: (message, fields) => logger.info(message, { node, ...fields }),
    warn: (message, fields) => logger.warn(message, { node, ...fields }),
    error: (message, fields) => logger.error(message, { node, ...fields }),
  };
}
