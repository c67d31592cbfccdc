import { checkOptions, compose, type Interceptor } from 'flowrpc';
import { type CircuitBreakerOptions, circuitBreaker } from './circuit-breaker.ts';
import { type ConcurrencyLimitOptions, concurrencyLimit } from './concurrency-limit.ts';
import { type DeadlineOptions, deadline } from './deadline.ts';
import { type DedupeOptions, dedupe } from './dedupe.ts';
import { type HedgingOptions, hedging } from './hedging.ts';
import { type LoggingOptions, logging } from './logging.ts';
import type { MetricsOptions } from './metrics/metrics-selection.ts';
import { metrics } from './metrics.ts';
import { type RateLimitOptions, rateLimit } from './rate-limit.ts';
import { type RealIpOptions, realIp } from './real-ip.ts';
import { type RequestIdOptions, requestId } from './request-id.ts';
import { type RetryOptions, retry } from './retry.ts';
import { type TracingOptions, tracing } from './tracing.ts';

/** What an interceptor is to be: its options, one or several that you made, `true` for its defaults, `false` for none. */
export type Choice<O> = O | Made | boolean;
/** For what needs more than options: what you made. */
export type Made = Interceptor | readonly Interceptor[] | false;

export interface ServerDefaults {
  /** Default true. */
  requestId?: Choice<RequestIdOptions>;
  realIp?: RealIpOptions | Made;
  /** Default true. */
  tracing?: Choice<TracingOptions>;
  metrics?: Choice<MetricsOptions>;
  /** Default true. */
  logging?: Choice<LoggingOptions>;
  errors?: Made;
  faults?: Made;
  /** Made by you, since it is yours to close. */
  loadShed?: Made;
  rateLimit?: RateLimitOptions | Made;
  auth?: Made;
  authz?: Made;
  dedupe?: Choice<DedupeOptions>;
  concurrencyLimit?: ConcurrencyLimitOptions | Made;
  deadline?: Choice<number | DeadlineOptions>;
  validation?: Made;
}

export interface ClientDefaults {
  /** Default true. */
  requestId?: Choice<RequestIdOptions>;
  /** Default true. */
  tracing?: Choice<TracingOptions>;
  metrics?: Choice<MetricsOptions>;
  /** Default true: what goes well is logged at debug. */
  logging?: Choice<LoggingOptions>;
  errors?: Made;
  validation?: Made;
  /** Default true: it bounds nothing by itself, but says where the time went. */
  deadline?: Choice<number | DeadlineOptions>;
  hedging?: Choice<HedgingOptions>;
  /** Default true, unless there is hedging: only what is safe to repeat. */
  retry?: Choice<RetryOptions>;
  circuitBreaker?: Choice<CircuitBreakerOptions>;
  faults?: Made;
  /** Such as `bearerToken(…)`: each attempt asks for it anew. */
  credentials?: Made;
}

type Factory = (options: never) => Interceptor;
/** Those without a factory are made by the user. */
type Order = readonly (readonly [name: string, factory?: Factory])[];

/** Outermost first. What refuses comes behind what reports, what is cheap to refuse by in front of what costs. */
const serverOrder: Order = [
  ['requestId', requestId],
  ['realIp', realIp],
  ['tracing', tracing],
  ['metrics', metrics],
  ['logging', logging],
  ['errors'],
  ['faults'],
  ['loadShed'],
  ['rateLimit', rateLimit],
  ['auth'],
  ['authz'],
  ['dedupe', dedupe],
  ['concurrencyLimit', concurrencyLimit],
  ['deadline', deadline],
  ['validation'],
];

/** Outermost first. The deadline bounds all attempts together, the circuit and credentials see each of them. */
const clientOrder: Order = [
  ['requestId', requestId],
  ['tracing', tracing],
  ['metrics', metrics],
  ['logging', logging],
  ['errors'],
  ['validation'],
  ['deadline', deadline],
  ['hedging', hedging],
  ['retry', retry],
  ['circuitBreaker', circuitBreaker],
  ['faults'],
  ['credentials'],
];

/** Interceptors for a server in the recommended order, as one: request ids, tracing and logging unless told otherwise. */
export function serverDefaults(choices: ServerDefaults = {}): Interceptor {
  return ordered('serverDefaults', serverOrder, { requestId: true, tracing: true, logging: true, ...given(choices) });
}

/** Interceptors for a channel in the recommended order, as one: request ids, tracing, logging, deadline reports and retry unless told otherwise. */
export function clientDefaults(choices: ClientDefaults = {}): Interceptor {
  const hedges = choices.hedging !== undefined && choices.hedging !== false;
  if (hedges && choices.retry !== undefined && choices.retry !== false)
    throw new TypeError('Cannot use both hedging and retry: wanted one of them (gRFC A6)');
  return ordered('clientDefaults', clientOrder, {
    requestId: true,
    tracing: true,
    logging: true,
    deadline: true,
    retry: !hedges,
    ...given(choices),
  });
}

function ordered(where: string, order: Order, choices: Readonly<Record<string, unknown>>): Interceptor {
  const names = order.map(([name]) => name);
  checkOptions(where, choices, names);
  return compose(...order.flatMap(([name, factory]) => chosen(where, name, factory, choices[name])));
}

function chosen(where: string, name: string, factory: Factory | undefined, choice: unknown): readonly Interceptor[] {
  if (choice === undefined || choice === false) return [];
  if (typeof choice === 'function') return [choice as Interceptor];
  if (Array.isArray(choice)) return choice as Interceptor[];
  if (factory === undefined)
    throw new TypeError(`Cannot use ${name} of ${where}: wanted an interceptor, such as ${name}(…) makes`);
  return [factory((choice === true ? {} : choice) as never)];
}

/** Left out and undefined are the same. */
function given(choices: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(choices).filter(([, choice]) => choice !== undefined));
}
