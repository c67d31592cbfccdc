import { createServer, silentLogger } from 'flowrpc';
import {
  createGraph,
  type Graph,
  type GraphCallOptions,
  type GraphOptions,
  parseSpecs,
  readSpecs,
} from 'flowrpc/graph';
import { createKinds, type NodeKind, type Reply } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { onTestFinished } from 'vitest';

/** Where the nodes under test stand: in the runtime of their neighbours, or in one of their own that is reached over a socket. */
export const placements = ['local', 'remote'] as const;
export type Placement = (typeof placements)[number];

export interface PlacedOptions extends Partial<Omit<GraphOptions, 'specs' | 'kinds' | 'server'>> {
  /** Names of the nodes that get a runtime of their own when edges are remote. */
  far: readonly string[];
  /** Beside the built-in ones. */
  kinds?: readonly NodeKind[];
}

/** A graph in one runtime or two. Closed with the test. */
export interface Placed {
  /** Calls a node wherever it stands. */
  call(node: string, payload: unknown, options?: GraphCallOptions): Promise<Reply>;
  /** The runtime of the far nodes; the same as `near` when edges are local. */
  readonly far: Graph;
  readonly near: Graph;
}

/**
 * Starts nodes, written as YAML or as in a spec file. Remote: every edge between a far node and the others is a call over a real
 * socket, and both runtimes share a namespace key, so a process goes on from one to the other.
 */
export async function place(
  placement: Placement,
  nodes: string | readonly object[],
  { far, kinds = [], ...options }: PlacedOptions,
): Promise<Placed> {
  const written = typeof nodes === 'string' ? parseSpecs(nodes) : readSpecs(nodes);
  if (written.problems.length > 0) throw new Error(written.problems.map(({ message }) => message).join('\n'));
  const all = { kinds: createKinds(...kinds), logger: silentLogger, ...options };
  if (placement === 'local') {
    const graph = await createGraph({ ...all, specs: written.specs });
    onTestFinished(() => graph.close({ graceMs: 100 }));
    return { near: graph, far: graph, call: (node, payload, how) => graph.call(node, payload, how) };
  }
  const isFar = (name: unknown): boolean => far.includes(name as string);
  const farServer = await listening();
  const nearServer = await listening();
  const between = (side: boolean, other: string): object[] =>
    written.specs
      .filter(({ name }) => isFar(name) === side)
      .map((spec) => leading(spec, (name) => isFar(name) !== side, other));
  const join = async (server: Listening, side: boolean, other: Listening): Promise<Graph> => {
    const { specs } = readSpecs(between(side, other.address));
    // Each waits for the other to have its nodes: what leads nowhere yet is asked again with the first packet.
    const graph = await createGraph({ ...all, specs, server: server.server, namespaceKey: 'k'.repeat(32) });
    onTestFinished(() => graph.close({ graceMs: 100 }));
    return graph;
  };
  const farGraph = await join(farServer, true, nearServer);
  const nearGraph = await join(nearServer, false, farServer);
  return {
    near: nearGraph,
    far: farGraph,
    call: (node, payload, how) => (isFar(node) ? farGraph : nearGraph).call(node, payload, how),
  };
}

type Listening = Awaited<ReturnType<typeof listening>>;

async function listening() {
  const server = createServer({ logger: silentLogger }).add(reflection());
  onTestFinished(async () => void (await server.close({ graceMs: 50 })));
  const { address } = await server.listen('127.0.0.1:0');
  return { server, address };
}

/** The node with those of its edges changed that lead to the other runtime. */
function leading(spec: object, elsewhere: (name: unknown) => boolean, target: string): object {
  const {
    ports = {},
    namespace = 'default',
    ...rest
  } = spec as { ports?: Record<string, object[]>; namespace?: string };
  const moved = Object.entries(ports).map(([port, edges]) => [
    port,
    edges.map((edge) => {
      const { name } = edge as { name?: string };
      return elsewhere(name) ? { ...edge, name: `${namespace}.${name}`, target } : edge;
    }),
  ]);
  return { ...rest, namespace, ports: Object.fromEntries(moved) };
}
