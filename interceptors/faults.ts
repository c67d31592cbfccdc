import {
  Code,
  checkOptions,
  codeOf,
  compose,
  type ErrorCode,
  type Interceptor,
  type Match,
  only,
  type ReadonlyMetadata,
} from 'flowrpc';
import { longestTimerMs } from './calls/longest-timer.ts';
import { type HeaderFaultOptions, headerFaults } from './faults/faults-headers.ts';
import { type Fault, inject } from './faults/faults-inject.ts';

/** What goes wrong with some calls. A delay comes before an abort. */
export interface FaultRule {
  /** Which methods. Default: all. */
  match?: Match;
  /** Only calls that sent these values, by key. */
  metadata?: Readonly<Record<string, string>>;
  /** How many of a hundred such calls. Default 100. */
  percent?: number;
  delayMs?: number;
  abort?: ErrorCode | { readonly code: ErrorCode; readonly message?: string };
  /** Abort only after so many responses were handed over, instead of before the call. */
  afterResponses?: number;
}

export interface FaultOptions {
  /** Let callers ask for faults by `x-envoy-fault-…` metadata (gRFC A33). Never where strangers call. */
  headers?: boolean | HeaderFaultOptions;
  /** A number from 0 to below 1, for `percent`. */
  random?: () => number;
}

const ruleNames = ['match', 'metadata', 'percent', 'delayMs', 'abort', 'afterResponses'];

/**
 * Makes calls slow or fail, to see what their callers do then. Each rule that fits a call is drawn for itself, in order; delays add up,
 * and the first abort ends the call. On clients nothing is sent then, on servers the handler does not run.
 */
export function faults(
  rules: readonly FaultRule[],
  { headers = false, random = Math.random, ...rest }: FaultOptions = {},
): Interceptor {
  checkOptions('faults', rest, ['headers', 'random']);
  if (!Array.isArray(rules)) throw new TypeError(`Cannot inject ${String(rules)} as faults: wanted a list of rules`);
  const interceptors = rules.map((rule) => byRule(rule, random));
  if (headers !== false) interceptors.unshift(headerFaults(headers === true ? {} : headers, random));
  return compose(...interceptors);
}

function byRule({ match, ...rule }: FaultRule, random: () => number): Interceptor {
  const fault = faultOf(rule);
  const { metadata = {}, percent = 100 } = rule;
  const wanted = Object.entries(metadata);
  const interceptor: Interceptor = async function faults(call, next) {
    if (!carries(call.metadata, wanted) || !(random() * 100 < percent)) return next(call);
    return inject(fault, call, next);
  };
  return match === undefined ? interceptor : only(match, interceptor);
}

function carries(metadata: ReadonlyMetadata, wanted: readonly (readonly [string, string])[]): boolean {
  return wanted.every(([key, value]) => metadata.getAll(key).some((sent) => sent === value));
}

function faultOf(rule: Omit<FaultRule, 'match'>): Fault {
  checkOptions('a fault rule', rule, ruleNames);
  const { percent = 100, delayMs = 0, abort, afterResponses = 0 } = rule;
  if (!(percent >= 0 && percent <= 100))
    throw new RangeError(`Cannot inject faults into ${percent} percent of calls: wanted 0 to 100`);
  if (!(delayMs >= 0 && delayMs <= longestTimerMs))
    throw new RangeError(`Cannot delay calls by ${delayMs} ms: wanted 0 or more, 24 days at most`);
  if (!Number.isInteger(afterResponses) || afterResponses < 0)
    throw new RangeError(`Cannot abort after ${afterResponses} responses: wanted a whole number, 0 or more`);
  if (abort === undefined) {
    if (rule.delayMs === undefined) throw new TypeError('Cannot inject a fault without delayMs and abort: wanted one');
    if (afterResponses > 0) throw new TypeError('Cannot use afterResponses without abort');
    return { delayMs, abort, afterResponses };
  }
  const { code, message = 'Injected fault' } = typeof abort === 'object' ? abort : { code: abort };
  if (codeOf(code) !== code || (code as Code) === Code.OK)
    throw new RangeError(`Cannot abort calls with code ${String(code)}: wanted a code other than OK`);
  return { delayMs, abort: { code, message }, afterResponses };
}
