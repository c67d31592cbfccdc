import { detached } from '../core/current.ts';
import { checkInterceptors } from '../core/interceptor.ts';
import { checkOptions } from '../core/options.ts';
import { Channels } from '../nodes/channels.ts';
import { Forks } from '../nodes/forks.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { concretePorts, type MadeNode, makeNode } from '../nodes/make-node.ts';
import type { NodeHost } from '../nodes/node.ts';
import type { NodeInfo } from '../nodes/node-context.ts';
import { serviceOfNode } from '../nodes/node-service.ts';
import { NodeSlot } from '../nodes/node-slot.ts';
import { Processes } from '../nodes/processes.ts';
import type { RemoteMethod } from '../nodes/remote-method.ts';
import { defaultRunLimits } from '../nodes/run.ts';
import { jsonLogger } from '../observability/logger.ts';
import { inactiveNodes } from './activity.ts';
import { cyclicNodes } from './components.ts';
import type { Graph, GraphOptions } from './graph.ts';
import { GraphError } from './graph-error.ts';
import { edgeOf, type LiveNode } from './link-edges.ts';
import { LiveGraph } from './live-graph.ts';
import { baseDirOf, planGraph } from './plan-graph.ts';
import { faultOf } from './port-types.ts';
import { type Problem, sortProblems } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';
import { hasErrors } from './validate.ts';

const names = [
  'specs',
  'problems',
  'kinds',
  'environment',
  'server',
  'interceptors',
  'nodeInterceptors',
  'connection',
  'allowPending',
  'logger',
  'baseDir',
  'exposeErrors',
  'limits',
  'onHop',
];

type Plan = ResolvedNode<NodeKind>;

/** Makes the nodes of a graph, links and starts them. Rejects with a GraphError that has all problems, and then nothing runs. */
export async function createGraph(options: GraphOptions): Promise<Graph> {
  checkOptions('createGraph', options, names);
  return await detached(() => new GraphBuilder(options).build());
}

class GraphBuilder {
  readonly #options: GraphOptions;
  readonly #host: NodeHost;
  readonly #channels: Channels;
  /** For calls that nodes make by themselves: edges put their interceptors on as they go. */
  readonly #nodeChannels: Channels;

  constructor(options: GraphOptions) {
    const { environment: env = {}, limits, interceptors, nodeInterceptors = [], connection = {} } = options;
    checkInterceptors(interceptors);
    checkInterceptors(nodeInterceptors);
    this.#options = options;
    this.#channels = new Channels(connection);
    this.#nodeChannels = interceptors?.length ? new Channels({ ...connection, interceptors }) : this.#channels;
    this.#host = {
      env,
      logger: options.logger ?? jsonLogger(),
      limits: { ...defaultRunLimits, ...limits },
      interceptors: nodeInterceptors,
      forks: new Forks(),
      processes: new Processes(),
    };
  }

  async build(): Promise<Graph> {
    const { allowPending = false } = this.#options;
    const { plans, problems } = await planGraph(this.#options);
    if (!allowPending && hasErrors(problems)) throw new GraphError(problems);
    const { live, problems: found } = await this.#makeAll(plans, problems);
    if (!allowPending && hasErrors(found)) {
      await this.#closeAll([...live.values()]);
      throw new GraphError(found);
    }
    const reasons = inactiveNodes(plans, found);
    await this.#closeAll([...live].filter(([plan]) => reasons.has(plan)).map(([, node]) => node));
    for (const plan of reasons.keys()) live.delete(plan as Plan);
    const remotes = this.#link(live);
    const graph = new LiveGraph({
      plans,
      reasons,
      live,
      problems: found,
      host: this.#host,
      channels: [this.#channels, this.#nodeChannels],
      options: this.#options,
    });
    this.#lookAt(remotes);
    graph.start();
    return graph;
  }

  async #makeAll(
    plans: readonly Plan[],
    problems: readonly Problem[],
  ): Promise<{ live: Map<Plan, LiveNode>; problems: readonly Problem[] }> {
    const { exposeErrors, onHop } = this.#options;
    const reasons = inactiveNodes(plans, problems);
    const live = new Map<Plan, LiveNode>();
    const faults: Problem[] = [];
    const linked = linkedPorts(plans);
    for (const plan of plans) {
      if (reasons.has(plan)) continue;
      try {
        const made = await this.#make(plan, linked.get(plan) ?? []);
        live.set(plan, {
          ...made,
          module: serviceOfNode(new NodeSlot(made.node), made.types, { exposeErrors, onHop }),
        });
      } catch (thrown) {
        faults.push(faultOf(plan, thrown));
      }
    }
    return { live, problems: faults.length === 0 ? problems : sortProblems([...problems, ...faults]) };
  }

  #make(plan: Plan, linked: readonly string[]): Promise<MadeNode> {
    const { spec, service, kind, fields, inputs = [], outputs = [] } = plan;
    const { id, namespace, name } = spec;
    const info: NodeInfo = {
      id,
      kind: spec.kind,
      namespace,
      ...(name !== undefined && { name }),
      service,
      inputs: concretePorts(inputs, linked),
      outputs,
    };
    return makeNode({ kind: kind!, fields, info, baseDir: baseDirOf(plan, this.#options) }, this.#host, (target) =>
      this.#nodeChannels.get(target),
    );
  }

  #link(live: ReadonlyMap<Plan, LiveNode>): RemoteMethod[] {
    const { interceptors = [] } = this.#options;
    const remotes: RemoteMethod[] = [];
    for (const [plan, { node }] of live) {
      const options = {
        from: node.info.service,
        live,
        channels: this.#channels,
        interceptors,
        baseDir: baseDirOf(plan, this.#options),
        onRemote: (remote: RemoteMethod) => remotes.push(remote),
      };
      for (const link of plan.links) node.link(link.port, edgeOf(link, options));
    }
    const targets = (plan: Plan): Plan[] => plan.links.flatMap(({ node }) => node ?? []);
    for (const plan of cyclicNodes(live.keys(), targets)) live.get(plan)!.node.cyclic = true;
    return remotes;
  }

  /** Asks for descriptors outside this graph ahead of the first packet. A peer may come up later, so failing is only noted. */
  #lookAt(remotes: readonly RemoteMethod[]): void {
    for (const remote of remotes) {
      remote.resolve().catch((error: unknown) => {
        this.#host.logger.warn('the target of an edge is not there yet', {
          target: remote.label,
          error: String(error),
        });
      });
    }
  }

  async #closeAll(nodes: readonly LiveNode[]): Promise<void> {
    for (const { node } of nodes.toReversed()) {
      try {
        await node.instance.close?.();
      } catch (error) {
        node.log.error('node failed to close', { error });
      }
    }
  }
}

/** The in-ports that edges lead to, by node. */
function linkedPorts(plans: readonly Plan[]): Map<Plan, string[]> {
  const ports = new Map<Plan, string[]>();
  for (const { node, to } of plans.flatMap(({ links }) => links)) {
    if (node === undefined) continue;
    const known = ports.get(node);
    if (known === undefined) ports.set(node, [to]);
    else known.push(to);
  }
  return ports;
}
