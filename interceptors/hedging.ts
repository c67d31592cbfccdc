import { Code, checkOptions, type ErrorCode, type Interceptor } from 'flowrpc';
import { HedgedCall } from './retry/hedged-call.ts';
import { idempotencyHeader, idempotencyKeys } from './retry/idempotency-key.ts';
import { type BudgetOptions, budgetOf, type RetryBudget } from './retry/retry-budget.ts';
import { type RetryThrottle, type ThrottleOptions, throttleOf } from './retry/retry-throttle.ts';

export interface HedgingOptions {
  /** All tries of a call, the first included. */
  attempts?: number;
  /** How long after an attempt the next one starts beside it, while nobody has answered; 0 starts all at once. */
  delayMs?: number;
  /** Codes that end an attempt and not the call: the next one starts at once. Any other answer is the call's. */
  codes?: readonly ErrorCode[];
  /** Hedge methods too that are not marked with `idempotency_level` in their proto file: several attempts may be carried out. */
  nonIdempotent?: boolean;
  /** Encoded requests of a stream kept for further attempts; a stream that outgrows it gets none. */
  maxBytes?: number;
  /** No hedges while most calls fail; `false` for no such check. Give `retry()` the same one. */
  throttle?: ThrottleOptions | RetryThrottle | false;
  /** Bounds how many attempts all calls together add; `false` for no bound. */
  budget?: BudgetOptions | RetryBudget | false;
  /** The metadata key of what names a call, alike in all its attempts; a value that the caller set stays. `false` for none. */
  idempotencyKey?: string | false;
}

const optionNames = [
  'attempts',
  'delayMs',
  'codes',
  'nonIdempotent',
  'maxBytes',
  'throttle',
  'budget',
  'idempotencyKey',
];

/**
 * Sends a call again while the first is still out, and takes the first answer (gRFC A6, "Hedging"): for clients, against slow replicas.
 * Who sends a header or message first answers the call, and the others are cancelled. On servers, and for methods that are not
 * idempotent, calls pass as they are.
 */
export function hedging({
  attempts = 2,
  delayMs = 100,
  codes = [Code.UNAVAILABLE],
  nonIdempotent = false,
  maxBytes = 256 * 1024,
  throttle: throttleOption = {},
  budget: budgetOption = {},
  idempotencyKey = idempotencyHeader,
  ...rest
}: HedgingOptions = {}): Interceptor {
  checkOptions('hedging', rest, optionNames);
  if (!Number.isInteger(attempts) || attempts < 1)
    throw new RangeError(`Cannot hedge with ${attempts} attempts: wanted 1 or more`);
  if (!(delayMs >= 0 && delayMs <= 3_600_000))
    throw new RangeError(`Cannot hedge with delayMs ${delayMs}: wanted 0 or more, an hour at most`);
  if (!(maxBytes >= 0)) throw new RangeError(`Cannot hedge with maxBytes ${maxBytes}: wanted 0 or more`);
  const throttle = throttleOf(throttleOption);
  const budget = budgetOf(budgetOption);
  const keyed = idempotencyKeys(idempotencyKey);
  const policy = { attempts, delayMs, nonFatal: new Set<Code>(codes), throttle, budget, keyHeader: idempotencyKey };
  return async function hedging(call, next) {
    const repeats = nonIdempotent || call.method.idempotency !== 'unknown';
    if (!repeats || attempts === 1 || call.side === 'server') return next(call);
    budget?.called();
    return new HedgedCall(call, keyed(call).replayable(maxBytes), next, policy).run();
  };
}
