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
export { type AttemptEvent, type AttemptListener, attemptOf, onAttempt } from './attempts.ts';
export { type AuthOptions, auth, bearer, type Verified, type Verifier } from './auth.ts';
export { type AuthzOptions, authz } from './authz.ts';
export type { AuthzAudit, AuthzEvent } from './authz-audit.ts';
export { parsePolicy } from './authz-check.ts';
export { type UncoveredOptions, uncovered } from './authz-coverage.ts';
export { type AuthzFile, type AuthzFileOptions, authzFile } from './authz-file.ts';
export type { AuthzHeader, AuthzPolicy, AuthzRule } from './authz-policy.ts';
export { tlsPrincipals } from './authz-principals.ts';
export { type BearerTokenOptions, bearerToken, type TokenSource } from './bearer-token.ts';
export { type CachedTokenOptions, cachedToken, type IssuedToken } from './cached-token.ts';
export type { CircuitState } from './circuit.ts';
export {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitChange,
  circuitBreaker,
} from './circuit-breaker.ts';
export { type ClientCredentialsOptions, clientCredentials } from './client-credentials.ts';
export { type ConcurrencyLimit, type ConcurrencyLimitOptions, concurrencyLimit } from './concurrency-limit.ts';
export { type DeadlineBounds, type DeadlineOptions, deadline } from './deadline.ts';
export type { DeadlineReport } from './deadline-report.ts';
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
} from './error-mapping.ts';
export { type ErrorRows, type ErrorsOf, type ErrorTable, errors, errorTable } from './errors.ts';
export { type FaultOptions, type FaultRule, faults } from './faults.ts';
export type { HeaderFaultOptions } from './faults-headers.ts';
export { type HedgingOptions, hedging } from './hedging.ts';
export { type JwtIdentity, type JwtOptions, jwt } from './jwt.ts';
export type { JwtAlgorithm } from './jwt-keys.ts';
export { type LoadShed, type LoadShedOptions, loadShed } from './load-shed.ts';
export { type LoggingOptions, logging } from './logging.ts';
export type { LogDialect } from './logging-fields.ts';
export { callLevel } from './logging-level.ts';
export type { RedactPayload } from './logging-payloads.ts';
export { metrics } from './metrics.ts';
export { type ConnectionSource, watchConnections } from './metrics-connections.ts';
export type { AttemptSeries, CallLabels, CallSeries, MetricsDialect } from './metrics-dialect.ts';
export type { DialectName, MetricsOptions } from './metrics-selection.ts';
export { type MetricsServer, type MetricsServerOptions, metricsServer } from './metrics-server.ts';
export { type PinoLike, pinoLogger } from './pino-logger.ts';
export { type Priority, priorityOf } from './priority.ts';
export type { Family } from './prometheus-family.ts';
export {
  createRegistry,
  type FamilyOptions,
  type HistogramOptions,
  type Registry,
  type RegistryOptions,
  type SummaryOptions,
} from './prometheus-registry.ts';
export type { Counter, Gauge, Histogram } from './prometheus-series.ts';
export type { Summary } from './prometheus-summary.ts';
export { type Rate, type RateLimitOptions, rateLimit } from './rate-limit.ts';
export type { LimitKey } from './rate-limit-key.ts';
export type { SharedStoreOptions } from './rate-limit-store.ts';
export { type RealIpOptions, realIp, realIpKey } from './real-ip.ts';
export { type RequestIdOptions, requestId, requestIdKey, requestIdOf } from './request-id.ts';
export { type RetryOptions, retry } from './retry.ts';
export { type BudgetOptions, type RetryBudget, retryBudget } from './retry-budget.ts';
export type { RetrySettings } from './retry-settings.ts';
export { type RetryThrottle, retryThrottle, type ThrottleOptions } from './retry-throttle.ts';
export { parseSpiffeId, type SpiffeId } from './spiffe-id.ts';
export type { StandardSchema } from './standard-schema.ts';
export { type TlsIdentity, type TlsIdentityOptions, tlsIdentity } from './tls-identity.ts';
export { type RateStore, type TokenBucket, type TokenBucketOptions, tokenBucket } from './token-bucket.ts';
export { grpcTraceBin } from './trace-bin.ts';
export { type TraceNames, type TracingOptions, tracing } from './tracing.ts';
export type { ExceptionPolicy } from './tracing-end.ts';
export { type MethodRules, type ValidationOptions, type ValidationRules, validation } from './validation.ts';
