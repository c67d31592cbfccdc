import { type Rule, record } from '../graph/rules.ts';
import type { ExposeErrors } from '../nodes/node-entry.ts';
import type { RunLimits } from '../nodes/run.ts';
import type { GrpcServerOptions, ServerTls } from '../transport/grpc/index.ts';
import { type InterceptorEntry, interceptorList, type Place, places } from './config-interceptors.ts';
import { connectionRules, limitRules, type ServerLimits, serverTlsRules } from './config-server.ts';
import { type ConfigSource, filePath } from './config-source.ts';
import { type Targets, targetRules } from './config-targets.ts';
import { bytes, duration, listenAddress, metadataKeys, oneOrMore, whole, word } from './config-values.ts';
import { configurableInterceptors } from './configured-interceptors.ts';

/** What a config file says about serving, as code uses it: times in milliseconds, paths absolute. */
export interface ServeConfig {
  readonly listen?: string | readonly string[];
  readonly tls?: ServerTls;
  readonly limits?: ServerLimits;
  readonly connection?: GrpcServerOptions;
  readonly targets?: Targets;
  readonly reflection?: 'on' | 'off';
  readonly forward?: readonly string[];
  readonly exposeErrors?: ExposeErrors;
  readonly graceMs?: number;
  /** What one packet may set in motion. */
  readonly run?: Partial<RunLimits>;
  readonly interceptors?: Readonly<Partial<Record<Place, readonly InterceptorEntry[]>>>;
}

/** A whole config file. */
export function configRules(source: ConfigSource): Rule {
  const path = filePath(source);
  const lists = places.map((place) => [place, interceptorList(place, configurableInterceptors, source)] as const);
  return record('a mapping such as { listen: 127.0.0.1:50051 }', {
    listen: oneOrMore(listenAddress),
    tls: serverTlsRules(path),
    limits: limitRules,
    connection: connectionRules,
    targets: targetRules(path),
    reflection: {
      wanted: 'on or off',
      // JSON and YAML 1.1 write true for on.
      read: (value) => (value === true ? 'on' : value === false ? 'off' : word('on', 'off').read(value, [], () => {})),
    },
    forward: metadataKeys,
    exposeErrors: word('message', 'masked'),
    graceMs: duration,
    run: record('a mapping such as { packets: 10000 }', {
      packets: whole,
      bytes,
      fanOut: whole,
      visits: whole,
      hops: whole,
    } satisfies Record<keyof RunLimits, Rule>),
    interceptors: record('a mapping such as { server: [logging] }', Object.fromEntries(lists)),
  } satisfies Record<keyof ServeConfig, Rule>);
}
