import { nodeLabel, serviceName } from '../nodes/names.ts';
import { Sketch } from './drawing-sketch.ts';
import type { NodeSpec } from './spec.ts';

/** How many packets passed, and how many of them failed. */
export interface DrawnCounts {
  readonly packets: number;
  readonly errors: number;
  /** Processes that began at a node. */
  readonly processes?: number;
}

/** One box of a drawing. */
export interface DrawnNode {
  /** Distinct within the drawing: the service of a node, the path to one inside of a block. */
  readonly key: string;
  readonly label: string;
  /** Second line: the kind, or where a service outside the graph is. */
  readonly detail: string;
  /** `remote`: a service outside the graph. `missing`: an edge names it, and there is no such node. */
  readonly type: 'node' | 'block' | 'remote' | 'missing';
  /** Key of the block that it is inside of. */
  readonly inside?: string;
  /** Set when it cannot run; may be empty. */
  readonly inactive?: string;
  readonly counts?: DrawnCounts;
}

/** One arrow of a drawing. */
export interface DrawnEdge {
  readonly from: string;
  readonly port: string;
  readonly to: string;
  readonly toPort: string;
  /** Whether it leaves by an `error` port. */
  readonly error: boolean;
  /** Whether a way leads back from its end to its beginning. */
  readonly cyclic: boolean;
  readonly counts?: DrawnCounts;
}

/** A graph as people see it. Blocks come before what is inside of them. */
export interface Drawing {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

export interface DrawingOptions {
  /** Why nodes cannot run, by service. */
  readonly inactive?: ReadonlyMap<string, string>;
  /** What passed, by service. */
  readonly nodeCounts?: ReadonlyMap<string, DrawnCounts>;
  /** What left, by service and out-port: `default.a/out`. */
  readonly portCounts?: ReadonlyMap<string, DrawnCounts>;
}

/** Arranges specs as they were written, whatever is wrong with them; templates stay as they are, so no value is in it. Charts are drawn where they are used. */
export function drawingOf(specs: readonly NodeSpec[], options: DrawingOptions = {}): Drawing {
  const charts = new Map(specs.filter(isChart).map((spec) => [`${spec.namespace}/${spec.name}`, spec]));
  const nodes = specs.filter((spec) => !isChart(spec));
  const several = new Set(nodes.map(({ namespace }) => namespace)).size > 1;
  const sketch = new Sketch(charts, options);
  for (const spec of nodes) {
    const label = nodeLabel(spec);
    sketch.place(spec, { key: serviceName(spec), label: several ? `${spec.namespace}/${label}` : label });
  }
  return sketch.drawing();
}

function isChart({ kind }: NodeSpec): boolean {
  return kind === 'chart';
}
