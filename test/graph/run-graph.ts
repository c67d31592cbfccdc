import { silentLogger } from 'flowrpc';
import { createGraph, type Graph, type GraphOptions, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, type NodeContext, type NodeInstance, type NodeKind, oneToOne } from 'flowrpc/nodes';
import { onTestFinished } from 'vitest';

/** Starts a graph of nodes written as in a spec file, and closes it with the test. */
export async function runGraph(
  nodes: readonly object[],
  kinds: readonly NodeKind[] = [],
  options: Partial<GraphOptions> = {},
): Promise<Graph> {
  const { specs, problems } = readSpecs(nodes);
  const graph = await createGraph({ specs, problems, kinds: createKinds(...kinds), logger: silentLogger, ...options });
  onTestFinished(() => graph.close({ graceMs: 100 }));
  return graph;
}

/** A kind whose nodes run one function, as `oneToOne` does. */
export function mapping(kind: string, fn: (payload: never, context: NodeContext) => unknown): NodeKind {
  return defineKind({ kind, setup: () => oneToOne(fn as (payload: unknown, context: NodeContext) => unknown) });
}

/** A kind of hand-written nodes. */
export function handWritten(
  kind: string,
  process: NodeInstance['process'],
  ports: { inputs?: string[]; outputs?: string[] } = {},
): NodeKind {
  return defineKind({ kind, ...ports, setup: () => ({ process }) });
}

/** `ports` with one edge from each out-port to the `in` of a node. */
export function to(targets: Readonly<Record<string, string | readonly string[]>>): object {
  return Object.fromEntries(
    Object.entries(targets).map(([port, names]) => [port, [names].flat().map((name) => ({ name, port: 'in' }))]),
  );
}

/** A promise that others settle. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
