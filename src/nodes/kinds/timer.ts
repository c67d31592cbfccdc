import { duration, positiveDuration } from '../duration-field.ts';
import { flag, oneOf } from '../field-checks.ts';
import { defineKind, type NodeKind } from '../kind.ts';
import { type Check, fieldsOf, optional, text } from '../schema.ts';
import { beat } from '../timer/beats.ts';
import { cronSchedule } from '../timer/cron.ts';
import { bySchedule, everyInterval } from '../timer/ticks.ts';

const anything: Check<unknown> = (value) => value;

/** Starts a process each `interval`, or at the moments of a `cron` pattern. */
export const timerKind: NodeKind = defineKind({
  kind: 'timer',
  spec: fieldsOf(
    {
      interval: optional(positiveDuration),
      cron: optional(text('a cron pattern such as "0 9 * * 1-5"')),
      timezone: optional(text('a time zone such as "Europe/Berlin"')),
      immediate: optional(flag),
      payload: anything,
      overlap: optional(oneOf(['skip', 'queue', 'allow'])),
      timeout: optional(duration),
    },
    ({ interval, cron, timezone }) => {
      if ((interval === undefined) === (cron === undefined))
        return { path: ['interval'], message: 'wanted either "interval" or "cron"' };
      if (interval !== undefined && interval < 1) return { path: ['interval'], message: 'wanted at least 1ms' };
      if (timezone !== undefined && cron === undefined)
        return { path: ['timezone'], message: 'belongs to "cron", which is missing' };
      return undefined;
    },
  ),
  fields: ['interval', 'cron', 'timezone', 'immediate', 'payload', 'overlap', 'timeout'],
  inputs: [],
  async check({ cron, timezone }) {
    try {
      if (cron !== undefined) await cronSchedule(cron, timezone);
      return [];
    } catch (thrown) {
      return [{ path: ['cron'], message: (thrown as Error).message }];
    }
  },
  async setup({ interval, cron = '', timezone, immediate = false, payload, overlap = 'skip', timeout }) {
    const ticks =
      interval === undefined
        ? bySchedule(await cronSchedule(cron, timezone), immediate)
        : everyInterval(interval, immediate);
    return { start: (source) => beat({ ticks, overlap, timeoutMs: timeout, payload }, source) };
  },
});
