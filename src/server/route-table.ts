import { type Limits, mergeLimits, type Route } from '../core/acceptor.ts';
import { nodeOf } from '../core/call.ts';
import { Code } from '../core/code.ts';
import type { Interceptor, Invoke } from '../core/context.ts';
import { fold } from '../core/interceptor.ts';
import { type Method, type Methods, rawMethod, type Service } from '../core/method.ts';
import { statusFrom } from '../core/status.ts';
import { didYouMean } from '../core/suggest.ts';
import { type AnyHandler, bindHandler, type HandlerEvents } from './bind-handler.ts';
import type { Handlers } from './handlers.ts';
import { type AddOptions, checkAddOptions } from './service-module.ts';

/** A route with what the server must know of it beside what transports need. */
export interface ServerRoute extends Route {
  readonly background: boolean;
  readonly streamIdleMs: number;
  /** Interceptors stand between the handler and the caller, so a stuck one must not hold the status. */
  readonly intercepted: boolean;
}

export interface RouteDefaults {
  interceptors: readonly Interceptor[];
  limits: Partial<Limits>;
  streamIdleMs: number;
}

/** Paths to folded chains. Changes are one assignment each, so a call sees a service whole or not at all. */
export class RouteTable {
  readonly services = new Map<string, Service>();
  readonly #routes = new Map<string, ServerRoute>();
  readonly #defaults: RouteDefaults;
  readonly #events: HandlerEvents;

  constructor(defaults: RouteDefaults, events: HandlerEvents) {
    this.#defaults = defaults;
    this.#events = events;
  }

  /** Registers or replaces a service; calls under way keep what they started with. */
  set<M extends Methods>(service: Service<M>, handlers: Handlers<M>, options: AddOptions): void {
    checkHandlers(service, handlers);
    checkAddOptions(service, options);
    const routes = Object.entries(service.methods).map(([name, method]) => {
      const handler = (handlers as Record<string, AnyHandler | undefined>)[name];
      return [method.path, this.#fold(method, handler?.bind(handlers), options.methodLimits?.[name], options)] as const;
    });
    this.#checkPaths(service);
    this.delete(service.name);
    for (const [path, route] of routes) this.#routes.set(path, route);
    this.services.set(service.name, service);
  }

  /** A path leads to one method: nobody takes over calls by accident, whatever its service is called. */
  #checkPaths({ name, methods }: Service): void {
    const own = Object.values(this.services.get(name)?.methods ?? {});
    const seen = new Set<string>();
    for (const { path } of Object.values(methods)) {
      const served = this.#routes.get(path)?.method;
      const taken = seen.has(path) ? name : served !== undefined && !own.includes(served) ? served.service : undefined;
      if (taken !== undefined)
        throw new TypeError(`Cannot add service "${name}": its path "${path}" is served by "${taken}" already`);
      seen.add(path);
    }
  }

  delete(name: string): Service | undefined {
    const service = this.services.get(name);
    if (service === undefined) return undefined;
    for (const { path } of Object.values(service.methods)) this.#routes.delete(path);
    this.services.delete(name);
    return service;
  }

  get(path: string): ServerRoute {
    return this.#routes.get(path) ?? this.#unknown(path);
  }

  #fold(
    method: Method,
    handler: AnyHandler | undefined,
    limits: Partial<Limits> | undefined,
    options: AddOptions,
  ): ServerRoute {
    const interceptors = [...this.#defaults.interceptors, ...(options.interceptors ?? [])];
    const terminal = handler === undefined ? unimplemented : bindHandler(method, handler, this.#events);
    return {
      method,
      invoke: fold(interceptors, method, terminal),
      limits: mergeLimits(this.#defaults.limits, options.limits, limits),
      background: options.background ?? false,
      streamIdleMs: options.streamIdleMs ?? this.#defaults.streamIdleMs,
      intercepted: interceptors.length > 0,
    };
  }

  /** Folded for each call: nothing a stranger sends may stay in memory. */
  #unknown(path: string): ServerRoute {
    return this.#fold(rawMethod(path), undefined, undefined, {});
  }
}

const unimplemented: Invoke = (call) => {
  const { refusal, method } = nodeOf(call);
  const what = method.known ? 'has no handler' : 'is unknown';
  return Promise.resolve(refusal ?? statusFrom(Code.UNIMPLEMENTED, `Method ${method.path.slice(0, 128)} ${what}`));
};

function checkHandlers<M extends Methods>(service: Service<M>, handlers: Handlers<M>): void {
  if (typeof service?.name !== 'string' || typeof service.methods !== 'object') {
    throw new TypeError(
      `Cannot add ${String(service)}: wanted a Service, made by flowrpc generate, loadServices or fromGrpc`,
    );
  }
  for (const { path } of Object.values(service.methods)) {
    if (!path.startsWith('/'))
      throw new TypeError(`Cannot add service "${service.name}": path "${path}" does not start with "/"`);
  }
  for (const [name, handler] of Object.entries(handlers)) {
    const known = Object.hasOwn(service.methods, name);
    // A handler object may keep state of its own beside its handlers.
    if (!known && typeof handler === 'function') {
      const near = didYouMean(name, Object.keys(service.methods));
      throw new TypeError(`Cannot add service "${service.name}": it has no method "${name}"${near}`);
    }
    if (known && handler !== undefined && typeof handler !== 'function') {
      throw new TypeError(
        `Cannot add service "${service.name}": the handler of "${name}" is a ${typeof handler}, wanted a function`,
      );
    }
  }
}
