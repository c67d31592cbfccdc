import { setTimeout as sleep } from 'node:timers/promises';
import { maxTimerMs } from '../core/deadline.ts';
import { formatProblem, formatProblems, GraphError, hasErrors, type Problem } from '../graph/index.ts';
import { createLanguages } from '../nodes/languages/languages.ts';
import { createRuntime, type Runtime } from '../runtime/runtime.ts';
import { Interrupt } from '../server/interrupt.ts';
import { createServer } from '../server/server.ts';
import { health, reflection } from '../services/index.ts';
import { checkTogether } from './config-graph.ts';
import { readConfig } from './config-option.ts';
import { ExitCode, UsageError } from './exit.ts';
import { announce } from './greeting.ts';
import { warnOfVisible } from './headers.ts';
import { hostToTry } from './listen-addresses.ts';
import { jsonLine, note } from './output.ts';
import { type ProfileOptions, Profiling } from './profile.ts';
import { ServedControl } from './serve-control.ts';
import { readServedFiles } from './serve-files.ts';
import { ServedHttp } from './serve-http.ts';
import { type GraphSettings, graphSettings, type ServeFlags, serveSettings } from './serve-settings.ts';
import { ServedStores } from './serve-stores.ts';
import { FileWatch } from './serve-watch.ts';

/** What closing takes at most once nothing is waited for any more. */
const closingMs = 3_000;

export interface ServeOptions extends ServeFlags, ProfileOptions {
  config?: string;
  json?: boolean;
  /** Open a debugger on this terminal; the server ends with it. */
  debug?: boolean;
}

/** `flowrpc serve FILE…`: serves a graph until SIGINT or SIGTERM. What is wrong with files is told before any address is opened. */
export async function serve(files: readonly string[], options: ServeOptions): Promise<number> {
  warnOfVisible(options.env ?? {});
  await using configured = await readConfig(options.config);
  const { config, interceptors, wiring } = configured;
  const wrong = hasErrors(configured.problems);
  const given = wrong ? undefined : serveSettings(options, config);
  const sources = graphSettings(files, options, config);
  const { environment, lenient, namespace } = sources;
  const served = await readServedFiles(sources, namespace);
  const { ofConfig, ofGraph } = await checkTogether(configured, { ...served.read, environment });
  const problems = [...ofConfig, ...ofGraph];
  const settings = hasErrors(ofConfig) ? undefined : given;
  if (settings === undefined) return refuse(problems, options, ExitCode.usage);
  if (hasErrors(problems) && !lenient) return refuse(problems, options);
  // With --json they are among the nodes, as reasons.
  if (!options.json) process.stderr.write(formatProblems(problems));

  const { listen, tls, settleMs, graceMs } = settings;
  if (options.debug && (tls !== undefined || !settings.control))
    throw new UsageError(
      'Cannot use --debug with TLS, or without Control: wanted "flowrpc debug HOST" beside the server',
    );
  await using _profiling = await Profiling.start(options);
  using interrupt = new Interrupt();
  await using stores = await ServedStores.open(sources.store);
  const refused = await stores.take(served);
  // Most of it is among the problems that were told.
  if (refused.length > 0 && !hasErrors(problems)) {
    for (const why of refused) note(`error: ${why}`);
    if (!lenient) return ExitCode.failed;
  }
  await using controlling = settings.control
    ? new ServedControl({ tokenFile: settings.controlTokenFile, admit: config.admit })
    : undefined;
  await using server = createServer(configured.server);
  const state = health();
  server.add(state);
  // Reachable, but not ready before the graph is.
  state.set('', 'NOT_SERVING');
  stores.reportTo(state);
  if (settings.reflection) server.add(reflection());
  await using runtime = await createRuntime({
    namespace: sources.store === undefined ? '*' : (namespace ?? '*'),
    specs: stores.specs,
    values: stores.values,
    environment,
    server,
    interceptors: interceptors.edges,
    nodeInterceptors: interceptors.nodes,
    connection: config.targets,
    outbound: config.outbound,
    languages: createLanguages([], { default: config.language }),
    exposeErrors: config.exposeErrors,
    limits: config.run,
  });
  let http: ServedHttp | undefined;
  const stop = async (ms: number, settle = 0): Promise<void> => {
    const closed = server.close({ settleMs: settle, graceMs: ms });
    if (settle > 0) await sleep(Math.min(settle, maxTimerMs));
    // Listeners of the graph take nothing new either, while what is under way has its grace.
    await Promise.all([closed, http?.close({ graceMs: ms }), runtime.close({ graceMs: ms })]);
  };
  try {
    controlling?.add(server, runtime);
    await wiring.open(server);
    for (const address of listen) await server.listen(address, { tls });
    if (settings.http !== undefined) http = await ServedHttp.open(server, { ...settings.http, tls });
    const tokenFiles = (await controlling?.announce(server.addresses)) ?? [];
    const found = await loaded(runtime, { strict: !lenient });
    if (hasErrors(found) && !lenient) {
      await stop(0);
      return refuse(found, options);
    }
    await runtime.watch();
    await using _watch = sources.watch ? await watchFiles(sources, stores) : undefined;
    state.set('', 'SERVING');
    await announce(
      {
        addresses: server.addresses,
        http: http?.addresses ?? [],
        nodes: runtime.nodes,
        tls: tls !== undefined,
        tokenFiles,
      },
      options,
    );
    await (options.debug ? debugHere(server.addresses[0]!, tokenFiles[0], interrupt) : untilAborted(interrupt.signal));
    const settle = interrupt.settles ? settleMs : 0;
    note(`stopping: calls under way may go on for ${graceMs / 1000} s, interrupt again to stop at once`);
    interrupt.endWithin(settle + graceMs + closingMs);
    await stop(graceMs, settle);
    return ExitCode.ok;
  } catch (error) {
    await stop(0);
    throw error;
  }
}

/** Takes over what files say each time they change. What cannot be read changes nothing, and is told. */
function watchFiles(sources: GraphSettings, stores: ServedStores): Promise<FileWatch> {
  return FileWatch.open([...sources.specs, ...sources.values], async () => {
    try {
      const files = await readServedFiles(sources, sources.namespace);
      const broken = files.read.problems.filter(({ message }) => message.startsWith('Cannot read'));
      for (const problem of files.read.problems) note(formatProblem(problem));
      if (broken.length === 0) for (const why of await stores.take(files)) note(`error: ${why}`);
    } catch (error) {
      note(`error: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

/** Makes the nodes, and gives what is wrong then. Strictly, none of them begins to work before all are there. */
async function loaded(runtime: Runtime, { strict }: { strict: boolean }): Promise<readonly Problem[]> {
  try {
    await runtime.load({}, { strict });
    return runtime.problems;
  } catch (error) {
    if (error instanceof GraphError) return error.problems;
    throw error;
  }
}

function refuse(problems: readonly Problem[], { json = false }: ServeOptions, code: number = ExitCode.failed): number {
  const what = code === ExitCode.usage ? 'the configuration' : 'the graph';
  if (json) note(jsonLine({ message: `Cannot serve: ${what} has problems`, problems }));
  else process.stderr.write(formatProblems(problems));
  return code;
}

/** A debugger of this server on its own terminal, until somebody quits it or the server is told to stop. */
async function debugHere(address: string, controlTokenFile: string | undefined, { signal }: Interrupt): Promise<void> {
  const { debug } = await import('./debug.ts');
  await Promise.race([
    debug(hostToTry(address), { ...(controlTokenFile !== undefined && { controlTokenFile }) }),
    untilAborted(signal),
  ]);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
