import {
  checkGraph,
  createGraph,
  formatProblems,
  type Graph,
  GraphError,
  hasErrors,
  type Problem,
} from '../graph/index.ts';
import { createServer, type Server } from '../server/server.ts';
import { health, reflection } from '../services/index.ts';
import { ExitCode } from './exit.ts';
import { greeting } from './greeting.ts';
import { Interrupt } from './interrupt.ts';
import { onlyLocal } from './listen-addresses.ts';
import { jsonLine, note, print } from './output.ts';
import { type ServerTlsOptions, serverTls } from './server-tls.ts';
import { readSpecFiles, type SpecOptions } from './spec-files.ts';

export interface ServeOptions extends SpecOptions, ServerTlsOptions {
  listen?: readonly string[];
  allowPending?: boolean;
  reflection?: 'on' | 'off';
  /** Milliseconds. */
  grace: number;
}

/** `flowrpc serve FILE…`: serves a graph until SIGINT or SIGTERM. What is wrong is told before any address is opened. */
export async function serve(files: readonly string[], options: ServeOptions): Promise<number> {
  const { listen = ['127.0.0.1:50051'], env: environment, allowPending = false, grace } = options;
  const tls = serverTls(options);
  const local = onlyLocal(listen);
  const parsed = await readSpecFiles(files, options);
  const problems = await checkGraph({ ...parsed, environment: options.env });
  if (hasErrors(problems) && !allowPending) return refuse(problems, options);
  // With --json they are among the nodes, as reasons.
  if (!options.json) process.stderr.write(formatProblems(problems));

  using interrupt = new Interrupt();
  await using server = createServer();
  const state = health();
  server.add(state);
  // Reachable, but not ready before the graph is.
  state.set('', 'NOT_SERVING');
  if (options.reflection === 'on' || (options.reflection === undefined && local)) server.add(reflection());
  try {
    for (const address of listen) await server.listen(address, { tls });
    const graph = await createGraph({ ...parsed, environment, server, allowPending });
    state.set('', 'SERVING');
    await announce(server, graph, options);
    await untilAborted(interrupt.signal);
    note(`stopping: calls under way may go on for ${grace / 1000} s, interrupt again to stop at once`);
    const end = Date.now() + grace;
    await server.close({ graceMs: grace });
    // Forks go on after the calls that made them.
    await graph.close({ graceMs: Math.max(0, end - Date.now()) });
    return ExitCode.ok;
  } catch (error) {
    await server.close({ graceMs: 0 });
    if (error instanceof GraphError) return refuse(error.problems, options);
    throw error;
  }
}

function refuse(problems: readonly Problem[], { json = false }: ServeOptions): number {
  if (json) note(jsonLine({ message: 'Cannot serve: the graph has problems', problems }));
  else process.stderr.write(formatProblems(problems));
  return ExitCode.failed;
}

async function announce(server: Server, graph: Graph, { json = false, tlsCert }: ServeOptions): Promise<void> {
  const { addresses } = server;
  const nodes = graph.nodes.map(({ service, kind, status, reason }) => ({ service, kind, status, reason }));
  if (json) await print(jsonLine({ addresses, nodes }));
  else await print(greeting({ addresses, nodes: graph.nodes, tls: tlsCert !== undefined }));
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
