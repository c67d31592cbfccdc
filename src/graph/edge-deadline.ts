import { Code } from '../core/code.ts';
import { earliest, remaining } from '../core/deadline.ts';
import { StatusError } from '../core/status-error.ts';
import type { EdgePolicy } from './edge.ts';

/** For calls in a run that nobody bounds. */
const defaultTimeoutMs = 30_000;

/** Until when an edge may take, epoch milliseconds, in a run with a deadline. Throws DEADLINE_EXCEEDED where too little time is left for it. */
export function edgeDeadline(
  { timeoutMs, reserveMs = 0, minimumMs = 0 }: EdgePolicy,
  label: string,
  deadline: number,
): number {
  const own = timeoutMs ?? (deadline === Number.POSITIVE_INFINITY ? defaultTimeoutMs : undefined);
  const bound = earliest(deadline - reserveMs, own === undefined ? Number.POSITIVE_INFINITY : Date.now() + own);
  const left = remaining(bound);
  if (left > 0 && left >= minimumMs) return bound;
  const kept = reserveMs > 0 ? ` after ${reserveMs} ms kept back` : '';
  throw new StatusError(
    Code.DEADLINE_EXCEEDED,
    `The edge to ${label} was not taken: ${Math.round(left)} ms are left${kept}, wanted ${Math.max(minimumMs, 1)} ms or more`,
  );
}
