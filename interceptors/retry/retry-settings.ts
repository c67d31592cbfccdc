import { Code, checkOptions, type ErrorCode } from 'flowrpc';

/** How calls are repeated; what `retry()` says for all methods, or for some. */
export interface RetrySettings {
  /** All tries of a call, the first included. */
  attempts?: number;
  /** The pause before the second attempt; each further one is `multiplier` times longer, up to `maxDelayMs`. */
  baseDelayMs?: number;
  maxDelayMs?: number;
  multiplier?: number;
  /** Each pause is longer or shorter by up to this share, at random, so that callers do not return in step. */
  jitter?: number;
  /** The codes worth another attempt. */
  codes?: readonly ErrorCode[];
  /**
   * Repeat methods too that are not marked with `idempotency_level` in their proto file. Without it they are repeated only when it is
   * certain that no server saw the call (`status.unseen`), since a failed attempt may have been carried out.
   */
  nonIdempotent?: boolean;
  /**
   * How long each attempt may take; a stream of responses, until it begins. One that ends with DEADLINE_EXCEEDED is then tried again, as
   * long as the call has time left.
   */
  attemptTimeoutMs?: number;
  /** Encoded requests of a stream kept for further attempts; a stream that outgrows it is not repeated. */
  maxBytes?: number;
}

export const retrySettingNames: readonly (keyof RetrySettings)[] = [
  'attempts',
  'baseDelayMs',
  'maxDelayMs',
  'multiplier',
  'jitter',
  'codes',
  'nonIdempotent',
  'attemptTimeoutMs',
  'maxBytes',
];

export interface CheckedSettings {
  readonly attempts: number;
  readonly retryable: ReadonlySet<Code>;
  readonly nonIdempotent: boolean;
  readonly attemptTimeoutMs: number | undefined;
  readonly maxBytes: number;
  /** The pause after so many, at random around what the settings say. */
  backoff(step: number): number;
}

export function checkedSettings({
  attempts = 3,
  baseDelayMs = 50,
  maxDelayMs = 1_000,
  multiplier = 2,
  jitter = 0.2,
  codes = [Code.UNAVAILABLE],
  nonIdempotent = false,
  attemptTimeoutMs,
  maxBytes = 256 * 1024,
  ...rest
}: RetrySettings): CheckedSettings {
  checkOptions('retry', rest, [...retrySettingNames, 'throttle', 'budget', 'idempotencyKey', 'methods']);
  if (!Number.isInteger(attempts) || attempts < 1)
    throw new RangeError(`Cannot retry ${attempts} times: attempts must be 1 or more`);
  for (const [name, value] of Object.entries({ baseDelayMs, maxDelayMs, jitter, maxBytes })) {
    if (typeof value === 'number' && value >= 0) continue;
    throw new RangeError(`Cannot retry with ${name} ${String(value)}: wanted 0 or more`);
  }
  if (!(multiplier >= 1)) throw new RangeError(`Cannot retry with multiplier ${multiplier}: wanted 1 or more`);
  if (jitter > 1) throw new RangeError(`Cannot retry with jitter ${jitter}: wanted a share from 0 to 1`);
  if (attemptTimeoutMs !== undefined && !(attemptTimeoutMs > 0))
    throw new RangeError(`Cannot retry with attemptTimeoutMs ${attemptTimeoutMs}: wanted more than 0`);
  return {
    attempts,
    retryable: new Set<Code>(codes),
    nonIdempotent,
    attemptTimeoutMs,
    maxBytes,
    backoff: (step) => Math.min(baseDelayMs * multiplier ** step, maxDelayMs) * (1 + jitter * (2 * Math.random() - 1)),
  };
}
