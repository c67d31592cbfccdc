import type { NextRun } from './ticks.ts';

/** The moments of a cron pattern, five or six fields, in a time zone. Throws for what is none. */
export async function cronSchedule(pattern: string, timezone: string | undefined): Promise<NextRun> {
  // Most programs have no schedule.
  const { Cron } = await import('croner');
  if (timezone !== undefined) checkZone(timezone);
  let job: InstanceType<typeof Cron>;
  try {
    job = new Cron(pattern, { paused: true, ...(timezone !== undefined && { timezone }) });
  } catch (cause) {
    throw new Error(`${JSON.stringify(pattern)} is no cron pattern: ${(cause as Error).message}`, { cause });
  }
  return (after) => job.nextRun(after);
}

function checkZone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch (cause) {
    throw new Error(`${JSON.stringify(timezone)} is no time zone that is known, such as "Europe/Berlin"`, { cause });
  }
}
