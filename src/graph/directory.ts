import { describeNodes } from './describe-nodes.ts';
import type { GraphNode } from './graph.ts';
import type { GraphEntry } from './graph-entry.ts';
import type { GraphState } from './graph-state.ts';
import type { Steps } from './steps.ts';
import type { LiveNode } from './wiring.ts';

/** The nodes of a graph as others see them, and what they are called by. */
export interface Directory {
  readonly nodes: readonly GraphNode[];
  /** Those that run, by service and by name. */
  readonly byName: ReadonlyMap<string, LiveNode>;
  /** Their in-ports `in`, once called, by the names that they were called by. */
  readonly called: Map<string, GraphEntry>;
}

/** Made in steps. */
export function* directoryOf(state: Omit<GraphState, 'directory'>): Steps<Directory> {
  const nodes = yield* describeNodes(state);
  const byName = new Map<string, LiveNode>();
  const shared = new Set<string>();
  for (const live of state.wiring.nodes) {
    yield;
    const { spec, service, block } = live.plan;
    if (block !== undefined) continue;
    byName.set(service, live);
    if (spec.name === undefined) continue;
    if (byName.has(spec.name)) shared.add(spec.name);
    byName.set(spec.name, live);
  }
  // A short name in two namespaces stands for neither.
  for (const name of shared) byName.delete(name);
  return { nodes, byName, called: new Map() };
}
