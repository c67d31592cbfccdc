import {
  type Call,
  Code,
  checkOptions,
  type Interceptor,
  type Match,
  remaining,
  type Status,
  streamsResponses,
} from 'flowrpc';
import { firstMatch } from './calls/first-match.ts';
import { type DeadlineReport, isReported, refusal, report } from './deadline/deadline-report.ts';
import { spendTime } from './deadline/time-spent.ts';
import { boundByCaller, boundHere } from './deadline/whose-deadline.ts';

/** Bounds in milliseconds; what `deadline()` says for all methods, or for some. */
export interface DeadlineBounds {
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

export interface DeadlineOptions extends DeadlineBounds {
  /** What differs for some methods: the first entry that matches holds, over the bounds beside it. */
  methods?: readonly ({ readonly match: Match } & DeadlineBounds)[];
  /**
   * What callers read of where the time went when a server call took too long: the methods it called, their addresses too,
   * or nothing. A client's own errors name both. Default `methods`.
   */
  report?: DeadlineReport | 'off';
}

/**
 * Bounds how long calls take; `deadline(500)` stands for `deadline({ defaultMs: 500 })`. The nearest bound holds: a deadline
 * that the caller or its own call set is never moved out, only in. On both sides of a service, a DEADLINE_EXCEEDED says where the
 * time went, hop by hop; a `reserveMs` on servers leaves them the time to say it.
 */
export function deadline(options: number | DeadlineOptions = {}): Interceptor {
  const {
    methods = [],
    report = 'methods',
    ...bounds
  }: DeadlineOptions = typeof options === 'number' ? { defaultMs: options } : options;
  if (report !== 'methods' && report !== 'addresses' && report !== 'off')
    throw new TypeError(`Cannot report "${String(report)}" of deadlines: wanted "methods", "addresses" or "off"`);
  const rules = methods.map(({ match, ...own }) => ({ match, interceptor: bounded({ ...bounds, ...own }, report) }));
  return firstMatch(rules, bounded(bounds, report));
}

const none = Number.POSITIVE_INFINITY;

function bounded(
  { defaultMs = none, maxMs = none, minimumMs = 0, reserveMs = 0, streams = false, ...rest }: DeadlineBounds,
  tells: DeadlineReport | 'off',
): Interceptor {
  checkOptions('deadline', rest, ['defaultMs', 'maxMs', 'minimumMs', 'reserveMs', 'streams', 'methods', 'report']);
  check({ defaultMs, maxMs }, Number.MIN_VALUE);
  check({ minimumMs, reserveMs }, 0);

  return async function deadline(call, next) {
    const left = remaining(call.deadline);
    const single = streams || !streamsResponses(call.method.kind);
    const wanted = Math.min(left, maxMs, single ? defaultMs : none);
    const granted = wanted - reserveMs;
    if (wanted < left) boundHere(call);
    else if (granted < left) boundByCaller(call, granted);
    // A deadline that has passed already is the call's own to report.
    if (left > 0 && (granted < minimumMs || granted <= 0)) return tooLate(call, wanted, minimumMs, reserveMs);
    const inner = granted < left ? call.withTimeout(granted) : call;
    if (tells === 'off') return next(inner);
    const startedAt = performance.now();
    const spent = call.side === 'client' ? spendTime(call) : undefined;
    let status = await next(inner);
    if (status.code === Code.DEADLINE_EXCEEDED && !isReported(status))
      status = report(call, status, performance.now() - startedAt, tells);
    spent?.(status);
    return status;
  };
}

function tooLate(call: Call, leftMs: number, minimumMs: number, reserveMs: number): Status {
  const reserve = reserveMs > 0 ? ` and ${reserveMs} ms kept back` : '';
  const text = `Cannot start ${call.method.path}: ${Math.floor(leftMs)} ms left, ${minimumMs} ms wanted${reserve}`;
  return refusal(call, text, { leftMs, minimumMs });
}

function check(options: Readonly<Record<string, number>>, least: number): void {
  for (const [name, ms] of Object.entries(options)) {
    if (typeof ms === 'number' && ms >= least) continue;
    throw new RangeError(
      `Cannot bound calls by ${name} ${String(ms)}: wanted ${least > 0 ? 'more than 0' : '0 or more'} milliseconds`,
    );
  }
}
