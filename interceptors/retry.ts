import {
  type Call,
  Code,
  type Interceptor,
  type Invoke,
  type Match,
  maxLosses,
  remaining,
  type Status,
  type SuspectEnd,
  Suspects,
  waitForReadyKey,
} from 'flowrpc';
import { firstMatch } from './calls/first-match.ts';
import { longestTimerMs } from './calls/longest-timer.ts';
import { pause } from './calls/until-cancelled.ts';
import { announce, furtherAttempt, listened } from './retry/attempts.ts';
import { idempotencyHeader, idempotencyKeys } from './retry/idempotency-key.ts';
import { quarantined } from './retry/quarantine.ts';
import { attemptWithin } from './retry/retry-attempt.ts';
import { type BudgetOptions, budgetOf, type RetryBudget } from './retry/retry-budget.ts';
import { pushbackOf, retryInfoMs } from './retry/retry-pushback.ts';
import { type CheckedSettings, checkedSettings, type RetrySettings } from './retry/retry-settings.ts';
import { type RetryThrottle, type ThrottleOptions, throttleOf } from './retry/retry-throttle.ts';

export interface RetryOptions extends RetrySettings {
  /** Stops repeating while most calls fail; `false` for never. Shared by all calls through this interceptor. */
  throttle?: ThrottleOptions | RetryThrottle | false;
  /** Bounds how many attempts all calls together add; `false` for no bound. */
  budget?: BudgetOptions | RetryBudget | false;
  /**
   * The metadata key of what names a call, alike in all its attempts, wherever one may be tried again that a server saw. A value that the
   * caller set stays. Default `idempotency-key`; `false` for none.
   */
  idempotencyKey?: string | false;
  /** What differs for some methods: the first entry that matches holds, over the settings beside it. */
  methods?: readonly ({ readonly match: Match } & RetrySettings)[];
}

interface Limits {
  readonly throttle: RetryThrottle | undefined;
  readonly budget: RetryBudget | undefined;
  readonly suspects: Suspects;
  readonly keyHeader: string | false;
  readonly keyed: (call: Call) => Call;
}

/**
 * Tries a failed call again (gRFC A6): not once a header or message reached the caller, not after a cancel, not when the
 * deadline would pass meanwhile, and not more often than the server allows by `grpc-retry-pushback-ms`. What no server saw is
 * repeated whatever the method; what lost its connection twice is not sent again. On a client it stands between caller and transport; on a server it repeats the handler.
 */
export function retry({
  throttle = {},
  budget = {},
  idempotencyKey = idempotencyHeader,
  methods = [],
  ...settings
}: RetryOptions = {}): Interceptor {
  const limits = {
    throttle: throttleOf(throttle),
    budget: budgetOf(budget),
    suspects: new Suspects(),
    keyHeader: idempotencyKey,
    keyed: idempotencyKeys(idempotencyKey),
  };
  const rules = methods.map(({ match, ...own }) => ({
    match,
    interceptor: retrying(checkedSettings({ ...settings, ...own }), limits),
  }));
  return firstMatch(rules, retrying(checkedSettings(settings), limits));
}

function retrying(settings: CheckedSettings, { throttle, budget, suspects, keyHeader, keyed }: Limits): Interceptor {
  const { attempts, retryable, nonIdempotent, attemptTimeoutMs, maxBytes, backoff } = settings;

  return async function retry(call, next) {
    const carryOut: Invoke =
      attemptTimeoutMs === undefined ? next : (attempt) => attemptWithin(attemptTimeoutMs, attempt, next);
    if (attempts === 1) return carryOut(call);
    budget?.called();
    const repeatsSeen = nonIdempotent || call.method.idempotency !== 'unknown';
    const repeatable = (repeatsSeen ? keyed(call) : call).replayable(maxBytes);
    let delayMs = 0;
    let transparent = false;
    let losses = 0;
    let lostAfterMs = 0;
    for (let number = 1, step = 0; ; number += 1) {
      const attempt = furtherAttempt(repeatable, number);
      const suspect = losses === 0 ? undefined : await suspects.turn(lostAfterMs, call.signal);
      const startedAt = performance.now();
      const status: Status = listened(call)
        ? await heard(attempt, carryOut, { number, hedge: false, transparent, delayMs })
        : await carryOut(attempt);
      suspect?.end(fateOf(status));
      if (status.lost) {
        losses += 1;
        // One that waits until there is a server may have been sent at the end of that time.
        lostAfterMs = call.get(waitForReadyKey) ? Number.POSITIVE_INFINITY : performance.now() - startedAt;
      }
      if (status.code === Code.OK) throttle?.succeeded();
      if (!isWorthMore(status.code) || !(repeatsSeen || status.unseen)) return status;
      if (losses === maxLosses) return quarantined(repeatable, keyHeader, status);
      const allowed = throttle === undefined || throttle.failed();
      const pushback = pushbackOf(status);
      if (!allowed || number >= attempts || pushback === 'stop' || call.committed) return status;
      delayMs = pushback ?? Math.max(backoff(step), retryInfoMs(status));
      // After the server set the pace, the next pause of our own starts from the shortest again.
      step = pushback === undefined ? step + 1 : 0;
      // Longer than a timer can count is never.
      if (delayMs >= remaining(call.deadline) || delayMs > longestTimerMs) return status;
      // What reached no server was no load to it.
      transparent = status.unseen === true;
      if (!transparent && budget?.take() === false) return status;
      const cancelled = await pause(delayMs, call.signal);
      if (cancelled !== undefined) return cancelled;
      // The replay buffer may have overflowed meanwhile.
      if (call.committed) return status;
    }
  };

  function isWorthMore(code: Code): boolean {
    return retryable.has(code) || (attemptTimeoutMs !== undefined && code === Code.DEADLINE_EXCEEDED);
  }
}

function fateOf({ lost, unseen }: Status): SuspectEnd {
  if (lost) return 'lost';
  return unseen ? 'unseen' : 'through';
}

/** An attempt that those further out are told of. */
async function heard(
  call: Call,
  next: Invoke,
  start: { number: number; hedge: boolean; transparent: boolean; delayMs: number },
): Promise<Status> {
  announce(call, { type: 'started', ...start });
  const startedAt = performance.now();
  const status = await next(call);
  announce(call, { type: 'ended', number: start.number, status, durationMs: performance.now() - startedAt });
  return status;
}
