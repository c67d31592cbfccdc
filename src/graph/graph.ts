import type { CallOptions } from '../client/call-options.ts';
import type { Interceptor, Transport } from '../core/context.ts';
import type { Hop } from '../nodes/hop.ts';
import type { Kinds } from '../nodes/kinds.ts';
import type { Languages } from '../nodes/languages/languages.ts';
import type { NodeInstance } from '../nodes/node-context.ts';
import type { ExposeErrors } from '../nodes/node-entry.ts';
import type { NodeStores } from '../nodes/node-stores.ts';
import type { OutboundOptions } from '../nodes/outbound.ts';
import type { PortHook } from '../nodes/port-hooks.ts';
import type { Probe } from '../nodes/probe.ts';
import type { NamespaceKey } from '../nodes/process-proof.ts';
import type { TrustOptions } from '../nodes/process-trust.ts';
import type { Processes } from '../nodes/processes.ts';
import type { Reply } from '../nodes/reply.ts';
import type { RunLimits } from '../nodes/run.ts';
import type { Secrets } from '../nodes/secrets.ts';
import type { Syscalls } from '../nodes/syscall/functions.ts';
import type { BlockedEdge } from '../nodes/watchdog.ts';
import type { Logger } from '../observability/logger.ts';
import type { Server } from '../server/server.ts';
import type { GrpcChannelOptions } from '../transport/grpc/index.ts';
import type { Guard } from './guard.ts';
import type { Problem } from './problems.ts';
import type { Environment } from './reads.ts';
import type { NodeSpec } from './spec.ts';
import type { StoredValue } from './values.ts';

export interface GraphOptions {
  /** As `parseSpecs` or `readSpecs` gave them. */
  specs: readonly NodeSpec[];
  /** What they found wrong; errors count as those found here. */
  problems?: readonly Problem[];
  /** Default: the built-in ones; `createKinds(mine)` has those and yours. */
  kinds?: Kinds;
  /** What codes in specs may be written in. Default: the built-in ones; `createLanguages([mine], { default: 'mine' })` has those and yours. */
  languages?: Languages;
  /** What `syscall` nodes may call by opcode, beside reading and changing what the runtime is made of: `{ 'mail.send': (context, to) => … }`. */
  functions?: Syscalls;
  /** What `syscall` nodes read and change, and `signal` nodes tell of. `createRuntime` gives its own. */
  stores?: NodeStores;
  /** What templates in specs read, and nodes as `context.env`. */
  environment?: Environment;
  /** What env entries with id or name read. */
  values?: readonly StoredValue[];
  /** Gets each active node as a service, until the graph closes. */
  server?: Server;
  /** On every edge, and on calls that nodes make over the graph's channels; the first is the outermost. */
  interceptors?: readonly Interceptor[];
  /**
   * Around every node: calls from outside (inside the server's own interceptors), edges within this graph, `graph.call`, and each
   * process that a source starts. Edges become calls then.
   */
  nodeInterceptors?: readonly Interceptor[];
  /** How edges and nodes connect to targets outside this graph: TLS, keepalive and the like. Default: without TLS. */
  connection?: GrpcChannelOptions;
  /** Whose word about processes counts, by TLS certificate: their edges go on with a process here. Default: nobody's. */
  trust?: TrustOptions;
  /**
   * What the runtimes of a namespace share, 16 bytes or more: proves to others which process a call of an edge belongs to, and is how they
   * prove it. Several: the first one signs, all verify.
   */
  namespaceKey?: NamespaceKey;
  /** What stands for targets outside this graph instead of a connection: `{ 'dns:///users:50051': inProcess(users) }`. Closed with the graph. */
  transports?: Readonly<Record<string, Transport>>;
  /** Where connections of nodes such as `http` may lead beside what their own fields name. Default: nowhere. */
  outbound?: OutboundOptions;
  /** Run what can run, and list the rest as inactive. Default: refuse a graph with any problem. Updates always do. */
  allowPending?: boolean;
  /** Revisions of the specs in whatever store they came from, by id: for `graph.nodes` alone. */
  revisions?: ReadonlyMap<string, number>;
  /** Told of nodes that come and go, of ports that processes open, and of packets. */
  hooks?: readonly GraphHook[];
  /** How long processes that began before an update may take until they are ended with UNAVAILABLE. Default 30,000. */
  replaceGraceMs?: number;
  logger?: Logger;
  /** Where relative paths in specs start from. Default: the folder of the spec file, else the working directory. */
  baseDir?: string;
  exposeErrors?: ExposeErrors;
  limits?: Partial<RunLimits>;
  /** How long a kind's `files`, `setup`, `close` and each hook of a node may take; one that takes longer to begin is refused. Infinity turns it off. Default 30,000. */
  setupTimeoutMs?: number;
  /** How long packets wait for others until the log and `graph.blocked` name their edge, milliseconds; Infinity turns it off. Default 10 s. */
  watchdogMs?: number;
  /** Told of each hop of each call as it ends; costs a little for every packet. */
  onHop?(hop: Hop): void;
}

