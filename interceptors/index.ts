export { anyOf } from './any-of.ts';
export { type ApiKeyOptions, type ApiKeySource, apiKey } from './api-key.ts';
export {
  type ApiKeyRecord,
  type ApiKeysOptions,
  apiKeys,
  type FindApiKey,
  hashApiKey,
  makeApiKey,
} from './api-keys.ts';
export { type CachedTokenOptions, cachedToken, type IssuedToken } from './auth/cached-token.ts';
export type { JwtAlgorithm } from './auth/jwt-keys.ts';
export { parseSpiffeId, type SpiffeId } from './auth/spiffe-id.ts';
export { type AuthOptions, auth, bearer, type Verified, type Verifier } from './auth.ts';
export type { AuthzAudit, AuthzEvent } from './authz/authz-audit.ts';
export { parsePolicy } from './authz/authz-check.ts';
export { type UncoveredOptions, uncovered } from './authz/authz-coverage.ts';
export type { AuthzHeader, AuthzPolicy, AuthzRule } from './authz/authz-policy.ts';
export { tlsPrincipals } from './authz/authz-principals.ts';
export { type AuthzOptions, authz } from './authz.ts';
export { type AuthzFile, type AuthzFileOptions, authzFile } from './authz-file.ts';
export { type BearerTokenOptions, bearerToken, type TokenSource } from './bearer-token.ts';
export type { CircuitState } from './circuit-breaker/circuit.ts';
export {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitChange,
  circuitBreaker,
} from './circuit-breaker.ts';
export { type ClientCredentialsOptions, clientCredentials } from './client-credentials.ts';
export { type ConcurrencyLimit, type ConcurrencyLimitOptions, concurrencyLimit } from './concurrency-limit.ts';
export type { DeadlineReport } from './deadline/deadline-report.ts';
export { type DeadlineBounds, type DeadlineOptions, deadline } from './deadline.ts';
export { type DedupeOptions, dedupe } from './dedupe.ts';
export {
  type Choice,
  type ClientDefaults,
  clientDefaults,
  type Made,
  type ServerDefaults,
  serverDefaults,
} from './defaults.ts';
export {
  type ErrorKind,
  type ErrorMapping,
  type MapErrorOptions,
  mapError,
  type ReceivedError,
} from './errors/error-mapping.ts';
export { type ErrorRows, type ErrorsOf, type ErrorTable, errors, errorTable } from './errors.ts';
export type { HeaderFaultOptions } from './faults/faults-headers.ts';
export { type FaultOptions, type FaultRule, faults } from './faults.ts';
export { type HedgingOptions, hedging } from './hedging.ts';
export { type JwtIdentity, type JwtOptions, jwt } from './jwt.ts';
export { type Priority, priorityOf } from './limits/priority.ts';
export type { LimitKey } from './limits/rate-limit-key.ts';
export type { SharedStoreOptions } from './limits/rate-limit-store.ts';
export { type RateStore, type TokenBucket, type TokenBucketOptions, tokenBucket } from './limits/token-bucket.ts';
export { type LoadShed, type LoadShedOptions, loadShed } from './load-shed.ts';
export type { LogDialect } from './logging/logging-fields.ts';
export { callLevel } from './logging/logging-level.ts';
export type { RedactPayload } from './logging/logging-payloads.ts';
export { type LoggingOptions, logging } from './logging.ts';
export { type ConnectionSource, watchConnections } from './metrics/metrics-connections.ts';
export type { AttemptSeries, CallLabels, CallSeries, MetricsDialect } from './metrics/metrics-dialect.ts';
export type { DialectName, MetricsOptions } from './metrics/metrics-selection.ts';
export type { Family } from './metrics/prometheus-family.ts';
export {
  createRegistry,
  type FamilyOptions,
  type HistogramOptions,
  type Registry,
  type RegistryOptions,
  type SummaryOptions,
} from './metrics/prometheus-registry.ts';
export type { Counter, Gauge, Histogram } from './metrics/prometheus-series.ts';
export type { Summary } from './metrics/prometheus-summary.ts';
export { metrics } from './metrics.ts';
export { type MetricsServer, type MetricsServerOptions, metricsServer } from './metrics-server.ts';
export { type PinoLike, pinoLogger } from './pino-logger.ts';
export { type Rate, type RateLimitOptions, rateLimit } from './rate-limit.ts';
export { type RealIpOptions, realIp, realIpKey } from './real-ip.ts';
export { type RequestIdOptions, requestId, requestIdKey, requestIdOf } from './request-id.ts';
export { type AttemptEvent, type AttemptListener, attemptOf, onAttempt } from './retry/attempts.ts';
export { type BudgetOptions, type RetryBudget, retryBudget } from './retry/retry-budget.ts';
export type { RetrySettings } from './retry/retry-settings.ts';
export { type RetryThrottle, retryThrottle, type ThrottleOptions } from './retry/retry-throttle.ts';
export { type RetryOptions, retry } from './retry.ts';
export { type TlsIdentity, type TlsIdentityOptions, tlsIdentity } from './tls-identity.ts';
export { type TokenFileOptions, tokenFile } from './token-file.ts';
export { grpcTraceBin } from './trace-bin.ts';
export type { ExceptionPolicy } from './tracing/tracing-end.ts';
export { type TraceNames, type TracingOptions, tracing } from './tracing.ts';
export type { StandardSchema } from './validation/standard-schema.ts';
export { type MethodRules, type ValidationOptions, type ValidationRules, validation } from './validation.ts';
