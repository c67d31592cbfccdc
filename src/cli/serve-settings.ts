import type { ServerTls } from '../transport/grpc/index.ts';
import type { ServeConfig } from './config-rules.ts';
import { onlyLocal } from './listen-addresses.ts';
import { type ServerTlsOptions, serverTls } from './server-tls.ts';

/** What the command line says about how to serve. */
export interface ServeFlags extends ServerTlsOptions {
  listen?: readonly string[];
  reflection?: 'on' | 'off';
  /** Milliseconds. */
  grace?: number;
}

/** How to serve, once the command line, the config file and the defaults are put together. */
export interface ServeSettings {
  readonly listen: readonly string[];
  readonly tls: ServerTls | undefined;
  readonly reflection: boolean;
  readonly graceMs: number;
}

/** The command line goes before the config file, one option at a time. A UsageError for what is wrong with either. */
export function serveSettings(flags: ServeFlags, config: ServeConfig = {}): ServeSettings {
  const listen = flags.listen ?? [config.listen ?? '127.0.0.1:50051'].flat();
  const reflection = flags.reflection ?? config.reflection ?? (onlyLocal(listen) ? 'on' : 'off');
  return {
    listen,
    tls: tlsOf(flags, config.tls),
    reflection: reflection === 'on',
    graceMs: flags.grace ?? config.graceMs ?? 25_000,
  };
}

function tlsOf({ tlsCert, tlsKey, tlsCa }: ServerTlsOptions, tls: ServerTls | undefined): ServerTls | undefined {
  if (tls === undefined) return serverTls({ tlsCert, tlsKey, tlsCa });
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return tls;
  return { ...tls, ...serverTls({ tlsCert: tlsCert ?? tls.certFile, tlsKey: tlsKey ?? tls.keyFile, tlsCa }) };
}
