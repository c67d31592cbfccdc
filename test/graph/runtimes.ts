import { createServer, type Interceptor, type Server, type ServerTls, silentLogger } from 'flowrpc';
import type { Graph, GraphOptions } from 'flowrpc/graph';
import { defineKind, type NodeInstance, type NodeKind } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { onTestFinished } from 'vitest';
import { runGraph } from './run-graph.ts';

/** A graph served on a socket of its own, as another process of the system would serve it. */
export interface TestRuntime {
  readonly address: string;
  readonly server: Server;
  readonly graph: Graph;
  /** Paths of the calls that reached its nodes, in the order in which they began. */
  readonly calls: string[];
}

export interface TestRuntimeOptions extends Partial<GraphOptions> {
  /** Default: it has one. */
  reflects?: boolean;
  /** Of the server, around all calls. */
  serverInterceptors?: readonly Interceptor[];
  /** Of the server. */
  streamIdleMs?: number;
  /** How it listens. */
  tls?: ServerTls;
}

export async function runtime(
  nodes: readonly object[],
  kinds: readonly NodeKind[],
  { reflects = true, tls, serverInterceptors = [], streamIdleMs, ...options }: TestRuntimeOptions = {},
): Promise<TestRuntime> {
  const calls: string[] = [];
  const watch: Interceptor = (call, next) => {
    if (call.method.node !== undefined) calls.push(call.method.path);
    return next(call);
  };
  const server = createServer({
    logger: silentLogger,
    interceptors: [...serverInterceptors, watch],
    ...(streamIdleMs !== undefined && { streamIdleMs }),
  });
  if (reflects) server.add(reflection());
  const graph = await runGraph(nodes, kinds, { server, ...options });
  onTestFinished(async () => void (await server.close({ graceMs: 50 })));
  const { address } = await server.listen('127.0.0.1:0', tls === undefined ? {} : { tls });
  return { address, server, graph, calls };
}

/** A kind of hand-written nodes that keep something for each process. */
export function stateful(
  kind: string,
  process: NodeInstance['process'],
  ports: { inputs?: string[]; outputs?: string[] } = {},
): NodeKind {
  return defineKind({ kind, ...ports, perProcess: true, setup: () => ({ process }) });
}

/** An edge to the in-port of a node elsewhere. */
export function at({ address }: { address: string }, name: string, port = 'in', policy: object = {}): object {
  return { target: address, name: `default.${name}`, port, ...policy };
}

/** 32 bytes that runtimes of one namespace share. */
export const namespaceKey = 'k'.repeat(32);
