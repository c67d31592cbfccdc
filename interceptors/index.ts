export { type AuthOptions, auth, bearer, type Verified } from './auth.ts';
export { bearerToken, type TokenSource } from './bearer-token.ts';
export { type DeadlineOptions, deadline } from './deadline.ts';
export { callLevel, type LoggingOptions, logging } from './logging.ts';
export { type RetryOptions, retry } from './retry.ts';
export type { ThrottleOptions } from './retry-throttle.ts';
export { type TracingOptions, tracing } from './tracing.ts';
