import type { Limits } from '../core/acceptor.ts';
import { type Rule, record } from '../graph/rules.ts';
import type { ServerOptions } from '../server/server-options.ts';
import type { GrpcServerOptions, ServerTls } from '../transport/grpc/index.ts';
import {
  bytes,
  duration,
  durationOrNever,
  flag,
  notNegative,
  positive,
  share,
  tlsVersion,
  word,
} from './config-values.ts';

/** What the server bounds, for calls and for handlers. */
export type ServerLimits = Partial<Limits> & Pick<ServerOptions, 'maxTimeoutMs' | 'streamIdleMs' | 'maxHandlers'>;

/** `limits`. */
export const limitRules = record('a mapping such as { maxReceiveBytes: 4MiB }', {
  maxReceiveBytes: bytes,
  maxSendBytes: bytes,
  maxMetadataPairs: notNegative,
  maxMetadataBytes: bytes,
  maxStatusBytes: bytes,
  maxTimeoutMs: durationOrNever,
  streamIdleMs: durationOrNever,
  maxHandlers: positive,
} satisfies Record<keyof ServerLimits, Rule>);

/** `connection`. */
export const connectionRules = record('a mapping such as { maxConnections: 1000 }', {
  maxConnections: positive,
  maxConnectionsPerClient: positive,
  pressureAt: share,
  maxConcurrentStreams: positive,
  maxSessionMemoryMb: positive,
  maxReceivingBytes: bytes,
  maxHeaderPairs: positive,
  maxHeaderBytes: bytes,
  receiveTimeoutMs: durationOrNever,
  handshakeTimeoutMs: duration,
  idleMs: durationOrNever,
  ageMs: durationOrNever,
  ageGraceMs: duration,
  keepalive: record('a mapping such as { timeMs: 30s, timeoutMs: 10s }', {
    timeMs: durationOrNever,
    timeoutMs: duration,
  } satisfies Record<keyof NonNullable<GrpcServerOptions['keepalive']>, Rule>),
  flowControlWindow: bytes,
} satisfies Record<keyof Omit<GrpcServerOptions, 'log'>, Rule>);

/** `tls`, with paths as they are read by `path`. */
export function serverTlsRules(path: Rule): Rule {
  return record('a mapping such as { certFile: server.pem, keyFile: server.key }', {
    certFile: path,
    keyFile: path,
    caFile: path,
    clientCertificate: word('none', 'request', 'require'),
    minVersion: tlsVersion,
    reload: flag,
  } satisfies Record<keyof Omit<ServerTls, 'ca' | 'cert' | 'key'>, Rule>);
}
