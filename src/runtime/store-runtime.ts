import { detached } from '../core/current.ts';
import { checkOptions } from '../core/options.ts';
import type { Graph, GraphCallOptions, GraphChange, GraphNode, Problem } from '../graph/index.ts';
import type { Processes } from '../nodes/processes.ts';
import { redactingLogger } from '../nodes/redacting-logger.ts';
import type { Reply } from '../nodes/reply.ts';
import { jsonLogger, type Logger } from '../observability/logger.ts';
import { followStore } from '../stores/follow-store.ts';
import type { Filter, Store } from '../stores/index.ts';
import { quote, textProblem } from '../wire/yaml/problem.ts';
import { changedNodes } from './changed-names.ts';
import { Gathering } from './gathering.ts';
import { LoadedDocuments } from './loaded-documents.ts';
import { ProblemLog } from './problem-log.ts';
import { updateOf } from './read-documents.ts';
import type { Runtime } from './runtime.ts';

export interface StoreRuntimeInit {
  readonly namespace: string;
  readonly specs: Store;
  readonly values: Store;
  readonly graph: Graph;
  readonly logger: Logger | undefined;
}

/** What `createRuntime` makes: keeps in memory what its stores say, and the graph the same. */
export class StoreRuntime implements Runtime {
  readonly namespace: string;
  readonly specs: Store;
  readonly values: Store;
  readonly graph: Graph;
  readonly #logger: Logger;
  readonly #log: ProblemLog;
  readonly #storeLog: ProblemLog;
  readonly #specs: LoadedDocuments;
  readonly #values: LoadedDocuments;
  readonly #stop = new AbortController();
  readonly #unwatch: (() => void)[] = [];
  readonly #troubles = new Map<'specs' | 'values' | 'graph', Problem>();
  #turn: Promise<unknown> = Promise.resolve();
  // Only a runtime that is closed refuses.
  readonly #gathering = new Gathering(() => this.#inTurn(() => this.#reload()).catch(() => {}));
  #watching: Promise<void> | undefined;
  #following: Promise<void>[] = [];
  #closing: Promise<void> | undefined;
  readonly #listening: (() => void)[] = [];

  constructor({ namespace, specs, values, graph, logger = jsonLogger() }: StoreRuntimeInit) {
    this.namespace = namespace;
    this.specs = specs;
    this.values = values;
    this.graph = graph;
    this.#logger = redactingLogger(logger, () => graph.secrets);
    this.#log = new ProblemLog(this.#logger, 'a spec cannot run');
    this.#storeLog = new ProblemLog(this.#logger, 'a store has a problem');
    this.#specs = new LoadedDocuments(specs);
    this.#values = new LoadedDocuments(values);
  }

  get nodes(): readonly GraphNode[] {
    return this.graph.nodes;
  }

  get problems(): readonly Problem[] {
    return [...this.graph.problems, ...this.#storeProblems, ...this.#troubles.values()];
  }

  get #storeProblems(): readonly Problem[] {
    return [...(this.specs.problems ?? []), ...(this.values.problems ?? [])];
  }

  get processes(): Processes {
    return this.graph.processes;
  }

  load(filter: Filter = {}, { strict = false, ...rest }: { strict?: boolean } = {}): Promise<readonly GraphNode[]> {
    checkOptions('runtime.load', rest, ['strict']);
    // Whoever asked reads `problems`.
    return this.#load(filter, { quiet: true, strict });
  }

