import { detached } from '../core/current.ts';
import { checkNotNegative, checkOptions, checkPositive } from '../core/options.ts';
import type { Graph, GraphOptions } from './graph.ts';
import { LiveGraph } from './live-graph.ts';

/** What `createGraph` takes. */
export const graphOptionNames: readonly string[] = [
  'specs',
  'problems',
  'kinds',
  'languages',
  'functions',
  'stores',
  'environment',
  'values',
  'server',
  'interceptors',
  'nodeInterceptors',
  'connection',
  'trust',
  'namespaceKey',
  'transports',
  'outbound',
  'allowPending',
  'revisions',
  'hooks',
  'replaceGraceMs',
  'setupTimeoutMs',
  'watchdogMs',
  'logger',
  'baseDir',
  'exposeErrors',
  'limits',
  'onHop',
];

/** Makes the nodes of a graph, links and starts them. Rejects with a GraphError that has all problems, and then nothing runs. */
export async function createGraph(options: GraphOptions): Promise<Graph> {
  checkOptions('createGraph', options, graphOptionNames);
  checkNotNegative('replaceGraceMs', options.replaceGraceMs);
  checkPositive('setupTimeoutMs', options.setupTimeoutMs);
  checkPositive('watchdogMs', options.watchdogMs);
  return await detached(() => LiveGraph.open(options));
}
