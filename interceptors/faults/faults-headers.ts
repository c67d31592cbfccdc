import { Code, checkOptions, codeOf, type ErrorCode, type Interceptor, type ReadonlyMetadata } from 'flowrpc';
import { longestTimerMs } from '../calls/longest-timer.ts';
import { type Fault, inject } from './faults-inject.ts';

export interface HeaderFaultOptions {
  /** The longest delay that a caller may ask for. */
  maxDelayMs?: number;
  /** The most calls of a hundred that it may ask for. */
  maxPercent?: number;
}

/**
 * The fault that a caller asks for (gRFC A33): `x-envoy-fault-delay-request` in milliseconds, `x-envoy-fault-abort-grpc-request` as
 * a code's number, for all its calls or for as many of a hundred as `…-request-percentage` says. What cannot be read asks for nothing.
 */
export function headerFaults(
  { maxDelayMs = 10_000, maxPercent = 100, ...rest }: HeaderFaultOptions,
  random: () => number,
): Interceptor {
  checkOptions('faults by headers', rest, ['maxDelayMs', 'maxPercent']);
  if (!(maxDelayMs >= 0 && maxDelayMs <= longestTimerMs))
    throw new RangeError(`Cannot delay calls by maxDelayMs ${maxDelayMs}: wanted 0 or more, 24 days at most`);
  if (!(maxPercent >= 0 && maxPercent <= 100))
    throw new RangeError(`Cannot inject faults into maxPercent ${maxPercent} of calls: wanted 0 to 100`);
  return async function faults(call, next) {
    const fault = asked(call.metadata);
    return fault === undefined ? next(call) : inject(fault, call, next);
  };

  function asked(metadata: ReadonlyMetadata): Fault | undefined {
    const delay = numberOf(metadata, 'x-envoy-fault-delay-request');
    const code = numberOf(metadata, 'x-envoy-fault-abort-grpc-request');
    if (delay === undefined && code === undefined) return undefined;
    const delayMs = delay !== undefined && drawn(metadata, 'delay') ? Math.min(delay, maxDelayMs) : 0;
    const abort = isError(code) && drawn(metadata, 'abort') ? { code, message: 'Injected fault' } : undefined;
    return { delayMs, abort, afterResponses: 0 };
  }

  function drawn(metadata: ReadonlyMetadata, what: 'delay' | 'abort'): boolean {
    const percent = numberOf(metadata, `x-envoy-fault-${what}-request-percentage`) ?? 100;
    return random() * 100 < Math.min(percent, maxPercent);
  }
}

function numberOf(metadata: ReadonlyMetadata, key: string): number | undefined {
  const [text, ...more] = metadata.getAll(key);
  return more.length === 0 && typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function isError(code: number | undefined): code is ErrorCode {
  return code !== undefined && code !== Code.OK && codeOf(code) === code;
}
