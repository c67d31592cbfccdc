import type { Accepted, Acceptor, Incoming, Limits } from '../core/acceptor.ts';
import { type CallNode, createCall } from '../core/call.ts';
import { Cancellation, CancelReason } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import type { Interceptor } from '../core/context.ts';
import { detached, runIn } from '../core/current.ts';
import { earliest } from '../core/deadline.ts';
import { type Methods, type Service, streamsResponses } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import { checkSingleResponse } from '../core/response-count.ts';
import { type Status, statusFrom, statusOf } from '../core/status.ts';
import { jsonLogger, type Logger } from '../observability/logger.ts';
import { GrpcListener, type GrpcServerOptions, type ServerTls } from '../transport/grpc/index.ts';
import { type CutCall, RunningCalls } from './drain.ts';
import type { Handlers } from './handlers.ts';

import { RouteTable, type ServerRoute } from './route-table.ts';
import type { AddOptions, ServerEvent, ServerHost, ServiceModule } from './service-module.ts';
import { StreamIdle } from './stream-idle.ts';

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
  /** Connections: keepalive, age, windows, streams. */
  connection?: GrpcServerOptions;
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
  /** How long calls under way may go on. Default 25 s. */
  graceMs?: number;
}

export interface CloseReport {
  /** Calls that outlived the grace period and were ended with UNAVAILABLE. */
  readonly cut: readonly CutCall[];
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
  /** Opens `host:port` (port 0 picks one) or `unix:/path`; may be called several times. */
  listen(address: string, options?: ListenOptions): Promise<Listening>;
  readonly addresses: readonly string[];
  readonly listening: boolean;
  /** Not ready, GOAWAY, watches end, grace, then cut. Never hangs; a second call gives the same report. */
  close(options?: CloseOptions): Promise<CloseReport>;
}

const optionNames = [
  'interceptors',
  'forward',
  'limits',
  'maxTimeoutMs',
  'streamIdleMs',
  'maxHandlers',
  'logger',
  'connection',
];
const addOptionNames = ['interceptors', 'limits', 'methodLimits', 'background', 'streamIdleMs'];
/** How long interceptors may take to pass on that their call was cancelled, before the caller is told without them. */
const unwindMs = 100;

/** Makes a server. It listens nowhere until told to; `inProcess(server)` reaches it without a socket. */
export function createServer(options: ServerOptions = {}): Server {
  checkOptions('createServer', options, optionNames);
  return new FlowServer(options);
}

