import { type ErrorCode, errorInfo, quotaFailure, retryInfo, type Status, statusFrom } from 'flowrpc';

export interface Refusal {
  readonly code: ErrorCode;
  /** For programs, in UPPER_SNAKE_CASE. */
  readonly reason: string;
  readonly text: string;
  /** When to come back; `Infinity` for never, undefined when nobody knows. */
  readonly retryMs?: number;
  /** Which limit it was. */
  readonly quota?: string;
}

/**
 * The answer to a call that was not carried out because there are too many, with advice for all kinds of clients: ErrorInfo,
 * QuotaFailure and RetryInfo (google.rpc), and the trailer `grpc-retry-pushback-ms` (gRFC A6).
 */
export function refuse({ code, reason, text, retryMs, quota }: Refusal): Status {
  const details = [errorInfo({ reason, domain: 'flowrpc' })];
  if (quota !== undefined) details.push(quotaFailure({ violations: [{ subject: quota, description: text }] }));
  if (retryMs === undefined) return statusFrom(code, text, { details });
  const ms = Math.ceil(retryMs);
  if (ms > longestMs) return statusFrom(code, text, { details, trailer: { 'grpc-retry-pushback-ms': '-1' } });
  const retryDelay = { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 };
  return statusFrom(code, text, {
    details: [...details, retryInfo({ retryDelay })],
    trailer: { 'grpc-retry-pushback-ms': String(ms) },
  });
}

/** Beyond nine digits clients stop reading. */
const longestMs = 999_999_999;

/** A duration for people. */
export function inWords(ms: number): string {
  return ms < 10_000 ? `${Math.ceil(ms)} ms` : `${Math.ceil(ms / 1_000)} s`;
}
