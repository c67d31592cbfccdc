import { maxTimerMs } from '../core/deadline.ts';
import { parseDuration } from './duration.ts';
import { type Check, checked } from './schema.ts';

/** A field that is a length of time, no longer than a timer can wait; read as milliseconds. */
export const duration: Check<number> = checked('a duration such as "200ms" or "1m30s", of at most 24 days', (value) => {
  const ms = parseDuration(value);
  return ms === undefined || ms > maxTimerMs ? undefined : ms;
});

/** The same, above zero. */
export const positiveDuration: Check<number> = checked(
  'a duration above zero such as "200ms" or "1m30s", of at most 24 days',
  (value) => {
    const ms = parseDuration(value);
    return ms === undefined || ms > maxTimerMs || ms === 0 ? undefined : ms;
  },
);
