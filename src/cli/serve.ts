import { createGraph, formatProblems, type Graph, GraphError, hasErrors, type Problem } from '../graph/index.ts';
import { createServer, type Server } from '../server/server.ts';
import { health, reflection } from '../services/index.ts';
import { checkTogether } from './config-graph.ts';
import { readConfig } from './config-option.ts';
import { ExitCode } from './exit.ts';
import { greeting } from './greeting.ts';
import { Interrupt } from './interrupt.ts';
import { jsonLine, note, print } from './output.ts';
import { type ServeFlags, serveSettings } from './serve-settings.ts';
import { readSpecFiles, type SpecOptions } from './spec-files.ts';

export interface ServeOptions extends SpecOptions, ServeFlags {
  config?: string;
  allowPending?: boolean;
}

/** `flowrpc serve FILE…`: serves a graph until SIGINT or SIGTERM. What is wrong is told before any address is opened. */
export async function serve(files: readonly string[], options: ServeOptions): Promise<number> {
  const { env: environment, allowPending = false } = options;
  await using configured = await readConfig(options.config);
  const { config, interceptors, wiring } = configured;
  const wrong = hasErrors(configured.problems);
  const given = wrong ? undefined : serveSettings(options, config);
  const parsed = await readSpecFiles(files, options);
  const { ofConfig, ofGraph } = await checkTogether(configured, { ...parsed, environment });
  const problems = [...ofConfig, ...ofGraph];
  const settings = hasErrors(ofConfig) ? undefined : given;
  if (settings === undefined) return refuse(problems, options, ExitCode.usage);
  if (hasErrors(problems) && !allowPending) return refuse(problems, options);
  // With --json they are among the nodes, as reasons.
  if (!options.json) process.stderr.write(formatProblems(problems));

  const { listen, tls, graceMs } = settings;
  using interrupt = new Interrupt();
  await using server = createServer(configured.server);
  const state = health();
  server.add(state);
  // Reachable, but not ready before the graph is.
  state.set('', 'NOT_SERVING');
  if (settings.reflection) server.add(reflection());
  try {
    await wiring.open(server);
    for (const address of listen) await server.listen(address, { tls });
    const graph = await createGraph({
      ...parsed,
      environment,
      server,
      allowPending,
      interceptors: interceptors.edges,
      nodeInterceptors: interceptors.nodes,
      connection: config.targets,
      exposeErrors: config.exposeErrors,
      limits: config.run,
    });
    state.set('', 'SERVING');
    await announce(server, graph, { ...options, tls: tls !== undefined });
    await untilAborted(interrupt.signal);
    note(`stopping: calls under way may go on for ${graceMs / 1000} s, interrupt again to stop at once`);
    const end = Date.now() + graceMs;
    await server.close({ graceMs });
    // Forks go on after the calls that made them.
    await graph.close({ graceMs: Math.max(0, end - Date.now()) });
    return ExitCode.ok;
  } catch (error) {
    await server.close({ graceMs: 0 });
    if (error instanceof GraphError) return refuse(error.problems, options);
    throw error;
  }
}

function refuse(problems: readonly Problem[], { json = false }: ServeOptions, code: number = ExitCode.failed): number {
  const what = code === ExitCode.usage ? 'the configuration' : 'the graph';
  if (json) note(jsonLine({ message: `Cannot serve: ${what} has problems`, problems }));
  else process.stderr.write(formatProblems(problems));
  return code;
}

async function announce(
  server: Server,
  graph: Graph,
  { json = false, tls }: { json?: boolean; tls: boolean },
): Promise<void> {
  const { addresses } = server;
  const nodes = graph.nodes.map(({ service, kind, status, reason }) => ({ service, kind, status, reason }));
  if (json) await print(jsonLine({ addresses, nodes }));
  else await print(greeting({ addresses, nodes: graph.nodes, tls }));
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
