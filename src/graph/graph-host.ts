import { checkInterceptors } from '../core/interceptor.ts';
import { Channels } from '../nodes/channels.ts';
import { Forks } from '../nodes/forks.ts';
import type { NodeHost } from '../nodes/node.ts';
import { NodePeers } from '../nodes/node-peers.ts';
import { OutboundPolicy } from '../nodes/outbound.ts';
import { portProbe } from '../nodes/port-hooks.ts';
import { addProbe } from '../nodes/probes.ts';
import { Processes } from '../nodes/processes.ts';
import { redactingLogger } from '../nodes/redacting-logger.ts';
import { runLimits } from '../nodes/run.ts';
import { Watchdog } from '../nodes/watchdog.ts';
import { jsonLogger } from '../observability/logger.ts';
import type { GraphOptions } from './graph.ts';
import { OwnServer } from './own-server.ts';

/** What the nodes of a graph share, and the connections that it has. */
export interface GraphHost {
  readonly nodes: NodeHost;
  /** Of edges, which put interceptors on as they go. */
  readonly edgeChannels: Channels;
  /** For calls that nodes make by themselves. */
  readonly nodeChannels: Channels;
  /** Where nodes are services when the graph has no server. */
  readonly ownServer: OwnServer;
}

/** Opens nothing yet. */
export function graphHost(options: GraphOptions): GraphHost {
  const { interceptors, nodeInterceptors = [], connection = {}, transports, logger = jsonLogger() } = options;
  checkInterceptors(interceptors);
  checkInterceptors(nodeInterceptors);
  const processes = new Processes();
  const redacted = redactingLogger(logger, () => nodes.secrets);
  const ownServer = new OwnServer(redacted);
  const nodes: NodeHost = {
    env: options.environment ?? {},
    logger: redacted,
    limits: runLimits('limits', options.limits),
    interceptors: nodeInterceptors,
    forks: new Forks(),
    peers: new NodePeers(options),
    processes,
    languages: options.languages,
    stores: options.stores,
    functions: options.functions,
    outbound: new OutboundPolicy(options.outbound),
    server: () => options.server ?? ownServer.get(),
    watchdog: new Watchdog({ afterMs: options.watchdogMs ?? 10_000, processes, logger: redacted }),
  };
  const ports = portProbe(options.hooks ?? []);
  if (ports !== undefined) addProbe(nodes, ports);
  const edgeChannels = new Channels(connection, transports);
  const own = interceptors !== undefined && interceptors.length > 0;
  return {
    nodes,
    edgeChannels,
    nodeChannels: own ? new Channels({ ...connection, interceptors }, transports) : edgeChannels,
    ownServer,
  };
}
