import type { Channel } from '../../client/connect.ts';
import type { Service } from '../../core/method.ts';
import type { ServerHost } from '../../server/service-module.ts';
import { type ReflectionClient, reflectionClient } from '../reflection-client.ts';

/** Where services are known from, as they stand. */
export interface ServiceSource {
  readonly services: Iterable<Service>;
  get(name: string): Service | undefined;
  /** Tells of each change. */
  watch(listener: () => void): () => void;
  /** Asks again, where services are not told of; resolves at once where they are. */
  refresh(): Promise<void>;
}

/** Whether a service is wanted. */
export type ServiceFilter = (service: Service) => boolean;

/** Which services: full names, or `prefix.*`. Left out: all but those that serve tools. */
export function namedServices(names: readonly string[] | undefined): ServiceFilter {
  if (names === undefined) return ({ name }) => !/^(?:flowrpc|grpc\.reflection)\./.test(name);
  const exact = new Set(names);
  const prefixes = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  return ({ name }) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

/** The services of a server in this process. */
export function servedServices(host: ServerHost, wanted: ServiceFilter): ServiceSource {
  return {
    get services() {
      return [...host.services.values()].filter(wanted);
    },
    get(name) {
      const service = host.services.get(name);
      return service !== undefined && wanted(service) ? service : undefined;
    },
    watch: (listener) => host.watch(({ type }) => type !== 'draining' && listener()),
    refresh: () => Promise.resolve(),
  };
}

/** Services that were given. */
export function givenServices(services: readonly Service[]): ServiceSource {
  const byName = new Map(services.map((service) => [service.name, service]));
  return { services, get: (name) => byName.get(name), watch: () => () => {}, refresh: () => Promise.resolve() };
}

/** How soon somebody who asks for what is not there has the peer asked again. */
const againMs = 2_000;

/** The services of a peer, by reflection: asked at first use, and again when somebody wants what was not there. */
export class ReflectedServices implements ServiceSource {
  readonly #client: ReflectionClient;
  readonly #wanted: ServiceFilter;
  readonly #listeners = new Set<() => void>();
  #known = new Map<string, Service>();
  #asking: Promise<void> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(channel: Channel, wanted: ServiceFilter) {
    this.#client = reflectionClient(channel);
    this.#wanted = wanted;
  }

  get services(): Iterable<Service> {
    return this.#known.values();
  }

  get(name: string): Service | undefined {
    return this.#known.get(name);
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  refresh(): Promise<void> {
    if (this.#asking !== undefined) return this.#asking;
    if (performance.now() - this.#askedAt < againMs) return Promise.resolve();
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #ask(): Promise<void> {
    const names = await this.#client.list();
    this.#client.forget();
    const known = new Map<string, Service>();
    for (const name of names) {
      const service = await this.#client.service(name);
      if (this.#wanted(service)) known.set(name, service);
    }
    this.#known = known;
    this.#askedAt = performance.now();
    for (const listener of this.#listeners) listener();
  }
}
