import { codeName } from 'flowrpc';
import type { CallLabels, CallSeries, MetricsDialect } from './metrics-dialect.ts';
import type { Family } from './prometheus-family.ts';
import type { Registry } from './prometheus-registry.ts';
import type { Counter, Gauge, Histogram } from './prometheus-series.ts';

const nodeLabels = ['namespace', 'node', 'kind', 'port'];
const edgeLabels = ['from', 'to'];

interface Families {
  readonly active: Family<Gauge>;
  readonly ended: Family<Counter>;
  readonly seconds: Family<Histogram>;
}

/**
 * What the nodes of a graph do, and what goes along its edges: `flowrpc_node_…` by node and in-port, `flowrpc_edge_…` by where an edge comes
 * from and leads to (`default.check/out[0]`, `default.adult/in`). Calls of other services are not in it.
 */
export function graphDialect(registry: Registry, bounds: readonly number[]): MetricsDialect {
  const nodes = familiesOf(registry, 'node', nodeLabels, bounds);
  const edges = familiesOf(registry, 'edge', edgeLabels, bounds);
  return {
    name: 'graph',
    bind({ side, node, edge }: CallLabels) {
      if (side === 'client') return edge === undefined ? undefined : seriesOf(edges, [edge.from, edge.to]);
      if (node === undefined) return undefined;
      return seriesOf(nodes, [node.namespace, node.name, node.kind, node.port]);
    },
  };
}

function familiesOf(
  registry: Registry,
  what: 'node' | 'edge',
  labels: readonly string[],
  bounds: readonly number[],
): Families {
  const where = what === 'node' ? 'Calls of a node' : 'Calls along an edge';
  return {
    active: registry.gauge(`flowrpc_${what}_active`, { help: `${where} under way`, labels }),
    ended: registry.counter(`flowrpc_${what}_calls_total`, {
      help: `${where} that ended`,
      labels: [...labels, 'code'],
    }),
    seconds: registry.histogram(`flowrpc_${what}_duration_seconds`, { help: `${where}: seconds`, labels, bounds }),
  };
}

function seriesOf(families: Families, values: readonly string[]): CallSeries {
  const active = families.active.labels(...values);
  const seconds = families.seconds.labels(...values);
  const ended: (Counter | undefined)[] = [];
  return {
    started: () => active.add(),
    ended({ code }, duration) {
      active.add(-1);
      seconds.observe(duration);
      (ended[code] ??= families.ended.labels(...values, codeName(code))).add();
    },
  };
}
