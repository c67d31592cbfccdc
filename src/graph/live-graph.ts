import { Code } from '../core/code.ts';
import { detached } from '../core/current.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Channels } from '../nodes/channels.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { methodName } from '../nodes/names.ts';
import type { InPort, NodeHost } from '../nodes/node.ts';
import type { Reply } from '../nodes/reply.ts';
import { startSource } from '../nodes/start-source.ts';
import type { Graph, GraphCallOptions, GraphNode, GraphOptions } from './graph.ts';
import { GraphEntry } from './graph-entry.ts';
import type { LiveNode } from './link-edges.ts';
import type { Problem } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';

type Plan = ResolvedNode<NodeKind>;

export interface LiveGraphInit {
  readonly plans: readonly Plan[];
  readonly reasons: ReadonlyMap<ResolvedNode, string>;
  readonly live: ReadonlyMap<Plan, LiveNode>;
  readonly problems: readonly Problem[];
  readonly host: NodeHost;
  readonly channels: readonly Channels[];
  readonly options: GraphOptions;
}

/** The nodes of a graph at work, and what closes them. */
export class LiveGraph implements Graph {
  readonly nodes: readonly GraphNode[];
  readonly problems: readonly Problem[];
  readonly #init: LiveGraphInit;
  readonly #byName = new Map<string, LiveNode>();
  readonly #entries = new Map<InPort, GraphEntry>();
  #stops: (() => Promise<void>)[] = [];
  #closing: Promise<void> | undefined;

  constructor(init: LiveGraphInit) {
    this.#init = init;
    this.problems = init.problems;
    this.nodes = init.plans.map((plan) => this.#describe(plan));
    for (const [{ spec, service }, live] of init.live) {
      this.#byName.set(service, live);
      for (const port of live.node.inputs)
        this.#entries.set(port, new GraphEntry(port, live.module.service.methods[localName(port)]!));
      // A short name in two namespaces stands for neither.
      if (spec.name !== undefined)
        this.#byName.set(spec.name, this.#byName.has(spec.name) ? (undefined as never) : live);
    }
  }

  /** Serves the nodes, and then lets sources begin. */
  start(): void {
    const { live, options } = this.#init;
    for (const { module } of live.values()) options.server?.add(module);
    for (const { node } of live.values()) {
      const stop = startSource(node);
      if (stop !== undefined) this.#stops.push(stop);
    }
  }

  call(name: string, payload: unknown, options: GraphCallOptions = {}): Promise<Reply> {
    try {
      const { port: wanted = 'in', onHop = this.#init.options.onHop, ...rest } = options;
      const result = this.#entries.get(this.#find(name, wanted))!.run(payload, rest, onHop);
      return isPromise(result) ? result : Promise.resolve(result);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  close({ graceMs = 25_000 }: { graceMs?: number } = {}): Promise<void> {
    this.#closing ??= detached(() => this.#close(graceMs));
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #find(name: string, wanted: string): InPort {
    if (this.#closing !== undefined) throw new StatusError(Code.UNAVAILABLE, 'The graph is closed');
    const live = this.#byName.get(name);
    if (live === undefined) throw this.#unknown(name);
    const port = live.node.input(wanted);
    if (port !== undefined) return port;
    const { inputs } = live.node.info;
    throw new TypeError(
      `Cannot call node "${name}": it has no in-port "${wanted}", it has ${inputs.join(', ') || 'none'}`,
    );
  }

  #unknown(name: string): Error {
    const known = this.nodes.find((node) => node.service === name || node.name === name);
    if (known?.status === 'inactive')
      return new StatusError(Code.UNAVAILABLE, `Node "${name}" is inactive: ${known.reason}`);
    const near = didYouMean(name, this.#byName.keys());
    return new TypeError(`Cannot call node "${name}": the graph has no such node${near}`);
  }

  #describe(plan: Plan): GraphNode {
    const { spec, service } = plan;
    const { id, kind, namespace, name } = spec;
    const reason = this.#init.reasons.get(plan);
    const live = this.#init.live.get(plan);
    return {
      id,
      kind,
      namespace,
      ...(name !== undefined && { name }),
      service,
      status: live === undefined ? 'inactive' : 'active',
      ...(reason !== undefined && { reason }),
      inputs: live?.node.info.inputs ?? [],
      ...(live !== undefined && { instance: live.node.instance }),
    };
  }

  async #close(graceMs: number): Promise<void> {
    const { live, host, channels, options } = this.#init;
    const until = Date.now() + graceMs;
    const left = (): number => Math.max(0, until - Date.now());
    for (const { module } of live.values()) options.server?.remove(module.service);
    const stopped = Promise.all(this.#stops.map((stop) => stop()));
    if (!(await host.processes.idle(left())))
      host.logger.warn('processes outlived the grace period', { processes: host.processes.waited });
    await host.forks.close(left());
    await settledWithin(stopped, Math.max(left(), 100));
    for (const { node } of [...live.values()].reverse()) {
      try {
        await node.instance.close?.();
      } catch (error) {
        node.log.error('node failed to close', { error });
      }
    }
    await Promise.all(channels.map((each) => each.close()));
  }
}

async function settledWithin(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

function localName({ name }: InPort): string {
  const method = methodName(name);
  return method.charAt(0).toLowerCase() + method.slice(1);
}
