import type { Accepted, Incoming } from '../core/acceptor.ts';
import { detached } from '../core/current.ts';
import { maxTimerMs } from '../core/deadline.ts';
import type { Methods, Service } from '../core/method.ts';
import { checkNotNegative, checkOptions } from '../core/options.ts';
import type { Sessions } from '../core/session.ts';
import { unwindMs } from '../core/unwound.ts';
import { jsonLogger, type Logger } from '../observability/logger.ts';
import { GrpcListener } from '../transport/grpc/index.ts';
import { CallAcceptor } from './call-acceptor.ts';
import type { Handlers } from './handlers.ts';
import type { ServerRoute } from './route-table.ts';
import {
  type CloseOptions,
  type CloseReport,
  checkServerOptions,
  type Listening,
  type ListenOptions,
  type Server,
  type ServerOptions,
  type ServerStats,
} from './server-options.ts';
import type { AddOptions, ServerEvent, ServiceModule } from './service-module.ts';
import { ServiceTable } from './service-table.ts';

export type {
  CloseOptions,
  CloseReport,
  Listening,
  ListenOptions,
  Server,
  ServerOptions,
  ServerStats,
} from './server-options.ts';

/** Makes a server. It listens nowhere until told to; `inProcess(server)` reaches it without a socket. */
export function createServer(options: ServerOptions = {}): Server {
  checkServerOptions(options);
  return new FlowServer(options);
}

class FlowServer implements Server {
  readonly #calls: CallAcceptor;
  readonly #table: ServiceTable;
  readonly #logger: Logger;
  readonly #listener: GrpcListener;
  #addresses: string[] = [];
  #closing: Promise<CloseReport> | undefined;

  constructor({
    interceptors = [],
    forward = [],
    limits = {},
    maxTimeoutMs = 300_000,
    streamIdleMs = 300_000,
    maxHandlers = 10_000,
    logger = jsonLogger(),
    connection = {},
  }: ServerOptions) {
    this.#logger = logger;
    this.#calls = new CallAcceptor({ interceptors, forward, limits, maxTimeoutMs, streamIdleMs, maxHandlers, logger });
    this.#listener = new GrpcListener(
      this.#calls,
      { ...connection, log: logger },
      { endCalls: (session, reason) => this.#calls.running.cancel(({ peer }) => peer.session === session, reason) },
    );
    this.#table = new ServiceTable(this.#calls.routes);
  }

  get services(): ReadonlyMap<string, Service> {
    return this.#table.services;
  }

  get sessions(): Sessions {
    return this.#listener.sessions;
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  get stats(): ServerStats {
    return this.#calls.stats;
  }

  get listening(): boolean {
    return this.#addresses.length > 0 && !this.#calls.refusing;
  }

  add(
    first: Service | ServiceModule | readonly ServiceModule[],
    handlers?: Handlers<Methods>,
    options: AddOptions = {},
  ): Server {
    this.#table.add(first, handlers, options);
    return this;
  }

  replace<M extends Methods>(service: Service<M>, handlers: Handlers<M>, options: AddOptions = {}): Server {
    this.#table.replace(service, handlers, options);
    return this;
  }

  remove(service: Service | string): boolean {
    return this.#table.remove(service);
  }

  drained(services: readonly Service[], graceMs: number): Promise<boolean> {
    const methods = new Set(services.flatMap((service) => Object.values(service.methods)));
    return this.#calls.running.ended(({ method }) => methods.has(method), graceMs);
  }

  watch(listener: (event: ServerEvent) => void): () => void {
    return this.#table.watch(listener);
  }

  async listen(address: string, { tls, ...rest }: ListenOptions = {}): Promise<Listening> {
    checkOptions('server.listen', rest, ['tls']);
    if (this.#closing !== undefined) throw new Error(`Cannot listen on "${address}": the server was closed`);
    // Sockets, sessions and timers must not belong to the call that happened to open them.
    const bound = await detached(() => this.#listener.listen(address, { tls }));
    this.#addresses.push(bound.address);
    return { address: bound.address, port: bound.port ?? 0 };
  }

  route(path: string): ServerRoute {
    return this.#calls.route(path);
  }

  accept(route: ServerRoute, incoming: Incoming): Accepted {
    return this.#calls.accept(route, incoming);
  }

  close({ settleMs = 0, graceMs = 25_000, ...rest }: CloseOptions = {}): Promise<CloseReport> {
    checkOptions('server.close', rest, ['settleMs', 'graceMs']);
    checkNotNegative('settleMs', settleMs);
    checkNotNegative('graceMs', graceMs);
    this.#closing ??= detached(() => this.#close(settleMs, graceMs));
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(settleMs: number, graceMs: number): Promise<CloseReport> {
    this.#table.drain();
    if (settleMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(settleMs, maxTimerMs)));
    this.#calls.refusing = true;
    const drained = this.#listener.drain();
    // Watchers are told that the server is not serving any more before their streams end.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#calls.running.stopBackground();
    await this.#calls.running.idle(graceMs);
    const cut = this.#calls.running.cut();
    for (const call of cut) this.#logger.warn('call cut at shutdown', call);
    await this.#calls.running.empty(unwindMs * 2);
    await this.#listener.close();
    await drained;
    this.#table.close();
    this.#addresses = [];
    return { cut };
  }
}
