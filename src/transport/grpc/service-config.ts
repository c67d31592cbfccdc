import type { ChannelOptions } from '@grpc/grpc-js';
import { codeName, type ErrorCode } from '../../core/code.ts';
import { checkOptions, checkPositive } from '../../core/options.ts';

/** How a channel balances its calls and treats methods; what name resolution could say, typed, in milliseconds and bytes. */
export interface ServiceConfig {
  /** One address at a time, or all in turn. Default `pick_first`. */
  loadBalancing?: 'pick_first' | 'round_robin';
  /** Stops retries while most calls fail (gRFC A6). */
  retryThrottling?: { maxTokens: number; tokenRatio: number };
  /** The entry with the most precise name holds. */
  methods?: readonly MethodConfig[];
}

export interface MethodConfig {
  /** `{ service, method }`, `{ service }`, or `{}` for all. */
  names: readonly MethodName[];
  timeoutMs?: number;
  waitForReady?: boolean;
  maxRequestBytes?: number;
  maxResponseBytes?: number;
  retry?: RetryPolicy;
}

export interface MethodName {
  service?: string;
  method?: string;
}

/** Retries inside grpc-js, invisible to interceptors. The `retry()` interceptor does the same in sight. */
export interface RetryPolicy {
  /** The first attempt counts; 2 to 5. */
  maxAttempts: number;
  initialBackoffMs: number;
  maxBackoffMs: number;
  backoffMultiplier: number;
  codes: readonly ErrorCode[];
}

/** What our own layer applies, since grpc-js reads it and does nothing. */
export type MethodBounds = Pick<MethodConfig, 'waitForReady' | 'maxRequestBytes' | 'maxResponseBytes'>;

const configNames = ['loadBalancing', 'retryThrottling', 'methods'];
const methodNames = ['names', 'timeoutMs', 'waitForReady', 'maxRequestBytes', 'maxResponseBytes', 'retry'];
const retryNames = ['maxAttempts', 'initialBackoffMs', 'maxBackoffMs', 'backoffMultiplier', 'codes'];
const policies = ['pick_first', 'round_robin'];

/** The service config as grpc-js takes it. A TypeError or RangeError for what it would ignore. */
export function toGrpcServiceConfig(config: ServiceConfig): ChannelOptions {
  checkOptions('serviceConfig', config, configNames);
  const { loadBalancing = 'pick_first', retryThrottling, methods = [] } = config;
  if (!policies.includes(loadBalancing))
    throw new TypeError(`Cannot balance with "${loadBalancing}": wanted "pick_first" or "round_robin"`);
  checkOptions('serviceConfig.retryThrottling', retryThrottling ?? {}, ['maxTokens', 'tokenRatio']);
  for (const [name, value] of Object.entries(retryThrottling ?? {})) checkPositive(name, value);
  const json = {
    loadBalancingConfig: [{ [loadBalancing]: {} }],
    retryThrottling,
    methodConfig: methods.map(toGrpcMethod),
  };
  return { 'grpc.service_config': JSON.stringify(json) };
}

/** Finds the bounds of a method by its path; remembers them, since every call asks. */
export function boundsOf(config: ServiceConfig | undefined): (service: string, method: string) => MethodBounds {
  const methods = config?.methods ?? [];
  if (methods.length === 0) return () => none;
  const known = new Map<string, MethodBounds>();
  for (const entry of methods)
    for (const { service = '', method = '' } of entry.names) known.set(`${service}/${method}`, entry);
  return (service, method) => known.get(`${service}/${method}`) ?? known.get(`${service}/`) ?? known.get('/') ?? none;
}

const none: MethodBounds = {};

function toGrpcMethod(entry: MethodConfig): object {
  checkOptions('serviceConfig.methods', entry, methodNames);
  for (const name of ['timeoutMs', 'maxRequestBytes', 'maxResponseBytes'] as const) checkPositive(name, entry[name]);
  for (const name of entry.names) checkOptions('serviceConfig.methods.names', name, ['service', 'method']);
  const { timeoutMs, retry } = entry;
  return {
    name: entry.names.map(({ service, method }) => ({ service, method })),
    // A text such as "0.5s" is read as 5 nanoseconds.
    timeout:
      timeoutMs === undefined
        ? undefined
        : { seconds: Math.floor(timeoutMs / 1_000), nanos: Math.round((timeoutMs % 1_000) * 1_000_000) },
    retryPolicy: retry === undefined ? undefined : toGrpcRetry(retry),
  };
}

function toGrpcRetry(retry: RetryPolicy): object {
  checkOptions('serviceConfig.methods.retry', retry, retryNames);
  const { maxAttempts, initialBackoffMs, maxBackoffMs, backoffMultiplier, codes } = retry;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 2 || maxAttempts > 5)
    throw new RangeError(`Cannot retry with maxAttempts ${maxAttempts}: wanted 2 to 5`);
  for (const [name, value] of Object.entries({ initialBackoffMs, maxBackoffMs, backoffMultiplier })) {
    if (value === undefined) throw new TypeError(`Cannot retry by service config: ${name} is missing`);
    checkPositive(name, value);
  }
  return {
    maxAttempts,
    initialBackoff: seconds(initialBackoffMs),
    maxBackoff: seconds(maxBackoffMs),
    backoffMultiplier,
    retryableStatusCodes: codes.map(codeName),
  };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(9)}s`;
}
