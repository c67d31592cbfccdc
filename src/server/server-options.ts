import { type Acceptor, checkLimits, type Limits } from '../core/acceptor.ts';
import type { Interceptor } from '../core/context.ts';
import { checkInterceptors } from '../core/interceptor.ts';
import type { Methods, Service } from '../core/method.ts';
import { checkOptions, checkPositive, checkTexts } from '../core/options.ts';
import type { Sessions } from '../core/session.ts';
import type { Logger } from '../observability/logger.ts';
import { type GrpcServerOptions, listenerSettings, type ServerTls } from '../transport/grpc/index.ts';
import type { CutCall } from './drain.ts';
import type { Handlers } from './handlers.ts';
import type { AddOptions, ServerHost, ServiceModule } from './service-module.ts';

export interface ServerOptions {
  /** For every call, unknown methods included; the first is the outermost. */
  interceptors?: readonly Interceptor[];
  /** Metadata keys that calls made by handlers pass on. `authorization` only if named here. */
  forward?: readonly string[];
  limits?: Partial<Limits>;
  /** The longest a unary or client-streaming call may take, whatever its caller asks. Default 5 minutes. */
  maxTimeoutMs?: number;
  /** Server-streaming and bidi calls end after this long without a message. Default 5 minutes; `Infinity` for never. */
  streamIdleMs?: number;
  /** Handlers at work at once, those included whose call has ended already; more get RESOURCE_EXHAUSTED. Default 10,000. */
  maxHandlers?: number;
  logger?: Logger;
  /** Connections: how many, keepalive, age, windows, streams. */
  connection?: GrpcServerOptions;
}

const names = [
  'interceptors',
  'forward',
  'limits',
  'maxTimeoutMs',
  'streamIdleMs',
  'maxHandlers',
  'logger',
  'connection',
];

/** Refuses what is unknown, misspelt or out of range, those of connections included, before anything is opened. */
export function checkServerOptions(options: ServerOptions): void {
  checkOptions('createServer', options, names);
  checkInterceptors(options.interceptors);
  checkTexts('forward', options.forward);
  checkLimits('limits', options.limits);
  for (const name of ['maxTimeoutMs', 'streamIdleMs', 'maxHandlers'] as const) checkPositive(name, options[name]);
  listenerSettings(options.connection ?? {});
}

export interface ListenOptions {
  /** Left out: plaintext. */
  tls?: ServerTls;
}

export interface Listening {
  /** `127.0.0.1:50051`, with the real port; `unix:/path` for sockets. */
  readonly address: string;
  /** 0 for sockets. */
  readonly port: number;
}

export interface CloseOptions {
  /**
   * How long new calls are still taken while health says NOT_SERVING already, so that whoever watches it goes elsewhere before GOAWAY
   * comes. Default 0; `closeOnSignal` and `flowrpc serve` give it 1 s. The grace begins after it.
   */
  settleMs?: number;
  /** How long calls under way may go on. Default 25 s. */
  graceMs?: number;
}

export interface CloseReport {
  /** Calls that outlived the grace period and were ended with UNAVAILABLE. */
  readonly cut: readonly CutCall[];
}

/** Counters of a server, since it was made. */
export interface ServerStats {
  /** Handlers at work, those included whose call has ended already: what `maxHandlers` bounds. */
  readonly handlers: number;
  /** Calls that handlers made after their own status was sent: those have no parent any more, so no deadline or cancellation of it. */
  readonly lateCalls: number;
}

/** A gRPC server. Services come and go while it serves. */
export interface Server extends Acceptor, ServerHost, AsyncDisposable {
  /** Serves a service. A TypeError when its name is taken (see `replace`) or a handler has no method. */
  add<M extends Methods>(service: Service<M>, handlers: Handlers<M>, options?: AddOptions): Server;
  /** Serves what brings its own handlers, such as `health()` and `reflection()`. */
  add(module: ServiceModule | readonly ServiceModule[]): Server;
  /** Swaps a service in one step: calls under way end on the old handlers, the next one starts on the new. */
  replace<M extends Methods>(service: Service<M>, handlers: Handlers<M>, options?: AddOptions): Server;
  /** Stops serving a service, given as value or full name; false when it was not there. */
  remove(service: Service | string): boolean;
  /** Resolves when the calls of these services have ended that are under way now, also after `remove` or `replace`; false after `graceMs`. */
  drained(services: readonly Service[], graceMs: number): Promise<boolean>;
  /** Opens `host:port` (port 0 picks one) or `unix:/path`; may be called several times. */
  listen(address: string, options?: ListenOptions): Promise<Listening>;
  readonly addresses: readonly string[];
  readonly listening: boolean;
  /** As it stands now. */
  readonly stats: ServerStats;
  /** The connections it has, and what becomes of them. */
  readonly sessions: Sessions;
  /** Not ready, settling, GOAWAY, watches end, grace, then cut. Never hangs; a second call gives the same report. */
  close(options?: CloseOptions): Promise<CloseReport>;
}
