import type { Methods, Service } from '../core/method.ts';
import type { Handlers } from './handlers.ts';
import type { RouteTable } from './route-table.ts';
import type { AddOptions, ServerEvent, ServerHost, ServiceModule } from './service-module.ts';

/** The services of a server as they come and go, and who is told of it. */
export class ServiceTable implements ServerHost {
  readonly #routes: RouteTable;
  readonly #watchers = new Set<(event: ServerEvent) => void>();
  readonly #detach = new Map<string, () => void>();
  #draining = false;
  #closed = false;

  constructor(routes: RouteTable) {
    this.#routes = routes;
  }

  get services(): ReadonlyMap<string, Service> {
    return this.#routes.services;
  }

  add(
    first: Service | ServiceModule | readonly ServiceModule[],
    handlers: Handlers<Methods> | undefined,
    options: AddOptions,
  ): void {
    if (handlers === undefined) {
      if (first !== null && typeof first === 'object' && 'methods' in first)
        throw new TypeError(`Cannot add service "${first.name}": its handlers are missing`);
      for (const module of [first].flat() as ServiceModule[]) this.#addModule(module);
      return;
    }
    const service = first as Service;
    if (this.services.has(service.name))
      throw new TypeError(`Cannot add service "${service.name}": it is served already, use replace()`);
    this.replace(service, handlers, options);
  }

  replace<M extends Methods>(service: Service<M>, handlers: Handlers<M>, options: AddOptions): void {
    const before = this.services.get(service.name);
    this.#routes.set(service, handlers, options);
    if (before !== undefined) this.#forget(before);
    this.#tell({ type: 'added', service: service as Service });
  }

  remove(service: Service | string): boolean {
    const removed = this.#routes.delete(typeof service === 'string' ? service : service.name);
    if (removed === undefined) return false;
    this.#forget(removed);
    return true;
  }

  watch(listener: (event: ServerEvent) => void): () => void {
    if (!this.#closed) this.#watchers.add(listener);
    if (this.#draining) listener({ type: 'draining' });
    return () => this.#watchers.delete(listener);
  }

  /** The server was told to close. */
  drain(): void {
    this.#draining = true;
    this.#tell({ type: 'draining' });
  }

  /** Lets go of the modules and of who watches; the services stay. */
  close(): void {
    this.#closed = true;
    for (const detach of this.#detach.values()) detach();
    this.#detach.clear();
    this.#watchers.clear();
  }

  #addModule({ service, handlers, options = {}, attach }: ServiceModule): void {
    this.add(service, handlers, options);
    const detach = attach?.(this);
    if (detach) this.#detach.set(service.name, detach);
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
