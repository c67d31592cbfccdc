export { type Hop, readHops } from '../nodes/hop.ts';
export { createGraph } from './create-graph.ts';
export type { EdgeRetry, PortTarget } from './edge.ts';
export type { Environment } from './env.ts';
export type { Graph, GraphCallOptions, GraphNode, GraphOptions } from './graph.ts';
export { GraphError } from './graph-error.ts';
export { formatProblem, formatProblems, type Problem } from './problems.ts';
export { type EnvEntry, type NodeSpec, type ParsedSpecs, parseSpecs, readSpecs, type SpecSource } from './spec.ts';
export { hasErrors, validateGraph } from './validate.ts';
