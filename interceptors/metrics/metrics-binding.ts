import { type Call, type GraphEdge, graphEdgeKey, type Method, type Service } from 'flowrpc';
import type { CallLabels, CallSeries, MetricsDialect } from './metrics-dialect.ts';

/** More targets than this share one name, `other`. */
const maxTargets = 1_000;

type ByMethod = WeakMap<Method, readonly CallSeries[]>;

/** Finds the series of a call without building a string: made once for each method, kept as long as the method is. */
export class Bindings {
  readonly #dialects: readonly MetricsDialect[];
  readonly #server: ByMethod = new WeakMap();
  readonly #targets = new Map<string, ByMethod>();
  readonly #edges = new WeakMap<GraphEdge, ByMethod>();
  /** Paths that nobody registered come with a new method each time. */
  #unknown: readonly CallSeries[] | undefined;

  constructor(dialects: readonly MetricsDialect[]) {
    this.#dialects = dialects;
  }

  /** Methods of a server that have their series before they are called. */
  prepare({ methods }: Service): void {
    for (const method of Object.values(methods)) {
      const series = this.#bind({ method, side: 'server' });
      this.#server.set(method, series);
      for (const each of series) each.prepare?.();
    }
  }

  of(call: Call): readonly CallSeries[] {
    const { method, side } = call;
    if (side === 'server') {
      if (!method.known) return (this.#unknown ??= this.#bind(call));
      return this.#kept(this.#server, call);
    }
    const edge = call.get(graphEdgeKey);
    if (edge === undefined) return this.#toTarget(call);
    let byMethod = this.#edges.get(edge);
    if (byMethod === undefined) this.#edges.set(edge, (byMethod = new WeakMap()));
    return this.#kept(byMethod, call, call.peer.address, edge);
  }

  #toTarget(call: Call): readonly CallSeries[] {
    const { address } = call.peer;
    const target = this.#targets.has(address) || this.#targets.size < maxTargets ? address : 'other';
    let byMethod = this.#targets.get(target);
    if (byMethod === undefined) this.#targets.set(target, (byMethod = new WeakMap()));
    return this.#kept(byMethod, call, target);
  }

  #kept(byMethod: ByMethod, call: Call, target?: string, edge?: GraphEdge): readonly CallSeries[] {
    let series = byMethod.get(call.method);
    if (series === undefined) byMethod.set(call.method, (series = this.#bind(call, target, edge)));
    return series;
  }

  #bind({ method, side }: Pick<Call, 'method' | 'side'>, target?: string, edge?: GraphEdge): readonly CallSeries[] {
    const { known, kind, service, name, node } = method;
    const labels: CallLabels = {
      side,
      known,
      kind,
      service: known ? service : 'other',
      method: known ? name : 'other',
      target,
      node,
      edge,
    };
    return this.#dialects.map((dialect) => dialect.bind(labels)).filter((series) => series !== undefined);
  }
}