class FlowServer implements Server {
  readonly #routes: RouteTable;
  readonly #running = new RunningCalls();
  readonly #watchers = new Set<(event: ServerEvent) => void>();
  readonly #detach = new Map<string, () => void>();
  readonly #forward: readonly string[];
  readonly #maxTimeoutMs: number;
  readonly #maxHandlers: number;
  readonly #logger: Logger;
  readonly #connection: GrpcServerOptions;
  #listener: GrpcListener | undefined;
  #addresses: string[] = [];
  #handlers = 0;
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
    this.#connection = connection;
    this.#routes = new RouteTable(
      { interceptors, limits, streamIdleMs },
      {
        started: () => {
          this.#handlers += 1;
        },
        settled: ({ method }, { late, thrown }) => {
          this.#handlers -= 1;
          if (late) logger.debug('handler settled after its call had ended', { method: method.path, error: thrown });
        },
      },
    );
  }

  get services(): ReadonlyMap<string, Service> {
    return this.#routes.services;
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  get listening(): boolean {
    return this.#addresses.length > 0 && this.#closing === undefined;
  }

  add(
    first: Service | ServiceModule | readonly ServiceModule[],
    handlers?: Handlers<Methods>,
    options: AddOptions = {},
  ): Server {
    if (handlers === undefined) {
      if (first !== null && typeof first === 'object' && 'methods' in first) {
        throw new TypeError(`Cannot add service "${first.name}": its handlers are missing`);
      }
      for (const module of [first].flat() as ServiceModule[]) this.#addModule(module);
      return this;
    }
    const service = first as Service;
    if (this.services.has(service.name))
      throw new TypeError(`Cannot add service "${service.name}": it is served already, use replace()`);
    return this.replace(service, handlers, options);
  }

  replace<M extends Methods>(service: Service<M>, handlers: Handlers<M>, options: AddOptions = {}): Server {
    checkOptions('server.add', options, addOptionNames);
    const before = this.services.get(service.name);
    this.#routes.set(service, handlers, options);
    if (before !== undefined) this.#forget(before);
    this.#tell({ type: 'added', service: service as Service });
    return this;
  }

  remove(service: Service | string): boolean {
    const removed = this.#routes.delete(typeof service === 'string' ? service : service.name);
    if (removed === undefined) return false;
    this.#forget(removed);
    return true;
  }

  watch(listener: (event: ServerEvent) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  async listen(address: string, { tls, ...rest }: ListenOptions = {}): Promise<Listening> {
    checkOptions('server.listen', rest, ['tls']);
    if (this.#closing !== undefined) throw new Error(`Cannot listen on "${address}": the server was closed`);
    // Sockets, sessions and timers must not belong to the call that happened to open them.
    const listener = (this.#listener ??= new GrpcListener(this, { ...this.#connection, log: this.#logger }));
    const bound = await detached(() => listener.listen(address, { tls }));
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
    const idle =
      bounded && route.streamIdleMs !== Number.POSITIVE_INFINITY ? new StreamIdle(route.streamIdleMs) : undefined;
    const call = createCall({
      method,
      side: 'server',
      peer: incoming.peer,
      metadata: incoming.metadata,
      cancellation,
      request: incoming.request,
      requests: idle === undefined ? incoming.requests : idle.requests(incoming.requests),
      sink: idle === undefined ? incoming.sink : idle.sink(incoming.sink),
      refusal: incoming.refusal ?? this.#refusal(),
      report: (thrown) => this.#report(call, thrown),
      forward: this.#forward,
    });
    this.#running.add(call, route.background);
    idle?.start(call);
    const outcome = runIn(call, () => route.invoke(call));
    const status = (route.intercepted ? unwound(call, outcome, this.#logger) : outcome).then((final) =>
      checkSingleResponse(call, final),
    );
    const sent = (final: Status): void => {
      idle?.stop();
      call.end(final);
      this.#running.delete(call);
    };
    return { call, status, sent };
  }

  close({ graceMs = 25_000, ...rest }: CloseOptions = {}): Promise<CloseReport> {
    checkOptions('server.close', rest, ['graceMs']);
    this.#closing ??= detached(() => this.#close(graceMs));
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(graceMs: number): Promise<CloseReport> {
    this.#tell({ type: 'draining' });
    const drained = this.#listener?.drain();
    this.#running.stopBackground();
    await this.#running.idle(graceMs);
    const cut = this.#running.cut();
    for (const call of cut) this.#logger.warn('call cut at shutdown', call);
    await this.#running.empty(unwindMs * 2);
    await this.#listener?.close();
    await drained;
    for (const detach of this.#detach.values()) detach();
    this.#detach.clear();
    this.#watchers.clear();
    this.#addresses = [];
    return { cut };
  }

  #addModule({ service, handlers, options = {}, attach }: ServiceModule): void {
    this.add(service, handlers, options);
    const detach = attach?.(this);
    if (detach) this.#detach.set(service.name, detach);
  }

  #refusal(): Status | undefined {
    if (this.#closing !== undefined) return statusOf(new CancelReason('shutdown'));
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

  #forget(service: Service): void {
    this.#detach.get(service.name)?.();
    this.#detach.delete(service.name);
    this.#tell({ type: 'removed', service });
  }

  #tell(event: ServerEvent): void {
    for (const listener of [...this.#watchers]) listener(event);
  }
}

/** The chain's status; after a cancellation the caller does not wait longer than a moment for it. */
function unwound(call: CallNode, outcome: Promise<Status>, logger: Logger): Promise<Status> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let late = false;
    const onCancel = (reason: CancelReason): void => {
      timer = setTimeout(() => {
        late = true;
        resolve(statusOf(reason));
      }, unwindMs);
    };
    outcome.then((status) => {
      call.cancellation.off(onCancel);
      clearTimeout(timer);
      resolve(status);
      if (late)
        logger.debug('interceptors settled after their call had ended', {
          method: call.method.path,
          code: status.code,
        });
    });
    call.cancellation.on(onCancel);
  });
}
