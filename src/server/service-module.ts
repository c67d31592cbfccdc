import { checkLimits, type Limits } from '../core/acceptor.ts';
import type { Interceptor } from '../core/context.ts';
import { checkInterceptors } from '../core/interceptor.ts';
import type { Methods, Service } from '../core/method.ts';
import { checkOptions, checkPositive } from '../core/options.ts';
import type { Handlers } from './handlers.ts';

export interface AddOptions {
  /** Inside the server's own interceptors; the first is the outermost. */
  interceptors?: readonly Interceptor[];
  /** For every method of the service. */
  limits?: Partial<Limits>;
  /** For single methods, by local name; wins over `limits`. */
  methodLimits?: Readonly<Record<string, Partial<Limits>>>;
  /** Open calls do not hold up a shutdown: they are told to stop at once. For watches and reflection. */
  background?: boolean;
  /** Streams of this service are ended after this long without a message; `Infinity` for never. Default: the server's. */
  streamIdleMs?: number;
}

const addNames = ['interceptors', 'limits', 'methodLimits', 'background', 'streamIdleMs'];

/** Refuses what is unknown, misspelt or out of range, limits of methods that the service has not included. */
export function checkAddOptions({ methods }: Service, options: AddOptions): void {
  checkOptions('server.add', options, addNames);
  checkInterceptors(options.interceptors);
  checkLimits('limits', options.limits);
  checkOptions('methodLimits', options.methodLimits ?? {}, Object.keys(methods));
  for (const [name, limits] of Object.entries(options.methodLimits ?? {})) checkLimits(`methodLimits.${name}`, limits);
  checkPositive('streamIdleMs', options.streamIdleMs);
}

export type ServerEvent =
  | { readonly type: 'added' | 'removed'; readonly service: Service }
  /** The server was told to close: answer no longer ready. */
  | { readonly type: 'draining' };

/** What a service that describes or watches its server gets to see of it. */
export interface ServerHost {
  /** Services by full name, as they stand. */
  readonly services: ReadonlyMap<string, Service>;
  /** Tells the listener of changes, and at once that the server drains when it does already; gives back what ends that. */
  watch(listener: (event: ServerEvent) => void): () => void;
}

/** A service that brings its own handlers, such as `health()`. */
export interface ServiceModule<M extends Methods = Methods> {
  readonly service: Service<M>;
  readonly handlers: Handlers<M>;
  readonly options?: AddOptions;
  /** Called once, when it is added; gives back what to call when it is removed or the server closes. */
  attach?(host: ServerHost): (() => void) | void;
}
