import type { Accepted, Incoming } from '../core/acceptor.ts';
import { type CallNode, createCall } from '../core/call.ts';
import { Cancellation, CancelReason } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import { detached, runIn } from '../core/current.ts';
import { earliest, maxTimerMs } from '../core/deadline.ts';
import { type Method, type Methods, type Service, streamsResponses } from '../core/method.ts';
import { checkNotNegative, checkOptions } from '../core/options.ts';
import { checkSingleResponse } from '../core/response-count.ts';
import type { Session, Sessions } from '../core/session.ts';
import { type Status, statusFrom, statusOf } from '../core/status.ts';
import { unwindMs, unwound } from '../core/unwound.ts';
import { jsonLogger, type Logger } from '../observability/logger.ts';
import { GrpcListener } from '../transport/grpc/index.ts';
import { outgoingStatus } from '../transport/outgoing-status.ts';
import { RunningCalls } from './drain.ts';
import type { Handlers } from './handlers.ts';
import { RouteTable, type ServerRoute } from './route-table.ts';
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
import { StreamIdle } from './stream-idle.ts';

export type {
  CloseOptions,
  CloseReport,
  Listening,
  ListenOptions,
  Server,
  ServerOptions,
  ServerStats,
} from './server-options.ts';

/** A handler that goes on for longer after its call does not heed its signal, and takes a slot meanwhile. */
const lateHandlerMs = 1_000;

/** Makes a server. It listens nowhere until told to; `inProcess(server)` reaches it without a socket. */
export function createServer(options: ServerOptions = {}): Server {
  checkServerOptions(options);
  return new FlowServer(options);
}

class FlowServer implements Server {
  readonly #routes: RouteTable;
  readonly #running = new RunningCalls();
  readonly #table: ServiceTable;
  readonly #forward: readonly string[];
  readonly #maxTimeoutMs: number;
  readonly #maxHandlers: number;
  readonly #logger: Logger;
  readonly #listener: GrpcListener;
  #addresses: string[] = [];
  #handlers = 0;
  #lateCalls = 0;
  #refusing = false;
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
    this.#forward = forward.map((key) => key.toLowerCase());
    this.#maxTimeoutMs = maxTimeoutMs;
    this.#maxHandlers = maxHandlers;
    this.#logger = logger;
    this.#listener = new GrpcListener(
      this,
      { ...connection, log: logger },
      { endCalls: (session, reason) => this.#running.cancel(({ peer }) => peer.session === session, reason) },
    );
    this.#routes = new RouteTable(
      { interceptors, limits, streamIdleMs },
      {
        started: () => {
          this.#handlers += 1;
        },
        settled: ({ method }, { lateMs, thrown }) => {
          this.#handlers -= 1;
          if (lateMs === undefined) return;
          const level = lateMs > lateHandlerMs ? 'warn' : 'debug';
          logger[level]('handler settled after its call had ended', { method: method.path, lateMs, error: thrown });
        },
      },
    );
    this.#table = new ServiceTable(this.#routes);
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
    return { handlers: this.#handlers, lateCalls: this.#lateCalls };
  }

  get listening(): boolean {
    return this.#addresses.length > 0 && !this.#refusing;
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
    return this.#running.ended(({ method }) => methods.has(method), graceMs);
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
    return this.#routes.get(path);
  }

  accept(route: ServerRoute, incoming: Incoming): Accepted {
    const { method } = route;
    const bounded = streamsResponses(method.kind) || !method.known;
    const deadline = bounded ? incoming.deadline : earliest(incoming.deadline, Date.now() + this.#maxTimeoutMs);
    const cancellation = new Cancellation({ deadline });
    const idle = bounded ? StreamIdle.of(route.streamIdleMs, sessionOf(incoming)) : undefined;
    const call = createCall({
      method,
      side: 'server',
      peer: incoming.peer,
      authority: incoming.authority,
      traffic: incoming.traffic,
      metadata: incoming.metadata,
      cancellation,
      request: incoming.request,
      requests: idle === undefined ? incoming.requests : idle.requests(incoming.requests),
      sink: idle === undefined ? incoming.sink : idle.sink(incoming.sink),
      refusal: incoming.refusal ?? this.#refusal(),
      report: (thrown) => this.#report(call, thrown),
      lateCall: () => this.#madeLate(method),
      forward: this.#forward,
    });
    const running = this.#running.add(call, route.background);
    idle?.start(call);
    const outcome = runIn(call, () => route.invoke(call));
    const status = (route.intercepted ? unwound(call, outcome, (late) => this.#unwoundLate(call, late)) : outcome).then(
      (final) => outgoingStatus(checkSingleResponse(call, final), route, this.#logger),
    );
    const sent = (final: Status): void => {
      idle?.stop();
      call.end(final);
      this.#running.delete(running);
    };
    return { call, status, sent };
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
    this.#refusing = true;
    const drained = this.#listener.drain();
    // Watchers are told that the server is not serving any more before their streams end.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#running.stopBackground();
    await this.#running.idle(graceMs);
    const cut = this.#running.cut();
    for (const call of cut) this.#logger.warn('call cut at shutdown', call);
    await this.#running.empty(unwindMs * 2);
    await this.#listener.close();
    await drained;
    this.#table.close();
    this.#addresses = [];
    return { cut };
  }

  #madeLate({ path }: Method): void {
    this.#lateCalls += 1;
    this.#logger.debug('call made after the status of its parent was sent', { parent: path });
  }

  #unwoundLate({ method }: CallNode, { code }: Status): void {
    this.#logger.debug('interceptors settled after their call had ended', { method: method.path, code });
  }

  #refusal(): Status | undefined {
    if (this.#refusing) return statusOf(new CancelReason('shutdown'));
    if (this.#handlers < this.#maxHandlers) return undefined;
    return statusFrom(Code.RESOURCE_EXHAUSTED, `The server runs ${this.#maxHandlers} handlers already`);
  }

  #report(call: CallNode, thrown: unknown): string {
    const id = crypto.randomUUID().slice(0, 8);
    this.#logger.error('call failed with an error that is not a status', {
      errorId: id,
      method: call.method.path,
      error: thrown,
    });
    return id;
  }
}

function sessionOf({ peer }: Incoming): Session | undefined {
  return (typeof peer === 'function' ? peer() : peer).session;
}
