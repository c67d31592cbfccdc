import { mappingOf, type Rule, record } from '../graph/rules.ts';
import type { ExposeErrors } from '../nodes/node-entry.ts';
import type { RunLimits } from '../nodes/run.ts';
import type { Admission } from '../runtime/control-admission.ts';
import type { GrpcServerOptions, ServerTls } from '../transport/grpc/index.ts';
import { type HttpConfig, httpRules } from './config-http.ts';
import { type InterceptorEntry, interceptorList, type Place, places } from './config-interceptors.ts';
import { type OutboundConfig, outboundHosts, outboundRules } from './config-outbound.ts';
import { connectionRules, limitRules, type ServerLimits, serverTlsRules } from './config-server.ts';
import { type ConfigSource, filePath } from './config-source.ts';
import { type Targets, targetRules } from './config-targets.ts';
import {
  bytes,
  duration,
  flag,
  listenAddress,
  metadataKeys,
  oneOrMore,
  text,
  texts,
  whole,
  word,
} from './config-values.ts';
import { configurableInterceptors } from './configured-interceptors.ts';

/** What a config file says about serving, as code uses it: times in milliseconds, paths absolute. */
export interface ServeConfig {
  readonly listen?: string | readonly string[];
  /** Where HTTP with JSON is answered. */
  readonly http?: HttpConfig | string | readonly string[];
  readonly tls?: ServerTls;
  readonly limits?: ServerLimits;
  readonly connection?: GrpcServerOptions;
  readonly targets?: Targets;
  readonly reflection?: 'on' | 'off';
  readonly control?: 'on' | 'off';
  readonly controlTokenFile?: string;
  /** What specs that come in by Control may lead to. */
  readonly admit?: Admission;
  /** Where connections of nodes may lead that no spec names. */
  readonly outbound?: OutboundConfig;
  /** Of nodes and values that name none. */
  readonly namespace?: string;
  /** Of codes in specs that name none. */
  readonly language?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files. */
  readonly specs?: string | readonly string[];
  readonly values?: string | readonly string[];
  /** Folder of a store. */
  readonly store?: string;
  readonly watch?: boolean;
  readonly allowPending?: boolean;
  readonly forward?: readonly string[];
  readonly exposeErrors?: ExposeErrors;
  readonly settleMs?: number;
  readonly graceMs?: number;
  /** What one packet may set in motion. */
  readonly run?: Partial<RunLimits>;
  readonly interceptors?: Readonly<Partial<Record<Place, readonly InterceptorEntry[]>>>;
}

/** A whole config file. */
export function configRules(source: ConfigSource): Rule {
  return record('a mapping such as { listen: 127.0.0.1:50051 }', fieldRules(source));
}

function fieldRules(source: ConfigSource): Record<keyof ServeConfig, Rule> {
  const path = filePath(source);
  const lists = places.map((place) => [place, interceptorList(place, configurableInterceptors, source)] as const);
  return {
    listen: oneOrMore(listenAddress),
    http: httpRules,
    tls: serverTlsRules(path),
    limits: limitRules,
    connection: connectionRules,
    targets: targetRules(path),
    reflection: onOff,
    control: onOff,
    controlTokenFile: path,
    admit: record('a mapping such as { targets: [dns:///users:50051] }', {
      targets: texts,
      files: flag,
      listen: outboundHosts,
    } satisfies Record<keyof Admission, Rule>),
    outbound: outboundRules,
    namespace: text,
    language: word('cel', 'javascript', 'typescript', 'text', 'json', 'yaml'),
    environment: textByName,
    specs: oneOrMore(path),
    values: oneOrMore(path),
    store: path,
    watch: flag,
    allowPending: flag,
    forward: metadataKeys,
    exposeErrors: word('message', 'masked'),
    settleMs: duration,
    graceMs: duration,
    run: record('a mapping such as { packets: 10000 }', {
      packets: whole,
      bytes,
      fanOut: whole,
      visits: whole,
      hops: whole,
      window: whole,
      windowBytes: bytes,
      queue: whole,
      queueBytes: bytes,
      exitMs: duration,
    } satisfies Record<keyof RunLimits, Rule>),
    interceptors: record('a mapping such as { server: [logging] }', Object.fromEntries(lists)),
  };
}

const onOff: Rule = {
  wanted: 'on or off',
  // JSON and YAML 1.1 write true for on.
  read: (value) => (value === true ? 'on' : value === false ? 'off' : word('on', 'off').read(value, [], () => {})),
};

/** Numbers and truth values as their text: variables have no types. */
const textByName = mappingOf(
  'a mapping of names to texts',
  'letters, digits and "_"',
  (key) => /^[A-Za-z_]\w*$/.test(key),
  {
    wanted: 'a text',
    read: (value) => (['string', 'number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : undefined),
  },
);

/** Names of all top-level keys. */
export const configKeys: readonly string[] = Object.keys(fieldRules({ dir: '.', environment: {} }));
