import type { ChannelOptions } from '@grpc/grpc-js';
import type { Compression } from '../../core/call-keys.ts';
import { checkOptions, checkPositive } from '../../core/options.ts';
import type { AddressAdmission } from './address-admission.ts';
import type { ClientTls } from './client-credentials.ts';
import { hostName } from './server-identity.ts';
import { type ServiceConfig, toGrpcServiceConfig } from './service-config.ts';
import { asciiAuthority } from './target.ts';

/** How a client connects and what its calls may carry. */
export interface GrpcChannelOptions {
  /** True trusts the roots that Node ships. Default false: plaintext. */
  tls?: boolean | ClientTls;
  /** Lets `authorization` metadata leave this machine in plaintext. Default false. */
  allowInsecureCredentials?: boolean;
  /** Sent as `:authority` instead of the target's. */
  authority?: string;
  /** Put in front of our own. */
  userAgent?: string;
  /** Honour `grpc_proxy`, `https_proxy` and `no_proxy`. Default false. */
  proxy?: boolean;
  /** For all calls that say nothing. Default identity. */
  compression?: Compression;
  /** How long a connection attempt may take, until the server's first frame. Default 20 s. */
  connectTimeoutMs?: number;
  /** A channel without calls disconnects after this. Default 30 minutes, at least 1 s. */
  idleTimeoutMs?: number;
  /** Largest response message. Default 1 MiB. */
  maxReceiveBytes?: number;
  /** Largest request message. Default none. */
  maxSendBytes?: number;
  /** Pairs of metadata a call may have. Default 64. */
  maxMetadataPairs?: number;
  /** Bytes of metadata a call may have (RFC 9113, 6.5.2). Default 8 KiB. */
  maxMetadataBytes?: number;
  /** Pings find dead servers. Off by default: foreign servers send away who pings more often than every 5 minutes. */
  keepalive?: { timeMs: number; timeoutMs?: number; withoutCalls?: boolean };
  /**
   * Waiting between connection attempts: 1 s by default, growing by 1.6 to 2 minutes, each ±20 %. After as many failed `attempts` in
   * a row, for each address, calls end with UNAVAILABLE until `channel.reconnect()`; default `Infinity`.
   */
  reconnect?: { initialBackoffMs?: number; maxBackoffMs?: number; attempts?: number };
  serviceConfig?: ServiceConfig;
  /** Bytes the server may send ahead. Default 256 KiB. */
  flowControlWindow?: number;
  /** Requests of one call kept until they were sent, so that a call the server never saw can go elsewhere. Default 256 KiB. */
  perCallBufferBytes?: number;
  /** Asked about each address that the name of the target stands for, whenever it is resolved: what is refused is not connected to. */
  admitAddress?: AddressAdmission;
}

const names: Record<keyof GrpcChannelOptions, true> = {
  tls: true,
  allowInsecureCredentials: true,
  authority: true,
  userAgent: true,
  proxy: true,
  compression: true,
  connectTimeoutMs: true,
  idleTimeoutMs: true,
  maxReceiveBytes: true,
  maxSendBytes: true,
  maxMetadataPairs: true,
  maxMetadataBytes: true,
  keepalive: true,
  reconnect: true,
  serviceConfig: true,
  flowControlWindow: true,
  perCallBufferBytes: true,
  admitAddress: true,
};

export const channelOptionNames: readonly string[] = Object.keys(names);

const positive = [
  'connectTimeoutMs',
  'idleTimeoutMs',
  'maxReceiveBytes',
  'maxSendBytes',
  'maxMetadataPairs',
  'maxMetadataBytes',
  'flowControlWindow',
  'perCallBufferBytes',
] as const;

/** Sent in front of what grpc-js says of itself; a test compares it with the package. */
export const userAgent = 'flowrpc/0.1.0';

/** Refuses what is unknown, misspelt or out of range, before anything is opened. */
export function checkChannelOptions(options: GrpcChannelOptions): void {
  checkOptions('connect', options, channelOptionNames);
  checkOptions('keepalive', options.keepalive ?? {}, ['timeMs', 'timeoutMs', 'withoutCalls']);
  checkOptions('reconnect', options.reconnect ?? {}, ['initialBackoffMs', 'maxBackoffMs', 'attempts']);
  for (const name of positive) checkPositive(name, options[name]);
  const { timeMs, timeoutMs } = options.keepalive ?? { timeMs: 1 };
  for (const [name, value] of Object.entries({ timeMs, timeoutMs, ...options.reconnect })) checkPositive(name, value);
  const { attempts = 1 } = options.reconnect ?? {};
  if (!Number.isInteger(attempts) && attempts !== Number.POSITIVE_INFINITY)
    throw new RangeError(`Cannot use attempts ${attempts}: wanted a whole number, 1 or above, or Infinity`);
  const { compression } = options;
  if (compression !== undefined && !['identity', 'gzip', 'deflate'].includes(compression)) {
    throw new TypeError(`Cannot use compression "${compression}": wanted "identity", "gzip" or "deflate"`);
  }
}

/** Our words as those of grpc-js; its own defaults where nothing is said, but for what is unsafe. */
export function toGrpcOptions(options: GrpcChannelOptions): ChannelOptions {
  const { tls, keepalive, reconnect, serviceConfig } = options;
  const serverName = typeof tls === 'object' && tls.serverName !== undefined ? hostName(tls.serverName) : undefined;
  const result: ChannelOptions = {
    'grpc.primary_user_agent': options.userAgent === undefined ? userAgent : `${options.userAgent} ${userAgent}`,
    'grpc.enable_http_proxy': options.proxy ? 1 : 0,
    'grpc.enable_channelz': 0,
    // Whoever writes the DNS must not set retry policies.
    'grpc.service_config_disable_resolution': 1,
    'grpc.max_receive_message_length': finite(options.maxReceiveBytes ?? 1024 * 1024),
    'grpc.max_send_message_length': finite(options.maxSendBytes ?? Number.POSITIVE_INFINITY),
    'grpc.per_rpc_retry_buffer_size': options.perCallBufferBytes ?? 256 * 1024,
    'grpc-node.flow_control_window': options.flowControlWindow ?? 256 * 1024,
    'grpc.default_authority': options.authority === undefined ? serverName : asciiAuthority(options.authority),
    'grpc.ssl_target_name_override': serverName,
    'grpc.client_idle_timeout_ms': options.idleTimeoutMs,
    'grpc.keepalive_time_ms': keepalive?.timeMs,
    'grpc.keepalive_timeout_ms': keepalive?.timeoutMs,
    'grpc.keepalive_permit_without_calls': keepalive === undefined ? undefined : keepalive.withoutCalls ? 1 : 0,
    'grpc.initial_reconnect_backoff_ms': reconnect?.initialBackoffMs,
    'grpc.max_reconnect_backoff_ms': reconnect?.maxBackoffMs,
    ...(serviceConfig === undefined ? {} : toGrpcServiceConfig(serviceConfig)),
  };
  // grpc-js looks at the presence of some keys, not at their values.
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined)) as ChannelOptions;
}

function finite(bytes: number): number {
  return bytes === Number.POSITIVE_INFINITY ? -1 : bytes;
}
