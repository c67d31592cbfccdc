export { type Hop, readHops } from '../nodes/hop.ts';
export { createGraph } from './create-graph.ts';
export {
  type Drawing,
  type DrawingOptions,
  type DrawnCounts,
  type DrawnEdge,
  type DrawnNode,
  drawingOf,
} from './drawing.ts';
export { dotOf } from './drawing-dot.ts';
export { mermaidOf } from './drawing-mermaid.ts';
export { svgOf } from './drawing-svg.ts';
export type { EdgeRetry, PortTarget } from './edge.ts';
export type {
  Graph,
  GraphCallOptions,
  GraphChange,
  GraphHook,
  GraphNode,
  GraphOptions,
  GraphUpdate,
} from './graph.ts';
export { GraphError } from './graph-error.ts';
export { type CheckOptions, checkGraph } from './plan-graph.ts';
export { formatProblem, formatProblems, type Problem } from './problems.ts';
export type { Environment } from './reads.ts';
export { type EnvEntry, type NodeSpec, type ParsedSpecs, parseSpecs, readSpecs, type SpecSource } from './spec.ts';
export { hasErrors, validateGraph } from './validate.ts';
export type { StoredValue } from './values.ts';
