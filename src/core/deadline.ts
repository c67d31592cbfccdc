/** The longest timer that Node takes, and the longest deadline that grpc-js servers read back rightly: 24.8 days. */
export const maxTimerMs = 2_147_483_647;

/** The nearer of two absolute deadlines, epoch milliseconds. */
export function earliest(a: number, b: number): number {
  return Math.min(a, b);
}

/** Time left until a deadline, in milliseconds; never negative, Infinity without a deadline. */
export function remaining(deadline: number, now: number = Date.now()): number {
  return deadline === Number.POSITIVE_INFINITY ? deadline : Math.max(0, deadline - now);
}

/**
 * An absolute deadline from what a user gave: a timeout in milliseconds or a point in time.
 * NaN and non-numbers throw a RangeError that quotes the value; zero and negative timeouts are deadlines in the past.
 */
export function deadlineFrom(
  { timeoutMs, deadline }: { timeoutMs?: number; deadline?: number | Date },
  now: number = Date.now(),
): number {
  let result = Number.POSITIVE_INFINITY;
  if (timeoutMs !== undefined) {
    if (typeof timeoutMs !== 'number' || Number.isNaN(timeoutMs)) {
      throw new RangeError(`Cannot use timeoutMs ${String(timeoutMs)}: wanted a number of milliseconds`);
    }
    result = now + timeoutMs;
  }
  if (deadline !== undefined) {
    const at = deadline instanceof Date ? deadline.getTime() : deadline;
    if (typeof at !== 'number' || Number.isNaN(at)) {
      throw new RangeError(`Cannot use deadline ${String(deadline)}: wanted a valid Date or epoch milliseconds`);
    }
    result = earliest(result, at);
  }
  return result;
}

const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 };
const grammar = /^(\d{1,8})([HMSmun])$/;

/**
 * Milliseconds of a `grpc-timeout` header (PROTOCOL-HTTP2, "Timeout"): at most eight digits and one unit, nothing else.
 * Undefined when the text does not follow that grammar.
 */
export function parseTimeout(text: string): number | undefined {
  const match = grammar.exec(text);
  return match === null ? undefined : Number(match[1]) * units[match[2]!]!;
}

/** A `grpc-timeout` value for milliseconds left: rounded up to whole units, so it never promises less than there is. */
export function formatTimeout(ms: number): string {
  const capped = Math.min(Math.max(ms, 0), maxTimerMs);
  const whole = Math.ceil(capped);
  if (whole < 100_000_000) return `${whole}m`;
  return `${Math.ceil(capped / 1_000)}S`;
}
