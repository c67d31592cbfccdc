import {
  type Call,
  Code,
  checkOptions,
  type Interceptor,
  remaining,
  type Status,
  statusFrom,
  streamsResponses,
} from 'flowrpc';

export interface DeadlineOptions {
  /** The longest a call with one response may take; streams of responses are left alone unless `streams` is set. */
  defaultMs?: number;
  /** The longest any call may take, streams included. */
  maxMs?: number;
  /** Refuse a call at once, with DEADLINE_EXCEEDED, when less than this is left for it. */
  minimumMs?: number;
  /** Time kept back for what comes after: the handler, or the call, gets this much less than there is. */
  reserveMs?: number;
  /** Let `defaultMs` bound server-streaming and bidi calls too. */
  streams?: boolean;
}

/**
 * Bounds how long calls take; `deadline(500)` stands for `deadline({ defaultMs: 500 })`. The nearest bound holds: a deadline
 * that the caller or its own call set is never moved out, only in.
 */
export function deadline(options: number | DeadlineOptions): Interceptor {
  return bounded(typeof options === 'number' ? { defaultMs: options } : options);
}

const none = Number.POSITIVE_INFINITY;

function bounded({
  defaultMs = none,
  maxMs = none,
  minimumMs = 0,
  reserveMs = 0,
  streams = false,
  ...rest
}: DeadlineOptions): Interceptor {
  checkOptions('deadline', rest, ['defaultMs', 'maxMs', 'minimumMs', 'reserveMs', 'streams']);
  check({ defaultMs, maxMs }, Number.MIN_VALUE);
  check({ minimumMs, reserveMs }, 0);
  return async function deadline(call, next) {
    const left = remaining(call.deadline);
    const single = streams || !streamsResponses(call.method.kind);
    const wanted = Math.min(left, maxMs, single ? defaultMs : none);
    const granted = wanted - reserveMs;
    // A deadline that has passed already is the call's own to report.
    if (left > 0 && (granted < minimumMs || granted <= 0)) return tooLate(call, wanted, minimumMs, reserveMs);
    return next(granted < left ? call.withTimeout(granted) : call);
  };
}

function tooLate({ method }: Call, left: number, minimumMs: number, reserveMs: number): Status {
  const reserve = reserveMs > 0 ? ` and ${reserveMs} ms kept back` : '';
  const text = `Cannot start ${method.path}: ${Math.floor(left)} ms left, ${minimumMs} ms wanted${reserve}`;
  return statusFrom(Code.DEADLINE_EXCEEDED, text);
}

function check(options: Readonly<Record<string, number>>, least: number): void {
  for (const [name, ms] of Object.entries(options)) {
    if (typeof ms === 'number' && ms >= least) continue;
    throw new RangeError(
      `Cannot bound calls by ${name} ${String(ms)}: wanted ${least > 0 ? 'more than 0' : '0 or more'} milliseconds`,
    );
  }
}