  watch(): Promise<void> {
    this.#watching ??= this.#inTurn(async () => {
      if (this.#values.revision === undefined) await this.#values.load(this.#scope, true);
      this.#following = [this.#follow('specs', this.#specs), this.#follow('values', this.#values)];
      const tell = (): void => this.#storeLog.tell(this.#storeProblems, { quiet: false });
      for (const store of [this.specs, this.values]) {
        const stop = store.onProblems?.(tell);
        if (stop !== undefined) this.#unwatch.push(stop);
      }
      tell();
    });
    return this.#watching;
  }

  async listen(): Promise<void> {
    await this.#load({}, { quiet: false, strict: false });
    await this.watch();
    // Closed since, it would wait for ever.
    if (this.#closing === undefined) await new Promise<void>((resolve) => this.#listening.push(resolve));
    await this.#closing;
  }

  call(node: string, payload: unknown, options?: GraphCallOptions): Promise<Reply> {
    return this.graph.call(node, payload, options);
  }

  close(options: { graceMs?: number } = {}): Promise<void> {
    checkOptions('close', options, ['graceMs']);
    this.#closing ??= detached(() => this.#close(options));
    for (const resolve of this.#listening.splice(0)) resolve();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #scope(): Filter {
    return this.namespace === '*' ? {} : { namespace: this.namespace };
  }

  async #load(filter: Filter, { quiet, strict }: { quiet: boolean; strict: boolean }): Promise<readonly GraphNode[]> {
    const { namespace } = this;
    if (filter.namespace !== undefined && namespace !== '*' && filter.namespace !== namespace)
      throw new RangeError(`Cannot load namespace ${quote(filter.namespace)}: the runtime has ${quote(namespace)}`);
    return await this.#inTurn(async () => {
      const everything = Object.values(filter).every((wanted) => wanted === undefined);
      const loaded = await this.#onTrial(async () => {
        await this.#values.load(this.#scope, true);
        const found = await this.#specs.load({ ...filter, ...this.#scope }, everything);
        await this.#update({ strict });
        return found;
      });
      this.#log.tell(this.graph.problems, { quiet });
      const ids = new Set(loaded.map(({ document }) => document.id));
      return this.nodes.filter(({ id }) => ids.has(id));
    });
  }

  /** What is loaded counts when the graph has taken it, and not at all when it has not. */
  async #onTrial<T>(run: () => Promise<T>): Promise<T> {
    const trials = [this.#values.trial(), this.#specs.trial()];
    try {
      return await run();
    } catch (error) {
      for (const trial of trials) trial.undo();
      throw error;
    } finally {
      for (const trial of trials) trial.end();
    }
  }

  /** One at a time, in the order they were asked for. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      if (this.#closing !== undefined) throw new Error('The runtime is closed');
      return detached(run);
    });
    this.#turn = result.catch(() => {});
    return result;
  }

  #follow(which: 'specs' | 'values', loaded: LoadedDocuments): Promise<void> {
    const store = this[which];
    return followStore({
      store,
      filter: this.#scope,
      fromRevision: loaded.revision ?? store.revision,
      signal: this.#stop.signal,
      changed: (event) => {
        loaded.changed(event);
        this.#gathering.add();
      },
      listed: (list, since) => {
        loaded.listed(list, since);
        this.#gathering.add();
      },
      trouble: (error) => this.#trouble(which, error),
    });
  }

  async #reload(): Promise<void> {
    const said = { specs: this.#specs.changes.take(), values: this.#values.changes.take() };
    try {
      const change = await this.#update();
      this.#troubles.delete('graph');
      this.#logger.info('stores changed', { ...said, ...changedNodes(change) });
    } catch (error) {
      this.#troubles.set('graph', textProblem(`Cannot update the graph: ${String(error)}`));
      this.#logger.error('the graph was not updated', { ...said, error });
    }
    this.#log.tell(this.graph.problems, { quiet: false });
  }

  async #update({ strict = false } = {}): Promise<GraphChange> {
    // What a store cannot read might be part of the graph.
    const next = updateOf(this.#specs, this.#values, strict ? this.#storeProblems : []);
    return await this.graph.update(next, { strict });
  }

  #trouble(which: 'specs' | 'values', error: Error | undefined): void {
    if (error === undefined) {
      this.#troubles.delete(which);
      this.#logger.info('a store is followed again', { store: which });
    } else {
      this.#troubles.set(which, textProblem(`Cannot follow the store of ${which}: ${error.message}`));
      this.#logger.warn('a store cannot be followed', { store: which, error });
    }
  }

  async #close(options: { graceMs?: number }): Promise<void> {
    this.#stop.abort();
    this.#gathering.close();
    await this.#turn;
    for (const stop of this.#unwatch.splice(0)) stop();
    await Promise.all(this.#following);
    await this.graph.close(options);
  }
}
