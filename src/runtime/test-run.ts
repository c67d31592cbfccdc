import { StatusError } from '../core/status-error.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { suiteKind } from './test-kinds.ts';

/** How one test ended. */
export interface TestResult {
  /** `namespace/name` */
  readonly name: string;
  readonly status: 'pass' | 'fail';
  readonly durationMs: number;
  /** Why it failed. */
  readonly message?: string;
}

export interface TestRunOptions {
  /** Only tests whose `namespace/name` matches. Default: all. */
  match?: RegExp;
  /** Bounds each test. Default 30 s. */
  timeoutMs?: number;
  /** Told of each test as it ends. */
  onResult?: (result: TestResult) => void | Promise<void>;
  signal?: AbortSignal;
}

/** Runs the tests of a graph, one after the other in the order of the specs. A test that cannot run has failed. */
export async function runTests(
  graph: Graph,
  { match = /(?:)/, timeoutMs = 30_000, onResult, signal }: TestRunOptions = {},
): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const node of graph.nodes) {
    if (node.kind !== suiteKind || !match.test(testName(node)) || signal?.aborted === true) continue;
    const result = await runTest(graph, node, { timeoutMs, signal });
    results.push(result);
    await onResult?.(result);
  }
  return results;
}

async function runTest(
  graph: Graph,
  node: GraphNode,
  options: Pick<TestRunOptions, 'timeoutMs' | 'signal'>,
): Promise<TestResult> {
  const name = testName(node);
  const began = performance.now();
  try {
    await graph.call(node.service, null, options);
    return { name, status: 'pass', durationMs: performance.now() - began };
  } catch (thrown) {
    const message = thrown instanceof StatusError ? thrown.statusMessage : String(thrown);
    return { name, status: 'fail', durationMs: performance.now() - began, message };
  }
}

function testName({ namespace, name, service }: GraphNode): string {
  return `${namespace}/${name ?? service.slice(namespace.length + 1)}`;
}
