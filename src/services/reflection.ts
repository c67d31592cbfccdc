import type { Interceptor } from '../core/context.ts';
import type { Methods, Service } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import type { Handlers } from '../server/handlers.ts';
import type { ServerHost, ServiceModule } from '../server/service-module.ts';
import {
  ServerReflection as ReflectionV1,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../wire/gen/grpc/reflection/v1/reflection.ts';
import { ServerReflection as ReflectionV1Alpha } from '../wire/gen/grpc/reflection/v1alpha/reflection.ts';
import { type Catalog, catalogOf } from './catalog.ts';
import { answer } from './reflection-answers.ts';

export interface ReflectionOptions {
  /**
   * Which services may be seen; asked again after each change of the server. Others are neither listed nor found by symbol,
   * and their files are not sent unless a visible service needs them. Default all.
   */
  visible?: (service: Service) => boolean;
  /** For reflection calls only, such as another `auth`; inside the server's own. */
  interceptors?: readonly Interceptor[];
}

/**
 * Lets tools such as grpcurl list, describe and call what a server serves at the moment, as `grpc.reflection.v1` and `v1alpha`:
 * `server.add(reflection())`. One call for each server.
 */
export function reflection(options: ReflectionOptions = {}): ServiceModule[] {
  checkOptions('reflection', options, ['visible', 'interceptors']);
  const { visible = () => true, interceptors } = options;
  const live = new LiveCatalog(visible);
  return [ReflectionV1, ReflectionV1Alpha].map((service) => ({
    service,
    handlers: { serverReflectionInfo: (requests) => converse(live, requests) } satisfies Handlers<
      typeof service.methods
    > as Handlers<Methods>,
    options: { interceptors, background: true, streamIdleMs: Number.POSITIVE_INFINITY },
    attach: (host: ServerHost) => live.attach(host),
  }));
}

async function* converse(
  live: LiveCatalog,
  requests: AsyncIterable<ServerReflectionRequest>,
): AsyncGenerator<ServerReflectionResponse> {
  const sent = new WeakSet();
  for await (const originalRequest of requests) {
    const { host: validHost, messageRequest } = originalRequest;
    yield { validHost, originalRequest, messageResponse: answer(live.catalog, messageRequest, sent) };
  }
}

/** The catalog of a server as it stands; made again when it is asked for after a change. */
class LiveCatalog {
  readonly #visible: (service: Service) => boolean;
  #host: ServerHost | undefined;
  #attached = 0;
  #catalog: Catalog | undefined;

  constructor(visible: (service: Service) => boolean) {
    this.#visible = visible;
  }

  get catalog(): Catalog {
    this.#catalog ??= catalogOf([...(this.#host?.services.values() ?? [])].filter((service) => this.#visible(service)));
    return this.#catalog;
  }

  attach(host: ServerHost): () => void {
    if (this.#host !== undefined && this.#host !== host) {
      throw new TypeError('Cannot add reflection to a second server: call reflection() for each');
    }
    this.#host = host;
    this.#attached += 1;
    this.#catalog = undefined;
    const unwatch = host.watch(() => {
      this.#catalog = undefined;
    });
    return () => {
      unwatch();
      this.#attached -= 1;
      this.#catalog = undefined;
      if (this.#attached === 0) this.#host = undefined;
    };
  }
}
