import { Code } from '../core/code.ts';
import type { HandlerContext, Interceptor } from '../core/context.ts';
import type { Methods, Service } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import { StatusError } from '../core/status-error.ts';
import type { Handlers } from '../server/handlers.ts';
import type { AddOptions, ServerEvent, ServerHost, ServiceModule } from '../server/service-module.ts';
import {
  type HealthCheckRequest,
  type HealthListResponse,
  Health as HealthService,
} from '../wire/gen/grpc/health/v1/health.ts';
import { checkServingStatus, type ServingStatus } from './serving-status.ts';
import { StatusWatch } from './status-watch.ts';

/** The most services that List names, as in other languages (gRFC A90). */
const maxListed = 100;

export interface HealthOptions {
  /** For health calls only; inside the server's own. */
  interceptors?: readonly Interceptor[];
}

/**
 * `grpc.health.v1.Health` for `server.add()`. Every service of the server is SERVING while it is there, and so is `""`,
 * the server as a whole; `set` says otherwise. All turn NOT_SERVING when the server begins to close.
 */
export interface Health extends ServiceModule {
  /**
   * States the health of a service, of `""`, or of any other name that clients may ask for. Holds until `clear`, or until the
   * service is removed from its server. Ignored between `shutdown` and `resume`.
   */
  set(service: Service | string, status: ServingStatus): void;
  /** Takes back what `set` said: a service of the server is SERVING again, another name unknown. */
  clear(service: Service | string): void;
  /** What Check would answer; undefined for a name it does not know. */
  get(service?: Service | string): ServingStatus | undefined;
  /** Everything is NOT_SERVING from now on. Called by a server that begins to close. */
  shutdown(): void;
  /** Ends a `shutdown`: what held before it holds again. */
  resume(): void;
  /** Watches open now. */
  readonly watching: number;
}

/** Makes a health service, usually one for each server: `server.add(health())`. */
export function health(options: HealthOptions = {}): Health {
  checkOptions('health', options, ['interceptors']);
  return new ServerHealth(options);
}

type HealthMethods = (typeof HealthService)['methods'];

class ServerHealth implements Health {
  readonly service = HealthService;
  readonly options: AddOptions;
  readonly handlers = {
    check: ({ service }) => ({ status: this.#check(service) }),
    watch: ({ service }: HealthCheckRequest, { signal }: HandlerContext) => this.#watch(service, signal),
    list: () => this.#list(),
  } satisfies Handlers<HealthMethods> as Handlers<Methods>;
  readonly #hosts = new Set<ServerHost>();
  readonly #stated = new Map<string, ServingStatus>([['', 'SERVING']]);
  readonly #watches = new Set<{ changed(): void }>();
  #down = false;

  constructor({ interceptors }: HealthOptions) {
    this.options = { interceptors, background: true, streamIdleMs: Number.POSITIVE_INFINITY };
  }

  attach = (host: ServerHost): (() => void) => {
    this.#hosts.add(host);
    this.#tell();
    const unwatch = host.watch((event) => this.#follow(event));
    return () => {
      unwatch();
      this.#hosts.delete(host);
      this.#tell();
    };
  };

  set(service: Service | string, status: ServingStatus): void {
    const name = nameOf(service);
    checkServingStatus(name, status);
    if (this.#down) return;
    this.#stated.set(name, status);
    this.#tell();
  }

  clear(service: Service | string): void {
    const name = nameOf(service);
    if (name === '') this.#stated.set('', 'SERVING');
    else this.#stated.delete(name);
    this.#tell();
  }

  get(service: Service | string = ''): ServingStatus | undefined {
    const name = nameOf(service);
    const status = this.#stated.get(name) ?? (this.#serves(name) ? 'SERVING' : undefined);
    return status !== undefined && this.#down ? 'NOT_SERVING' : status;
  }

  shutdown(): void {
    this.#down = true;
    this.#tell();
  }

  resume(): void {
    this.#down = false;
    this.#tell();
  }

  get watching(): number {
    return this.#watches.size;
  }

  #check(name: string): ServingStatus {
    const status = this.get(name);
    if (status !== undefined) return status;
    // A stranger chose the name: all of it would be too much for a status message.
    throw new StatusError(Code.NOT_FOUND, `Service "${name.slice(0, 128)}" is unknown`);
  }

  async *#watch(name: string, signal: AbortSignal) {
    const watch = new StatusWatch<ServingStatus | 'SERVICE_UNKNOWN'>(() => this.get(name) ?? 'SERVICE_UNKNOWN', signal);
    this.#watches.add(watch);
    try {
      for await (const status of watch.values()) yield { status };
    } finally {
      this.#watches.delete(watch);
    }
  }

  #list(): HealthListResponse {
    const names = new Set(this.#stated.keys());
    for (const { services } of this.#hosts) for (const name of services.keys()) names.add(name);
    if (names.size > maxListed) {
      throw new StatusError(
        Code.RESOURCE_EXHAUSTED,
        `Cannot list the health of ${names.size} services: the limit is ${maxListed}, use Check`,
      );
    }
    return { statuses: Object.fromEntries([...names].map((name) => [name, { status: this.#check(name) }])) };
  }

  #serves(name: string): boolean {
    for (const { services } of this.#hosts) if (services.has(name)) return true;
    return false;
  }

  #follow(event: ServerEvent): void {
    if (event.type === 'draining') return this.shutdown();
    // A replaced service is there again already, and keeps what was said of it.
    if (event.type === 'removed' && !this.#serves(event.service.name)) this.#stated.delete(event.service.name);
    this.#tell();
  }

  #tell(): void {
    for (const watch of this.#watches) watch.changed();
  }
}

function nameOf(service: Service | string): string {
  return typeof service === 'string' ? service : service.name;
}
