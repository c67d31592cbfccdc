import type { ServerTls } from '../transport/grpc/index.ts';
import { type HttpConfig, httpConfig } from './config-http.ts';
import type { ServeConfig } from './config-rules.ts';
import { UsageError } from './exit.ts';
import { onlyLocal } from './listen-addresses.ts';
import { type ServerTlsOptions, serverTls } from './server-tls.ts';

/** What the command line says about how to serve. */
export interface ServeFlags extends ServerTlsOptions {
  listen?: readonly string[];
  http?: readonly string[];
  reflection?: 'on' | 'off';
  control?: 'on' | 'off';
  controlTokenFile?: string;
  /** Milliseconds. */
  settle?: number;
  /** Milliseconds. */
  grace?: number;
  namespace?: string;
  /** Values given with `-e`. */
  env?: Readonly<Record<string, string>>;
  fromSpecs?: readonly string[];
  fromValues?: readonly string[];
  store?: string;
  watch?: boolean;
  allowPending?: boolean;
}

/** What to serve, once the command line, the environment, the config file and the defaults are put together. */
export interface GraphSettings {
  /** Files of specs. */
  readonly specs: readonly string[];
  readonly values: readonly string[];
  /** Folder of a store. */
  readonly store: string | undefined;
  /** Of specs and values that name none; with a store that one only, when it was stated. */
  readonly namespace: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly watch: boolean;
  /** Serve what can run although something is wrong. */
  readonly lenient: boolean;
}

/** How to serve it. */
export interface ServeSettings {
  readonly listen: readonly string[];
  /** Where HTTP is answered, too; undefined for nowhere. */
  readonly http: (HttpConfig & { readonly listen: readonly string[] }) | undefined;
  readonly tls: ServerTls | undefined;
  readonly reflection: boolean;
  readonly control: boolean;
  readonly controlTokenFile: string | undefined;
  readonly settleMs: number;
  readonly graceMs: number;
}

/** The command line goes before the config, one option at a time. A UsageError for what is wrong with either. */
export function serveSettings(flags: ServeFlags, config: ServeConfig = {}): ServeSettings {
  const listen = flags.listen ?? [config.listen ?? '127.0.0.1:50051'].flat();
  const local = onlyLocal(listen) ? 'on' : 'off';
  return {
    listen,
    http: httpOf(flags.http, httpConfig(config.http)),
    tls: tlsOf(flags, config.tls),
    reflection: (flags.reflection ?? config.reflection ?? local) === 'on',
    control: (flags.control ?? config.control ?? local) === 'on',
    controlTokenFile: flags.controlTokenFile ?? config.controlTokenFile,
    settleMs: flags.settle ?? config.settleMs ?? 1_000,
    graceMs: flags.grace ?? config.graceMs ?? 25_000,
  };
}

/** What the command line, files named beside it, and the config say about what to serve. */
export function graphSettings(files: readonly string[], flags: ServeFlags, config: ServeConfig = {}): GraphSettings {
  const named = [...files, ...(flags.fromSpecs ?? [])];
  const specs = named.length > 0 ? named : [config.specs ?? []].flat();
  const values = flags.fromValues ?? [config.values ?? []].flat();
  if ([...specs, ...values].filter((path) => path === '-').length > 1)
    throw new UsageError('Cannot read stdin twice: wanted "-" once among the files');
  const store = flags.store ?? config.store;
  const watch = flags.watch ?? config.watch ?? false;
  const allowPending = flags.allowPending ?? config.allowPending ?? false;
  return {
    specs,
    values,
    store,
    namespace: flags.namespace ?? config.namespace,
    environment: { ...config.environment, ...flags.env },
    watch,
    lenient: allowPending || watch || store !== undefined,
  };
}

function httpOf(given: readonly string[] | undefined, config: HttpConfig): ServeSettings['http'] {
  const listen = given ?? [config.listen ?? []].flat();
  return listen.length === 0 ? undefined : { ...config, listen };
}

function tlsOf({ tlsCert, tlsKey, tlsCa }: ServerTlsOptions, tls: ServerTls | undefined): ServerTls | undefined {
  if (tls === undefined) return serverTls({ tlsCert, tlsKey, tlsCa });
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return tls;
  return { ...tls, ...serverTls({ tlsCert: tlsCert ?? tls.certFile, tlsKey: tlsKey ?? tls.keyFile, tlsCa }) };
}
