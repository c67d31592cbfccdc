import { setTimeout as sleep } from 'node:timers/promises';

/** Timers that keep this process alive just now. */
export function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

/** Resolves once there are as many timers as before. `expect.poll` has some of its own, so it cannot tell. */
export async function timersBackTo(before: number): Promise<void> {
  for (let tries = 0; timers() > before; tries++) {
    if (tries === 500) throw new Error(`${timers() - before} timers stay`);
    await sleep(10);
  }
}
