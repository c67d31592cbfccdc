import { checkOptions, checkPositive } from '../../core/options.ts';
import type { Logger } from '../../observability/logger.ts';
import { silentLogger } from '../../observability/logger.ts';

/** How a server treats its connections. Limits of single calls belong to the server and its services. */
export interface GrpcServerOptions {
  /** Connections at once, over all addresses, handshakes under way included; more are closed at once. Default 10,000. */
  maxConnections?: number;
  /** Connections at once from one IPv4 address or IPv6 /64 network; more are closed at once. Default none: many may share one. */
  maxConnectionsPerClient?: number;
  /** Share of `maxConnections` from which it is reported, until below 7/8 of that. Default 0.8. */
  pressureAt?: number;
  /** Calls one connection may have open. Default 100. */
  maxConcurrentStreams?: number;
  /** Memory of one HTTP/2 session, in MB, as Node counts it. Default 10. */
  maxSessionMemoryMb?: number;
  /** Messages half received or unread, of all connections together. Default 64 MiB. */
  maxReceivingBytes?: number;
  /** Pairs of metadata a call may bring. Default 64. */
  maxHeaderPairs?: number;
  /** Bytes of metadata a call may bring (RFC 9113, 6.5.2). Default 8 KiB. */
  maxHeaderBytes?: number;
  /** How long the one message of a unary or server-streaming call may take to arrive. Default 30 s. */
  receiveTimeoutMs?: number;
  /** How long a TLS handshake may take. Default 10 s. */
  handshakeTimeoutMs?: number;
  /** A connection without calls is closed after this. Default 5 minutes; `Infinity` for never. */
  idleMs?: number;
  /** A connection is asked to go after this, ±10 %, so that clients spread again. Default 30 minutes. */
  ageMs?: number;
  /** What calls get to finish on a connection that was asked to go. Default 30 s. */
  ageGraceMs?: number;
  /** Pings find dead peers: how often, and how long an answer may take. Default 30 s and 10 s; `timeMs: Infinity` for never. */
  keepalive?: { timeMs?: number; timeoutMs?: number };
  /** Bytes a peer may send ahead, for each call and for the connection. Default 256 KiB. */
  flowControlWindow?: number;
  log?: Logger;
}

/** The options with their defaults filled in. */
export type ListenerSettings = Required<Omit<GrpcServerOptions, 'keepalive'>> & {
  keepalive: { timeMs: number; timeoutMs: number };
};

const defaults: ListenerSettings = {
  maxConnections: 10_000,
  maxConnectionsPerClient: Number.POSITIVE_INFINITY,
  pressureAt: 0.8,
  maxConcurrentStreams: 100,
  maxSessionMemoryMb: 10,
  maxReceivingBytes: 64 * 1024 * 1024,
  maxHeaderPairs: 64,
  maxHeaderBytes: 8 * 1024,
  receiveTimeoutMs: 30_000,
  handshakeTimeoutMs: 10_000,
  idleMs: 300_000,
  ageMs: 1_800_000,
  ageGraceMs: 30_000,
  keepalive: { timeMs: 30_000, timeoutMs: 10_000 },
  flowControlWindow: 256 * 1024,
  log: silentLogger,
};

export const listenerOptionNames: readonly string[] = Object.keys(defaults);

/** Checks the options and fills in the defaults. A TypeError or RangeError for a wrong one. */
export function listenerSettings(options: GrpcServerOptions): ListenerSettings {
  checkOptions('the gRPC listener', options, listenerOptionNames);
  checkOptions('keepalive', options.keepalive ?? {}, Object.keys(defaults.keepalive));
  const settings: ListenerSettings = {
    ...defaults,
    ...given(options),
    keepalive: { ...defaults.keepalive, ...given(options.keepalive ?? {}) },
  };
  for (const [name, value] of [...Object.entries(settings), ...Object.entries(settings.keepalive)]) {
    if (name !== 'keepalive' && name !== 'log') checkPositive(name, value);
  }
  if (settings.pressureAt > 1)
    throw new RangeError(`Cannot use pressureAt ${settings.pressureAt}: wanted a number above 0, 1 at most`);
  return settings;
}

function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
