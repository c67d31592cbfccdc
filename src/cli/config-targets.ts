import { type Rule, record, required } from '../graph/rules.ts';
import type { ClientTls, GrpcChannelOptions } from '../transport/grpc/index.ts';
import { bytes, duration, flag, mappingOr, positive, text, tlsVersion, word } from './config-values.ts';

/** How edges and nodes reach services outside. */
export type Targets = Omit<GrpcChannelOptions, 'tls' | 'authority' | 'userAgent' | 'serviceConfig' | 'admitAddress'> & {
  readonly tls?: boolean | ClientTls;
};

/** `targets`, with paths as they are read by `path`. */
export function targetRules(path: Rule): Rule {
  const tls = record('a mapping such as { caFile: ca.pem }', {
    certFile: path,
    keyFile: path,
    caFile: path,
    serverName: text,
    minVersion: tlsVersion,
    reload: flag,
  } satisfies Record<keyof Omit<ClientTls, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>, Rule>);
  return record('a mapping such as { tls: true }', {
    tls: mappingOr(tls, flag),
    allowInsecureCredentials: flag,
    proxy: flag,
    compression: word('identity', 'gzip', 'deflate'),
    connectTimeoutMs: duration,
    idleTimeoutMs: duration,
    maxReceiveBytes: bytes,
    maxSendBytes: bytes,
    maxMetadataPairs: positive,
    maxMetadataBytes: bytes,
    keepalive: record('a mapping such as { timeMs: 5m }', {
      timeMs: required(duration),
      timeoutMs: duration,
      withoutCalls: flag,
    } satisfies Record<keyof NonNullable<GrpcChannelOptions['keepalive']>, Rule>),
    reconnect: record('a mapping such as { maxBackoffMs: 30s }', {
      initialBackoffMs: duration,
      maxBackoffMs: duration,
      attempts: positive,
    } satisfies Record<keyof NonNullable<GrpcChannelOptions['reconnect']>, Rule>),
    flowControlWindow: bytes,
    perCallBufferBytes: bytes,
  } satisfies Record<keyof Targets, Rule>);
}
