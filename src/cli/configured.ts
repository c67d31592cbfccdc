import type { Interceptor } from '../core/context.ts';
import { except, only } from '../core/interceptor.ts';
import { type Problem, sortProblems } from '../graph/problems.ts';
import { checkServerOptions, type ServerOptions } from '../server/server-options.ts';
import { checkChannelOptions } from '../transport/grpc/channel-options.ts';
import { loadPem } from '../transport/grpc/pem.ts';
import { checkServerTls, serverTls } from '../transport/grpc/server-tls.ts';
import { formatPath, type Path } from '../wire/yaml/position.ts';
import type { LoadedConfig } from './config.ts';
import { type InterceptorEntry, type Place, places } from './config-interceptors.ts';
import { matchOf } from './config-match.ts';
import type { ServeConfig } from './config-rules.ts';
import { Wiring } from './config-wiring.ts';

/** What a config file stands for, made and not yet opened. Dispose of it whatever happens. */
export interface Configured extends AsyncDisposable {
  readonly config: ServeConfig;
  readonly interceptors: Readonly<Record<Place, readonly Interceptor[]>>;
  readonly server: ServerOptions;
  readonly wiring: Wiring;
  /** All that is wrong with the file, with what it refers to, and with what its interceptors refuse. */
  readonly problems: readonly Problem[];
}

/** Makes what a config file asks for. Opens no address. */
export function configured({ config, problems: found, fault }: LoadedConfig): Configured {
  const wiring = new Wiring();
  const problems = [...found];
  const attempt = <T>(path: Path, make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      problems.push(fault(path.length === 0 ? message : `${formatPath(path)}: ${message}`, path));
      return undefined;
    }
  };
  const {
    tls,
    limits: { maxTimeoutMs, streamIdleMs, maxHandlers, ...limits } = {},
    connection,
    forward,
    targets,
  } = config;
  const {
    server = [],
    nodes = [],
    edges = [],
  } = Object.fromEntries(
    places.map((place) => [
      place,
      (config.interceptors?.[place] ?? []).flatMap((entry) => attempt(entry.path, () => made(entry, wiring)) ?? []),
    ]),
  );
  if (tls !== undefined)
    attempt(['tls'], () => {
      checkServerTls(tls);
      serverTls(tls, loadPem(tls, 'the server'));
    });
  const { tls: outgoing } = targets ?? {};
  if (typeof outgoing === 'object') attempt(['targets', 'tls'], () => loadPem(outgoing, 'the targets'));
  const options = { interceptors: server, limits, connection, forward, maxTimeoutMs, streamIdleMs, maxHandlers };
  attempt([], () => checkServerOptions(options));
  attempt(['targets'], () => checkChannelOptions(targets ?? {}));
  return {
    config,
    interceptors: { server, nodes, edges },
    server: options,
    wiring,
    problems: sortProblems(problems),
    [Symbol.asyncDispose]: () => wiring.close(),
  };
}

function made({ kind, options, only: within, except: without }: InterceptorEntry, wiring: Wiring): Interceptor {
  let interceptor = kind.make(options, wiring);
  if (within !== undefined) interceptor = only(matchOf(within), interceptor);
  if (without !== undefined) interceptor = except(matchOf(without), interceptor);
  return interceptor;
}