/** A node as the graph sees it. */
export interface GraphNode {
  readonly id: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name?: string;
  /** Full name of its gRPC service. */
  readonly service: string;
  readonly status: 'active' | 'inactive';
  /** Why it is inactive. */
  readonly reason?: string;
  /** Why its newer spec does not run. The node goes on as it was before. */
  readonly refused?: string;
  /** Of the spec that runs; of the newest one when none does. Undefined when nobody said. */
  readonly revision?: number;
  /** Of the spec that was refused. */
  readonly refusedRevision?: number;
  /** In-ports; empty for an inactive node. */
  readonly inputs: readonly string[];
  /** What `setup` gave, for whoever looks behind a wrapper; undefined for an inactive node. */
  readonly instance?: NodeInstance;
}

export interface GraphCallOptions
  extends Pick<CallOptions, 'timeoutMs' | 'deadline' | 'signal' | 'metadata' | 'parent'> {
  /** In-port. Default `in`. */
  port?: string;
  /** Told of each hop of this call as it ends. */
  onHop?(hop: Hop): void;
}

/** A graph as it is to be, whole: what is not in it goes. */
export interface GraphUpdate {
  specs: readonly NodeSpec[];
  /** Found when they were read. A node whose spec could not be read at all goes on when an error here has its id. */
  problems?: readonly Problem[];
  /** Left out: those of before. */
  values?: readonly StoredValue[];
  /** Left out: that of before. A different one makes all nodes anew, since each of them may read all of it. */
  environment?: Environment;
  revisions?: ReadonlyMap<string, number>;
}

/** What an update did, by the service names of nodes. */
export interface GraphChange {
  readonly problems: readonly Problem[];
  /** Not in the graph before; they run if they are in `activated`, too. */
  readonly added: readonly string[];
  /** Ran before and run now, as another instance. */
  readonly replaced: readonly string[];
  /** Not in the graph any more. */
  readonly removed: readonly string[];
  /** Ran before and run on as the same instance, linked anew where that changed. */
  readonly kept: readonly string[];
  readonly activated: readonly string[];
  /** Ran before, are still in the graph, and do not run now. */
  readonly deactivated: readonly string[];
}

/** Takes part in the lives of nodes, and looks at their ports. */
export interface GraphHook extends PortHook {
  /** Before a node is served; whatever it leads to was loaded before. A throw keeps the node inactive. */
  load?(node: GraphNode): void | Promise<void>;
  /** Once nobody uses the node any more; whatever leads to it was unloaded before. */
  unload?(node: GraphNode): void | Promise<void>;
}

/** A graph at work. */
export interface Graph extends AsyncDisposable {
  /** As of now; nodes inside of blocks are not listed. */
  readonly nodes: readonly GraphNode[];
  /** What was found wrong: warnings, and errors of nodes that are inactive. */
  readonly problems: readonly Problem[];
  /**
   * Runs one process with one packet, as a call to the node's service would. `none` when there is no response; rejects with a StatusError
   * for an error reply. The node is given by name (`greet`) or service (`default.greet`).
   */
  call(node: string, payload: unknown, options?: GraphCallOptions): Promise<Reply>;
  /**
   * Becomes another graph in one step, and resolves when that is done. What has not changed keeps instance and state; processes under way end in
   * the graph that they began in. A spec that cannot run changes nothing about the node that does. Updates are done one at a time, in
   * order; none is refused for what specs say, unless it is `strict`: then any problem rejects with a GraphError, nothing has changed and no source has
   * started. Rejects with UNAVAILABLE once the graph is closed.
   */
  update(next: GraphUpdate, options?: { strict?: boolean }): Promise<GraphChange>;
  /** Calls the listener after each update. Gives back what ends that. */
  onChange(listener: (change: GraphChange) => void): () => void;
  /** What runs just now, and what ran lately when somebody asked for that. */
  readonly processes: Processes;
  /** What came from stored values and must not be shown. */
  readonly secrets: Secrets | undefined;
  /** Edges on which packets have waited for longer than `watchdogMs`, the one that waits longest first. */
  readonly blocked: readonly BlockedEdge[];
  /**
   * Has a guard asked about every node, those inside of blocks included, from the next update on; all of several must agree. A node that it refuses is
   * like one whose spec is wrong. It must not throw.
   */
  restrict(guard: Guard): void;
  /** Has a probe look at every packet, and hold those it likes to, until the function is called that comes back. */
  observe(probe: Probe): () => void;
  /** Takes the nodes' services off the server, waits for what is under way, closes nodes and channels. Default grace: 25 s. */
  close(options?: { graceMs?: number }): Promise<void>;
}
