import { detached } from '../core/current.ts';
import { checkOptions } from '../core/options.ts';
import { graphOptionNames } from '../graph/create-graph.ts';
import {
  createGraph,
  type Graph,
  type GraphCallOptions,
  type GraphNode,
  type GraphOptions,
  type Problem,
} from '../graph/index.ts';
import { isName, isReservedNamespace } from '../nodes/names.ts';
import type { Processes } from '../nodes/processes.ts';
import type { Reply } from '../nodes/reply.ts';
import { type Filter, memoryStore, type Store } from '../stores/index.ts';
import { workflowGuard } from './control-guard.ts';
import { StoreRuntime } from './store-runtime.ts';

export interface RuntimeOptions
  extends Omit<GraphOptions, 'specs' | 'problems' | 'values' | 'revisions' | 'allowPending' | 'stores'> {
  /** The one namespace whose specs and values are read; `*` for all, and nodes of different ones still never meet. Default `default`. */
  namespace?: string;
  /** Where specs are. Not closed with the runtime. Default: one in memory. */
  specs?: Store;
  /** Where values are, `{ name, data }` each. Not closed with the runtime. Default: one in memory. */
  values?: Store;
}

/** A graph that is what its stores say. */
export interface Runtime extends AsyncDisposable {
  readonly namespace: string;
  readonly specs: Store;
  readonly values: Store;
  readonly graph: Graph;
  readonly nodes: readonly GraphNode[];
  /** What is wrong now: with specs and values, with the files of a store, and with following a store. */
  readonly problems: readonly Problem[];
  readonly processes: Processes;
  /**
   * Makes the graph what the stores say of the specs that match, and leaves all other nodes alone: new ones are loaded, changed ones
   * replaced, those that are gone from the store freed. Gives the nodes that match; what cannot run is inactive, with its reason, and
   * keeps nothing else from running, unless the load is `strict`: then any problem, of what a store cannot read as well, rejects with a
   * GraphError that has them all, and nothing has changed and no source has started. Rejects when a store does, or went back to an older
   * revision. What a load that rejects has read counts for nothing.
   */
  load(filter?: Filter, options?: { strict?: boolean }): Promise<readonly GraphNode[]>;
  /**
   * Takes over every change of the stores from now on, or from the last `load()` of everything, until the runtime is closed. A spec that
   * was never loaded is loaded when it changes. Trouble is logged, in `problems`, and tried again. Resolves once it follows.
   */
  watch(): Promise<void>;
  /** `load()` and `watch()`; resolves when the runtime is closed. */
  listen(): Promise<void>;
  /** Runs one process with one packet, as `graph.call` does. */
  call(node: string, payload: unknown, options?: GraphCallOptions): Promise<Reply>;
  /** Stops watching, then closes the graph: see `graph.close`. */
  close(options?: { graceMs?: number }): Promise<void>;
}

const names = ['namespace', 'specs', 'values'];
const ofStores: ReadonlySet<string> = new Set(['problems', 'revisions', 'allowPending', 'stores']);

/** A runtime without nodes yet: `load`, `watch` or `listen` come next. */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const { namespace = 'default', specs = memoryStore(), values = memoryStore(), ...rest } = options;
  checkOptions('createRuntime', options, [...graphOptionNames.filter((name) => !ofStores.has(name)), ...names]);
  if (namespace !== '*' && (!isName(namespace) || isReservedNamespace(namespace)))
    throw new RangeError(
      `Cannot use namespace ${JSON.stringify(namespace)}: wanted a letter, then letters, digits, "_" or "-"; not grpc…, google… or flowrpc…; or "*"`,
    );
  return await detached(async () => {
    const graph = await createGraph({ ...rest, specs: [], allowPending: true, stores: { specs, values } });
    graph.restrict(workflowGuard);
    return new StoreRuntime({ namespace, specs, values, graph, logger: options.logger });
  });
}
