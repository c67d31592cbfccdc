import { type CallRecord, failed, underWay } from '../call-record.ts';
import { firstErrorMs } from '../recovery.ts';

/** How long nobody may know yet that a process is gone, or not all do once the first does; beside what the driver itself is late by. */
const noticeMs = 100;

/** How many calls ended otherwise than a process that died at a moment excuses: by what was under way then. */
export function blamed(
  records: readonly CallRecord[],
  { at, executedTwice }: { at: number; executedTwice: number },
): Record<'underWay' | 'failedTooMuch' | 'twiceTooMuch', number> {
  const near = records.filter(({ sent }) => Math.abs(sent - at) < 1_000);
  const lag = near.reduce((most, { scheduled, sent }) => Math.max(most, sent - scheduled), 0);
  const known = at + (firstErrorMs(records, at) ?? 0);
  const excused = new Set(underWay(records, at, known + noticeMs + lag));
  return {
    underWay: underWay(records, at).length,
    failedTooMuch: records.filter((record) => failed(record) && !excused.has(record)).length,
    twiceTooMuch: Math.max(0, executedTwice - excused.size),
  };
}
