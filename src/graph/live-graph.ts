import { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import { detached } from '../core/current.ts';
import { maxTimerMs } from '../core/deadline.ts';
import { checkOptions } from '../core/options.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status-error.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Probe } from '../nodes/probe.ts';
import { addProbe } from '../nodes/probes.ts';
import type { Processes } from '../nodes/processes.ts';
import type { Reply } from '../nodes/reply.ts';
import type { Secrets } from '../nodes/secrets.ts';
import type { BlockedEdge } from '../nodes/watchdog.ts';
import { Engine } from './engine.ts';
import type { Graph, GraphCallOptions, GraphChange, GraphNode, GraphOptions, GraphUpdate } from './graph.ts';
import type { GraphEntry } from './graph-entry.ts';
import { type GraphHost, graphHost } from './graph-host.ts';
import type { Guard } from './guard.ts';
import type { Problem } from './problems.ts';
import { settledWithin } from './settled-within.ts';

const updateNames = ['specs', 'problems', 'values', 'environment', 'revisions'];

/** What closing nodes may take, however short the grace period was. */
const leastEndMs = 1_000;

/** A graph at work, as others hold it. */
export class LiveGraph implements Graph {
  readonly #options: GraphOptions;
  readonly #host: GraphHost;
  readonly #engine: Engine;
  readonly #listeners = new Set<(change: GraphChange) => void>();
  /** The update that comes last, settled or not. */
  #updates: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(options: GraphOptions) {
    this.#options = options;
    this.#host = graphHost(options);
    this.#engine = new Engine(options, this.#host);
  }

  static async open(options: GraphOptions): Promise<Graph> {
    const graph = new LiveGraph(options);
    const { specs, problems, revisions, allowPending = false } = options;
    try {
      await graph.#engine.apply({ specs, problems, revisions }, { strict: !allowPending });
    } catch (thrown) {
      await graph.close({ graceMs: 0 });
      throw thrown;
    }
    return graph;
  }

  get nodes(): readonly GraphNode[] {
    return this.#engine.state.directory.nodes;
  }

  get problems(): readonly Problem[] {
    return this.#engine.state.problems;
  }

  get processes(): Processes {
    return this.#host.nodes.processes;
  }

  get secrets(): Secrets | undefined {
    return this.#host.nodes.secrets;
  }

  get blocked(): readonly BlockedEdge[] {
    return this.#host.nodes.watchdog?.blocked ?? [];
  }

  call(name: string, payload: unknown, options?: GraphCallOptions): Promise<Reply> {
    try {
      const result = options === undefined ? this.#plain(name, payload) : this.#bounded(name, payload, options);
      return isPromise(result) ? result : Promise.resolve(result);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  update(next: GraphUpdate, { strict = false, ...rest }: { strict?: boolean } = {}): Promise<GraphChange> {
    checkOptions('graph.update', next, updateNames);
    checkOptions('graph.update', rest, ['strict']);
    const updated = this.#updates.then(() => detached(() => this.#update(next, strict)));
    this.#updates = updated.catch(() => {});
    return updated;
  }

  onChange(listener: (change: GraphChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  restrict(guard: Guard): void {
    this.#engine.restrict(guard);
  }

  observe(probe: Probe): () => void {
    return addProbe(this.#host.nodes, probe);
  }

  close({ graceMs = 25_000 }: { graceMs?: number } = {}): Promise<void> {
    this.#closing ??= detached(() => this.#close(Math.min(graceMs, maxTimerMs)));
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #update(next: GraphUpdate, strict: boolean): Promise<GraphChange> {
    if (this.#closing !== undefined) throw closed();
    const change = await this.#engine.apply(next, { strict });
    if (change === undefined) throw closed();
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        this.#host.nodes.logger.error('a listener for changes of the graph failed', { error });
      }
    }
    return change;
  }

  #find(name: string, wanted: string): GraphEntry {
    if (this.#closing !== undefined) throw closed();
    const live = this.#engine.state.directory.byName.get(name);
    if (live === undefined) throw this.#unknown(name);
    const port = live.node.input(wanted);
    if (port !== undefined) return live.served.entry(port.name);
    const { inputs } = live.node.info;
    throw new TypeError(
      `Cannot call node "${name}": it has no in-port "${wanted}", it has ${inputs.join(', ') || 'none'}`,
    );
  }

  #plain(name: string, payload: unknown): Reply | Promise<Reply> {
    const { called } = this.#engine.state.directory;
    let entry = this.#closing === undefined ? called.get(name) : undefined;
    if (entry === undefined) called.set(name, (entry = this.#find(name, 'in')));
    return entry.run(payload, undefined, this.#options.onHop);
  }

  #bounded(name: string, payload: unknown, options: GraphCallOptions): Reply | Promise<Reply> {
    const { port: wanted = 'in', onHop = this.#options.onHop, ...rest } = options;
    return this.#find(name, wanted).run(payload, rest, onHop);
  }

  #unknown(name: string): Error {
    const known = this.nodes.find((node) => node.service === name || node.name === name);
    if (known?.status === 'inactive')
      return new StatusError(Code.UNAVAILABLE, `Node "${name}" is inactive: ${known.reason}`);
    const near = didYouMean(name, this.#engine.state.directory.byName.keys());
    return new TypeError(`Cannot call node "${name}": the graph has no such node${near}`);
  }

  async #close(graceMs: number): Promise<void> {
    const { nodes, edgeChannels, nodeChannels, ownServer } = this.#host;
    const until = Date.now() + graceMs;
    const left = (): number => Math.max(0, until - Date.now());
    const stopped = this.#engine.stop();
    await settledWithin(this.#updates, left());
    await this.#engine.drained(left());
    if (!(await nodes.processes.idle(left()))) {
      nodes.logger.warn('processes outlived the grace period', { processes: nodes.processes.waited });
      nodes.processes.cancelAll(() => new CancelReason('shutdown'));
    }
    await nodes.forks.close(left());
    await settledWithin(stopped, Math.max(left(), 100));
    await this.#engine.end(Math.max(left(), leastEndMs));
    nodes.watchdog?.close();
    await ownServer.close();
    await edgeChannels.close();
    await nodeChannels.close();
  }
}

function closed(): StatusError {
  return new StatusError(Code.UNAVAILABLE, 'The graph is closed');
}
