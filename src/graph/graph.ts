import type { CallOptions } from '../client/call-options.ts';
import type { Interceptor } from '../core/context.ts';
import type { Hop } from '../nodes/hop.ts';
import type { Kinds } from '../nodes/kinds.ts';
import type { NodeInstance } from '../nodes/node-context.ts';
import type { ExposeErrors } from '../nodes/node-entry.ts';
import type { Reply } from '../nodes/reply.ts';
import type { RunLimits } from '../nodes/run.ts';
import type { Logger } from '../observability/logger.ts';
import type { Server } from '../server/server.ts';
import type { GrpcChannelOptions } from '../transport/grpc/index.ts';
import type { Environment } from './env.ts';
import type { Problem } from './problems.ts';
import type { NodeSpec } from './spec.ts';

export interface GraphOptions {
  /** As `parseSpecs` or `readSpecs` gave them. */
  specs: readonly NodeSpec[];
  /** What they found wrong; errors count as those found here. */
  problems?: readonly Problem[];
  /** Default: the built-in ones; `createKinds(mine)` has those and yours. */
  kinds?: Kinds;
  /** What templates in specs read, and nodes as `context.env`. */
  environment?: Environment;
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
  /** Run what can run, and list the rest as inactive. Default: refuse a graph with any problem. */
  allowPending?: boolean;
  logger?: Logger;
  /** Where relative paths in specs start from. Default: the folder of the spec file, else the working directory. */
  baseDir?: string;
  exposeErrors?: ExposeErrors;
  limits?: Partial<RunLimits>;
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

/** A graph at work. */
export interface Graph extends AsyncDisposable {
  readonly nodes: readonly GraphNode[];
  /** What was found wrong: warnings, and errors of nodes that are inactive. */
  readonly problems: readonly Problem[];
  /**
   * Runs one process with one packet, as a call to the node's service would. `none` when there is no response; rejects with a StatusError
   * for an error reply. The node is given by name (`greet`) or service (`default.greet`).
   */
  call(node: string, payload: unknown, options?: GraphCallOptions): Promise<Reply>;
  /** Takes the nodes' services off the server, waits for what is under way, closes nodes and channels. Default grace: 25 s. */
  close(options?: { graceMs?: number }): Promise<void>;
}
