import { maxTimerMs } from '../core/deadline.ts';
import { parseDuration } from './duration.ts';
import { type Check, checked } from './schema.ts';

/** A field that is a length of time, no longer than a timer can wait; read as milliseconds. */
export const duration: Check<number> = checked('a duration such as "200ms" or "1m30s", of at most 24 days', timerMs);

/** The same, above zero. */
export const positiveDuration: Check<number> = checked(
  'a duration above zero such as "200ms" or "1m30s", of at most 24 days',
  (value) => timerMs(value) || undefined,
);

function timerMs(value: unknown): number | undefined {
  const ms = parseDuration(value);
  return ms === undefined || ms > maxTimerMs ? undefined : ms;
}
